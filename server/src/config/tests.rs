//! Precedence, refusals, and that the example file is right.

use super::*;

fn from_file(text: &str) -> anyhow::Result<Config> {
    Config::assemble(&Settings::default(), File::parse(text)?)
}

#[test]
fn defaults_need_no_file() {
    let config = from_file("").unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.database_url.expose(), "sqlite://./data/kvstore.db");
    assert_eq!(config.url(), "http://127.0.0.1:3000");
    assert!(config.clusters.is_empty());
    assert_eq!(config.problems(), []);
}

#[test]
fn a_setting_stands_over_the_file() {
    let settings = Settings { listen: Some("localhost:4000".into()), ..Settings::default() };
    let file = File::parse("listen = '127.0.0.1:5000'\ndata_dir = '/srv/kv'").unwrap();
    let config = Config::assemble(&settings, file).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(config.database_url.expose(), "sqlite:///srv/kv/kvstore.db");
}

#[test]
fn the_example_file_is_right() {
    let config = from_file(include_str!("../../../kvstore.example.toml")).unwrap();
    assert_eq!(config.problems(), []);
    assert!(!config.clusters.is_empty());
}

#[test]
fn the_demo_brings_clusters_for_everything_unless_some_are_configured() {
    use domain::choices::{Choice, Environment, StorageKind};
    let config = from_file("demo = true").unwrap();
    assert_eq!(config.clusters.len(), 8);
    for environment in Environment::ALL {
        for storage in StorageKind::ALL {
            let serves =
                |cluster: &Cluster| cluster.environments.contains(environment) && cluster.storage.contains(storage);
            assert!(config.clusters.iter().any(serves), "{environment} {storage}");
        }
    }
    let own =
        "demo = true\n[[cluster]]\nname = 'kv-one'\nenvironments = ['dev']\nstorage = ['MUTABLE']\ncapacity_gb = 5";
    assert_eq!(from_file(own).unwrap().clusters.len(), 1);
}

#[test]
fn the_demo_is_refused_where_others_can_reach_it() {
    for (listen, refused) in [
        ("127.0.0.1:3000", false),
        ("127.0.0.9:3000", false),
        ("[::1]:3000", false),
        ("0.0.0.0:3000", true),
        ("[::]:80", true),
        ("192.168.1.4:3000", true),
    ] {
        let config = from_file(&format!("demo = true\nlisten = '{listen}'")).unwrap();
        assert_eq!(!config.problems().is_empty(), refused, "{listen}");
        let without = from_file(&format!("listen = '{listen}'")).unwrap();
        assert_eq!(without.problems(), [], "{listen}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let cluster = "[[cluster]]\nname = 'kv-one'\nenvironments = ['dev']\nstorage = ['MUTABLE']\ncapacity_gb = 5\n";
    for (text, named) in [
        ("lisen = '127.0.0.1:1'", "lisen"),
        ("listen = '3000'", "KVSTORE_LISTEN"),
        ("public_url = 'kv.example.com'", "KVSTORE_PUBLIC_URL"),
        ("public_url = 'https://kv.example.com/app'", "KVSTORE_PUBLIC_URL"),
        ("database_url = 'mysql://x'", "KVSTORE_DATABASE_URL"),
        ("log_format = 'xml'", "log_format"),
        (&format!("{cluster}{cluster}"), "kv-one"),
        (&cluster.replace("= 5", "= 0"), "capacity_gb"),
        (&format!("{cluster}colour = 'red'"), "colour"),
        (&format!("{cluster}price_per_gb_month = -1"), "a price is a number from 0"),
        (&format!("{cluster}price_per_gb_month = 'cheap'"), "price_per_gb_month"),
        (&format!("{cluster}price_per_million_reads = 1"), "price_per_gb_month"),
        (&format!("{cluster}currency = 'euro'"), "three capital letters"),
        (&format!("{cluster}replication = 0"), "replication"),
        (&format!("{cluster}consistency = ['mostly']"), "mostly"),
    ] {
        let error = format!("{:#}", from_file(text).unwrap_err());
        assert!(error.contains(named), "{text}: {error}");
    }
}

#[test]
fn a_public_url_is_written_as_a_browser_writes_an_origin() {
    for (text, origin) in [
        ("https://KV.example.com/", "https://kv.example.com"),
        ("https://kv.example.com:443", "https://kv.example.com"),
        ("http://kv.internal:8080", "http://kv.internal:8080"),
    ] {
        assert_eq!(text.parse::<PublicUrl>().unwrap().origin(), origin);
    }
}

#[test]
fn passwords_are_not_printed() {
    for (text, shown) in [
        ("postgres://kv:s3cret@db/kv", "postgres://kv:***@db/kv"),
        ("postgres://kv:s3c@ret@db/kv?sslmode=require&password=s3cret", "postgres://kv:***@db/kv"),
        ("sqlite:///srv/kv.db", "sqlite:///srv/kv.db"),
    ] {
        let url: DatabaseUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?}").contains("s3c"));
    }
}

#[test]
fn single_sign_on_is_by_a_provider_that_nobody_can_speak_for_and_lets_somebody_in() {
    let with = |issuer: &str, more: &str| {
        from_file(&format!("[oidc]\nissuer = '{issuer}'\nclient_id = 'kvstore'\nclient_secret = 'hush'\n{more}"))
    };
    for issuer in ["https://login.example.com/realms/corp", "http://localhost:9000", "http://127.0.0.1"] {
        with(issuer, "default_role = 'engineer'").unwrap();
    }
    for issuer in ["http://login.example.com", "login.example.com", "", "ftp://localhost"] {
        assert!(with(issuer, "default_role = 'engineer'").is_err(), "{issuer}");
    }
    let rules = "[[oidc.group]]\nname = 'kv-admins'\nrole = 'admin'\n[[oidc.group]]\nname = 'ads'\nteam = 'ads'";
    let config = with("https://login.example.com", rules).unwrap();
    assert!(!format!("{config:?}").contains("hush"), "a secret is never shown");
    assert!(with("https://login.example.com", "").unwrap_err().to_string().contains("[oidc]"));
    assert!(with("https://login.example.com", "[[oidc.group]]\nname = 'x'\nrole = 'king'").is_err());
    let config =
        from_file(&format!("listen = '0.0.0.0:3000'\n[oidc]\nissuer = 'https://x.example'\nclient_id = 'k'\n{rules}"));
    assert!(config.unwrap().problems()[0].mend.contains("public_url"));
}
