//! What a dataset takes up on a cluster, now and in a year, and what that costs there.
//!
//! - [`Price`] and [`Cost`]: millionths of a unit of the currency, so that sums are exact and comparable.
//! - [`estimate`]: one dataset on one cluster. Where a cluster has no prices there is no cost, never a cost of 0.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{bounds, cluster::Cluster, format::count, spec::DatasetSpec};

const MICROS: u64 = 1_000_000;
/// A twelfth of 365.25 days.
const SECONDS_PER_MONTH: u64 = 2_629_800;
const MONTHS_AHEAD: u32 = 12;

/// A price is no number that a price can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a price is a number from 0 to {}", count(bounds::PRICE_MAX))]
pub struct PriceError;

/// Units of the currency, exact to a millionth; 0 to [`bounds::PRICE_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Price(u64);

impl TryFrom<f64> for Price {
    type Error = PriceError;

    fn try_from(units: f64) -> Result<Self, PriceError> {
        if !(0.0..=bounds::PRICE_MAX as f64).contains(&units) {
            return Err(PriceError);
        }
        // In bounds, so the product is far below 2⁵³ and the rounded value is whole and not negative.
        Ok(Self((units * MICROS as f64).round() as u64))
    }
}

impl From<Price> for f64 {
    fn from(price: Price) -> f64 {
        price.0 as f64 / MICROS as f64
    }
}

/// The three capital letters of ISO 4217.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

/// The text is no currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency has three capital letters, such as EUR")]
pub struct CurrencyError;

impl Default for Currency {
    fn default() -> Self {
        Self("USD".to_owned())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if fits { Ok(Self(text)) } else { Err(CurrencyError) }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.0
    }
}

/// An amount of money for a month; prints as `1 234.50 EUR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Millionths of a unit.
    pub micros: u64,
    pub currency: Currency,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.micros > 0 && self.micros < MICROS / 200 {
            return write!(f, "under 0.01 {}", self.currency.0);
        }
        let cents = self.micros.saturating_add(MICROS / 200) / (MICROS / 100);
        write!(f, "{}.{:02} {}", count(cents / 100), cents % 100, self.currency.0)
    }
}

/// One dataset on one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    pub cluster: String,
    /// Whether the dataset fits there as it is.
    pub fits: bool,
    /// With all copies and what the store adds.
    pub stored_bytes: u64,
    /// The same after twelve months of the declared growth.
    pub stored_bytes_in_a_year: u64,
    /// How many copies the cluster keeps.
    pub replication: u8,
    /// None where the cluster has no price of storage.
    pub monthly: Option<Cost>,
    pub monthly_in_a_year: Option<Cost>,
}

/// Bytes of the entries alone: keys × (mean key + mean value), once.
#[must_use]
pub fn entry_bytes(spec: &DatasetSpec) -> u64 {
    let each = u64::from(spec.key_bytes.mean) + u64::from(spec.value_bytes.mean);
    spec.expected_keys.saturating_mul(each)
}

/// `bytes` after twelve months of a growth in per cent a month, compounded; stops at the largest number.
#[must_use]
pub fn in_a_year(bytes: u64, growth_percent: u16) -> u64 {
    let grown = (0..MONTHS_AHEAD)
        .fold(u128::from(bytes), |size, _| size.saturating_mul(100 + u128::from(growth_percent)).div_ceil(100));
    u64::try_from(grown).unwrap_or(u64::MAX)
}

/// What the dataset takes up and costs on a cluster, at its mean traffic.
#[must_use]
pub fn estimate(spec: &DatasetSpec, cluster: &Cluster, fits: bool) -> Estimate {
    let stored_bytes = stored(entry_bytes(spec), cluster);
    let stored_bytes_in_a_year = in_a_year(stored_bytes, spec.growth_percent);
    Estimate {
        cluster: cluster.name.to_string(),
        fits,
        stored_bytes,
        stored_bytes_in_a_year,
        replication: cluster.replication,
        monthly: monthly(spec, cluster, stored_bytes),
        monthly_in_a_year: monthly(spec, cluster, stored_bytes_in_a_year),
    }
}

fn stored(bytes: u64, cluster: &Cluster) -> u64 {
    let with_overhead = u128::from(bytes) * (100 + u128::from(cluster.overhead_percent));
    let copies = with_overhead * u128::from(cluster.replication.max(1));
    u64::try_from(copies.div_ceil(100)).unwrap_or(u64::MAX)
}

/// Storage by every stored GB, traffic by the million calls at the mean rates; prices that are missing beside the one
/// of storage cost nothing.
fn monthly(spec: &DatasetSpec, cluster: &Cluster, stored_bytes: u64) -> Option<Cost> {
    let per_gb = cluster.price_per_gb_month?;
    let part = |amount: u64, per: u64, price: Price| u128::from(amount) * u128::from(price.0) / u128::from(per);
    let calls = |qps: u64, price: Option<Price>| {
        price.map_or(0, |price| part(qps.saturating_mul(SECONDS_PER_MONTH), MICROS, price))
    };
    let micros = part(stored_bytes, bounds::BYTES_PER_GB, per_gb)
        + calls(u64::from(spec.qps_get), cluster.price_per_million_reads)
        + calls(spec.write_qps(), cluster.price_per_million_writes);
    Some(Cost { micros: u64::try_from(micros).unwrap_or(u64::MAX), currency: cluster.currency.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Field, RequestForm, sample_now};

    fn cluster(extra: serde_json::Value) -> Cluster {
        let mut cluster = serde_json::json!({
            "name": "kv-one", "environments": ["prod"], "storage": ["MUTABLE"], "capacity_gb": 1000,
        });
        cluster.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(cluster).unwrap()
    }

    /// 1 000 000 keys of 24 + 976 bytes: 1 GB; 100 reads, 10 writes a second.
    fn one_gb() -> DatasetSpec {
        let mut form = RequestForm::sample();
        for (field, value) in [
            (Field::ExpectedKeys, "1000000"),
            (Field::KeyBytesMean, "24"),
            (Field::ValueBytesMean, "976"),
            (Field::GrowthPercent, "10"),
            (Field::QpsGet, "100"),
            (Field::QpsSet, "8"),
            (Field::QpsDelete, "2"),
        ] {
            form.set(field, value);
        }
        form.parse(sample_now()).unwrap()
    }

    #[test]
    fn copies_and_overhead_are_counted() {
        let plain = estimate(&one_gb(), &cluster(serde_json::json!({})), true);
        assert_eq!((plain.stored_bytes, plain.replication), (1_000_000_000, 1));
        let three = cluster(serde_json::json!({ "replication": 3, "overhead_percent": 25 }));
        assert_eq!(estimate(&one_gb(), &three, true).stored_bytes, 3_750_000_000);
        // 1.1 to the twelfth power is 3.138…
        assert_eq!(plain.stored_bytes_in_a_year / 1_000_000, 3_138);
    }

    #[test]
    fn without_a_price_of_storage_there_is_no_cost() {
        assert_eq!(estimate(&one_gb(), &cluster(serde_json::json!({})), true).monthly, None);
        let reads_alone = cluster(serde_json::json!({ "price_per_million_reads": 1 }));
        assert_eq!(estimate(&one_gb(), &reads_alone, true).monthly, None);
    }

    #[test]
    fn storage_and_traffic_are_paid() {
        let priced = cluster(serde_json::json!({
            "replication": 2, "currency": "EUR",
            "price_per_gb_month": 0.25, "price_per_million_reads": 0.1, "price_per_million_writes": 1,
        }));
        let cost = estimate(&one_gb(), &priced, true).monthly.unwrap();
        // 2 GB × 0.25 + 262.98 million reads × 0.1 + 26.298 million writes × 1.
        assert_eq!(cost.micros, 500_000 + 26_298_000 + 26_298_000);
        assert_eq!(cost.to_string(), "53.10 EUR");
        assert_eq!(Cost { micros: 1_234_500_000, currency: Currency::default() }.to_string(), "1\u{202f}234.50 USD");
        assert_eq!(Cost { micros: 12, currency: Currency::default() }.to_string(), "under 0.01 USD");
        assert_eq!(Cost { micros: 0, currency: Currency::default() }.to_string(), "0.00 USD");
    }

    #[test]
    fn the_largest_dataset_does_not_overflow() {
        let mut spec = one_gb();
        spec.expected_keys = bounds::EXPECTED_KEYS_MAX;
        spec.key_bytes.mean = u32::MAX;
        spec.growth_percent = 1_000;
        let priced = cluster(serde_json::json!({ "replication": 9, "price_per_gb_month": 1_000_000 }));
        assert_eq!(estimate(&spec, &priced, false).stored_bytes_in_a_year, u64::MAX);
    }

    #[test]
    fn prices_and_currencies_are_judged() {
        for bad in [-0.01, f64::NAN, f64::INFINITY, 1e12] {
            assert!(Price::try_from(bad).is_err(), "{bad}");
        }
        assert!("eur".parse::<Currency>().is_err() && "EURO".parse::<Currency>().is_err());
    }
}
