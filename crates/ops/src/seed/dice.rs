//! Chance that can be repeated: the same seed and number give the same throws.

use rand::{Rng, SeedableRng, rngs::StdRng};

/// The dice of one row. Each row has its own, so that a change in one leaves the others as they are.
pub(super) struct Dice(StdRng);

impl Dice {
    /// The dice of row `number` under `seed`.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        // Spread, so that neighbouring rows of neighbouring seeds share nothing.
        Self(StdRng::seed_from_u64(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03),
        ))
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn whole(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// From 0 up to, but not including, 1.
    pub(super) fn fraction(&mut self) -> f64 {
        self.0.random()
    }

    /// True in `percent` of 100 throws.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// One of a list that is not empty.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.0.random_range(0..items.len())]
    }

    /// The index of one of `weights`, by weight; at least one is more than zero.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut throw = self.0.random_range(0..weights.iter().sum::<u32>());
        for (index, weight) in weights.iter().enumerate() {
            if throw < *weight {
                return index;
            }
            throw -= weight;
        }
        0
    }

    /// Log-normal around a median: about two thirds lie within a factor of `e^sigma`.
    pub(super) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        // Box and Muller; the first fraction must not be zero.
        let radius = (-2.0 * (1.0 - self.fraction()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.fraction()).cos();
        median * (sigma * normal).exp()
    }

    /// The list in another order.
    pub(super) fn shuffled<T: Copy>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        for last in (1..items.len()).rev() {
            items.swap(last, self.0.random_range(0..=last));
        }
        items
    }
}
