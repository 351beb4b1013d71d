//! The store URL: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with the parameters of PostgreSQL's clients for TLS and
//! the place, and of ours: `timeout_ms` of one call (5000), `connections` (10), `schema` of the tables (`kv`).

use std::{str::FromStr as _, time::Duration};

use sqlx::postgres::PgConnectOptions;

pub(super) struct Config {
    pub options: PgConnectOptions,
    /// The most that one call takes.
    pub timeout: Duration,
    pub connections: u32,
    pub schema: String,
}

/// What the client library understands.
const PASSED_ON: [&str; 9] =
    ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "hostaddr", "port", "dbname", "application_name"];

impl Config {
    /// What is wrong is said without the URL, which may hold a password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut timeout = Duration::from_secs(5);
        let mut connections = 10;
        let mut schema = "kv".to_owned();
        let mut passed_on = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let number = |range: std::ops::RangeInclusive<u32>| {
                let number = value.parse().ok().filter(|number| range.contains(number));
                number.ok_or_else(|| format!("`{name}` is a number from {} to {}", range.start(), range.end()))
            };
            match name {
                "timeout_ms" => timeout = Duration::from_millis(number(1..=600_000)?.into()),
                "connections" => connections = number(1..=1_000)?,
                "schema" if schema_is_plain(value) => value.clone_into(&mut schema),
                "schema" => return Err("`schema` has 1 to 60 of the characters a-z, 0-9 and `_`".to_owned()),
                _ if PASSED_ON.contains(&name) => passed_on.push(parameter),
                _ => {
                    let known = PASSED_ON.join(", ");
                    return Err(format!("`{name}` is none of timeout_ms, connections, schema, {known}"));
                }
            }
        }
        let options = PgConnectOptions::from_str(&format!("{place}?{}", passed_on.join("&")))
            .map_err(|_| "it is not postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned())?;
        // The server gives up before we do, so that a statement that took too long is known not to have happened.
        let statement_timeout = (timeout.as_millis() * 9 / 10).max(1).to_string();
        let options = options.options([
            ("statement_timeout", statement_timeout.as_str()),
            ("search_path", schema.as_str()),
            // An acknowledged write is on the disk, whatever the server's own setting is.
            ("synchronous_commit", "on"),
            // The statements are written for this level.
            ("default_transaction_isolation", "read committed"),
        ]);
        Ok(Self { options, timeout, connections, schema })
    }
}

fn schema_is_plain(schema: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=60).contains(&schema.len())
        && schema.bytes().all(plain)
        && !schema.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_parameters_are_ours_and_unknown_ones_are_refused() {
        let config =
            Config::parse("postgres://me@h:1/db?timeout_ms=70&sslmode=disable&schema=a_1&connections=3").unwrap();
        assert_eq!((config.timeout.as_millis(), config.connections, config.schema.as_str()), (70, 3, "a_1"));
        assert_eq!((config.options.get_host(), config.options.get_port()), ("h", 1));
        for url in [
            "postgres://h/db?timeout=1",
            "postgres://h/db?schema=A",
            "postgres://h:x/db",
            "postgres://h/db?connections=0",
        ] {
            assert!(Config::parse(url).is_err(), "{url}");
        }
    }
}
