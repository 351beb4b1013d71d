//! The store URL: `redis://[USER:PASSWORD@]HOST:PORT[/DB]`, `rediss://…` with TLS, and
//! `redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT,…` (`rediss+cluster://…`), which names a few servers of a
//! cluster; the others are found. Parameters: `timeout_ms` (5000), `connections` to each server (2), `prefix` of all
//! keys (`kv`).

use std::time::Duration;

use redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

#[derive(Clone, Debug)]
pub(super) struct Config {
    /// One server, or some of a cluster.
    pub servers: Vec<ConnectionInfo>,
    pub cluster: bool,
    /// The most that one call takes.
    pub timeout: Duration,
    /// To each server.
    pub connections: usize,
    pub prefix: String,
}

impl Config {
    /// What is wrong is said without the URL, which may hold a password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or("it has no `://`")?;
        let (base, cluster) = match scheme.strip_suffix("+cluster") {
            Some(base) => (base, true),
            None => (scheme, false),
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, db) = place.split_once('/').unwrap_or((place, ""));
        let (user, hosts) = match place.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), place),
        };
        let mut servers = Vec::new();
        for host in hosts.split(',').filter(|host| !host.is_empty()) {
            let info = format!("{base}://{user}{host}/{db}").into_connection_info();
            let info = info.map_err(|_| format!("`{host}` or what stands before it is not understood"))?;
            // With this protocol the client hears of a lost connection before it uses it.
            let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
            servers.push(info.set_redis_settings(settings));
        }
        match (cluster, servers.len(), db) {
            (_, 0, _) => return Err("it names no server".to_owned()),
            (false, 2.., _) => return Err("several servers need redis+cluster://".to_owned()),
            (true, _, "" | "0") | (false, 1, _) => {}
            (true, _, _) => return Err("a cluster has no numbered databases".to_owned()),
        }
        let mut config =
            Self { servers, cluster, timeout: Duration::from_secs(5), connections: 2, prefix: "kv".to_owned() };
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let number = |range: std::ops::RangeInclusive<u64>| {
                let number = value.parse().ok().filter(|number| range.contains(number));
                number.ok_or_else(|| format!("`{name}` is a number from {} to {}", range.start(), range.end()))
            };
            match name {
                "timeout_ms" => config.timeout = Duration::from_millis(number(1..=600_000)?),
                "connections" => config.connections = usize::try_from(number(1..=64)?).unwrap_or(1),
                "prefix" if prefix_is_plain(value) => value.clone_into(&mut config.prefix),
                "prefix" => return Err("`prefix` has 1 to 32 letters, digits, `_`, `-` and `.`".to_owned()),
                _ => return Err(format!("`{name}` is not a parameter; there are timeout_ms, connections and prefix")),
            }
        }
        Ok(config)
    }
}

fn prefix_is_plain(prefix: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=32).contains(&prefix.len()) && prefix.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_and_a_cluster() {
        let one = Config::parse("redis://me:p%40ss@h:1234/3?timeout_ms=70&connections=4&prefix=kv.test").unwrap();
        assert_eq!((one.cluster, one.servers.len(), one.connections), (false, 1, 4));
        assert_eq!((one.timeout, one.prefix.as_str()), (Duration::from_millis(70), "kv.test"));
        let settings = one.servers[0].redis_settings();
        assert_eq!((settings.username(), settings.password(), settings.db()), (Some("me"), Some("p@ss"), 3));
        let cluster = Config::parse("redis+cluster://a:1,b:2,c:3").unwrap();
        assert_eq!((cluster.cluster, cluster.servers.len()), (true, 3));
        assert_eq!(cluster.servers[1].addr().to_string(), "b:2");
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for url in [
            "redis:",
            "redis://",
            "redis://a:1,b:2",
            "redis+cluster://a:1/3",
            "redis://a:1/x",
            "redis://a:1?timeout=5",
            "redis://a:1?timeout_ms=0",
            "redis://a:1?timeout_ms=soon",
            "redis://a:1?prefix={x}",
        ] {
            assert!(Config::parse(url).is_err(), "{url}");
        }
    }
}
