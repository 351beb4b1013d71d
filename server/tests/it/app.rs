//! A server of its own for each test, and browsers that visit it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};

use axum::Router;
use chrono::TimeDelta;
use domain::{
    Timestamp,
    form::{Field, RequestForm},
    ids::RequestId,
    view::Person,
};
use http::{HeaderMap, StatusCode, header};
use ops::{Clock, DemoSignIn, Ops, SystemClock};
use serde_json::Value;
use server::{
    config::{Config, Settings},
    data_plane, router,
    state::AppState,
};
use sqlx::{Connection, Executor};
use tokio::{net::TcpListener, sync::watch};

/// A running server on a temporary SQLite file, with the demo people and nothing else.
pub struct TestApp {
    pub address: SocketAddr,
    pub ops: Ops,
    pub state: AppState,
    pub clock: Arc<TestClock>,
    stop: watch::Sender<bool>,
    folder: tempfile::TempDir,
}

/// The machine's clock, moved forward by hand.
#[derive(Debug, Default)]
pub struct TestClock {
    ahead_micros: AtomicI64,
}

impl TestClock {
    pub fn advance(&self, by: TimeDelta) {
        self.ahead_micros.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + TimeDelta::microseconds(self.ahead_micros.load(Ordering::SeqCst))
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(&[], |routes| routes).await
    }

    /// Without the demo: there is nobody.
    pub async fn start_empty() -> Self {
        Self::start_at(None, DemoSignIn::Off, &[], |routes| routes).await
    }

    /// On a database of its own of the server that `KVSTORE_TEST_POSTGRES_URL` names; none where it names none, which
    /// is said, or refused where `KVSTORE_TEST_REQUIRE=1`. The database goes with its server.
    pub async fn start_on_postgres() -> Option<Self> {
        let Ok(server) = std::env::var("KVSTORE_TEST_POSTGRES_URL") else {
            assert_ne!(
                std::env::var("KVSTORE_TEST_REQUIRE").as_deref(),
                Ok("1"),
                "KVSTORE_TEST_POSTGRES_URL is not set"
            );
            eprintln!("SKIPPED: KVSTORE_TEST_POSTGRES_URL is not set");
            return None;
        };
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("kvstore_it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
        for text in [format!("drop database if exists {name} with (force)"), format!("create database {name}")] {
            admin.execute(sqlx::AssertSqlSafe(text)).await.unwrap();
        }
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self::start_at(Some(&format!("{base}/{name}")), DemoSignIn::On, &[], |routes| routes).await)
    }

    /// With lines of configuration, and with routes that only a test has.
    pub async fn start_with(lines: &[&str], extend: impl FnOnce(Router<AppState>) -> Router<AppState>) -> Self {
        Self::start_at(None, DemoSignIn::On, lines, extend).await
    }

    async fn start_at(
        database: Option<&str>,
        demo: DemoSignIn,
        lines: &[&str],
        extend: impl FnOnce(Router<AppState>) -> Router<AppState>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        for name in ["kvstore.js", "kvstore.css", "kvstore.Tz7bWvqg8qW6Yk1kTeN2Lw.js"] {
            std::fs::write(site.join("pkg").join(name), "/* a file */").unwrap();
        }
        let file = folder.path().join("kvstore.toml");
        std::fs::write(&file, lines.join("\n")).unwrap();
        let settings = Settings {
            config: Some(file),
            listen: Some("127.0.0.1:0".into()),
            data_dir: Some(folder.path().to_owned()),
            site_root: Some(site),
            store_url: Some("memory:".into()),
            demo: demo == DemoSignIn::On,
            ..Settings::default()
        };
        let config = Config::load(&settings).unwrap();
        let db = db::Db::open(database.unwrap_or(config.database_url.expose())).await.unwrap();
        db.migrate().await.unwrap();
        let clock = Arc::new(TestClock::default());
        let ops = Ops::new(db, config.clusters.clone(), clock.clone(), config.demo);
        if demo == DemoSignIn::On {
            ops::seed::people(&ops).await.unwrap();
        }

        let (stop, stopping) = watch::channel(false);
        let data = data_plane::open(&config, Some(&ops), stopping.clone()).await.unwrap();
        let state = AppState::new(ops.clone(), data, &config, stopping.clone());
        let router = router::dress(extend(router::routes(&state)), state.clone()).unwrap();
        let listener = TcpListener::bind(config.listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn({
            let ops = ops.clone();
            let stopping = stopping.clone();
            async move { ops.run_background(stopping).await }
        });
        tokio::spawn(async move {
            let router = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, router).await.unwrap()
        });
        Self { address, ops, state, clock, stop, folder }
    }

    /// Where the database's files are.
    pub fn database_folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What SIGTERM does to the streams.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Nobody yet.
    pub fn visitor(&self) -> Browser {
        // The client wants one to be there; another test may have been quicker.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("a test's browser")
            .build()
            .unwrap();
        Browser { client, base: format!("http://{}", self.address) }
    }

    pub async fn signed_in(&self, handle: &str) -> Browser {
        let browser = self.visitor();
        let page = browser.post("/sign-in", &[("handle", handle)]).await;
        assert_eq!(page.status, 303, "{}", page.body);
        browser
    }

    /// An engineer who is not in `team`.
    pub async fn outsider(&self, team: &str) -> Person {
        let people = self.ops.demo_people().await.unwrap().people;
        let is_outside = |person: &Person| {
            person.role == domain::choices::Role::Engineer
                && !person.privacy_approver
                && !person.teams.iter().any(|own| own == team)
        };
        people.into_iter().find(is_outside).unwrap()
    }
}

/// A client that keeps cookies, follows nothing, and sends what a browser sends.
#[derive(Clone)]
pub struct Browser {
    pub client: reqwest::Client,
    pub base: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser {
    pub async fn get(&self, path: &str) -> Page {
        self.send(self.client.get(self.url(path))).await
    }

    /// As a form of the same site.
    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Page {
        self.send(self.form(path, pairs).header("sec-fetch-site", "same-origin")).await
    }

    pub fn form(&self, path: &str, pairs: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.client.post(self.url(path)).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }

    /// As the page's own script calls a server function.
    pub async fn call(&self, function: &str, arguments: &Value) -> (u16, Value) {
        let request = self.client.post(self.url(&format!("/api/{function}"))).header("sec-fetch-site", "same-origin");
        let response = request.header(header::ACCEPT, "application/json").json(arguments).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Sends it with `Accept: text/html`.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let response = request.header(header::ACCEPT, "text/html,*/*;q=0.8").send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        Page { status, headers, body: response.text().await.unwrap() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Files a request by its form and gives its number.
    pub async fn file(&self, form: &RequestForm) -> RequestId {
        let token = form.name.clone();
        let page = self.post("/requests/new", &pairs(form, &[("token", &token)])).await;
        assert_eq!(page.status, 303, "{:?}", page.errors());
        page.location().strip_prefix("/requests/").unwrap().parse().unwrap()
    }
}

impl Page {
    pub fn header(&self, name: impl AsRef<str>) -> &str {
        self.headers.get(name.as_ref()).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header(header::LOCATION)
    }

    pub fn assert(&self, status: StatusCode) -> &Self {
        assert_eq!(self.status, status.as_u16(), "{}", self.body);
        self
    }

    /// Texts that the page marks as errors, for messages of failed assertions.
    pub fn errors(&self) -> Vec<&str> {
        self.body.split("role=\"alert\"").skip(1).map(|rest| &rest[..rest.len().min(400)]).collect()
    }

    /// The value of the input with this name, unescaped.
    pub fn input(&self, name: &str) -> Option<String> {
        let mark = format!("name=\"{name}\"");
        let tag = self.body.split('<').find(|tag| tag.starts_with("input") && tag.contains(&mark))?;
        let value = tag.split("value=\"").nth(1)?.split('"').next()?;
        Some(unescape(value))
    }
}

pub fn unescape(html: &str) -> String {
    html.replace("&quot;", "\"").replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The inputs of a form as a browser posts them, with some more.
pub fn pairs<'a>(form: &'a RequestForm, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let fields = Field::ALL.iter().map(|field| (field.name(), form.get(*field))).filter(|(_, value)| !value.is_empty());
    fields.chain(more.iter().copied()).collect()
}

/// A valid production request of the team `search`, by this name.
pub fn sample(name: &str) -> RequestForm {
    let mut form = RequestForm::sample();
    form.set(Field::Name, name);
    form
}

/// One that a single reviewer can approve: staging, tier 2, internal, no personal data.
pub fn simple(name: &str) -> RequestForm {
    let mut form = RequestForm::new();
    for (field, value) in [
        (Field::Name, name),
        (Field::Environment, "staging"),
        (Field::Description, "Features of candidates, read while ranking the results of a search."),
        (Field::Team, "search"),
        (Field::Owner, "maya.chen"),
        (Field::DataSizeGb, "40"),
        (Field::ExpectedKeys, "5000000"),
        (Field::QpsGet, "900"),
        (Field::QpsSet, "40"),
        (Field::QpsDelete, "2"),
    ] {
        form.set(field, value);
    }
    form
}
