//! Who calls, and the things that are called upon.

use std::collections::BTreeSet;

use db::NewNotice;
use domain::{
    account::AccountKind,
    choices::Role,
    form::Field,
    ids::{CommentId, DatasetId, HookId, NoticeId, RequestId, TokenId, UserId},
    lifecycle::ActionKind,
    notice::NoticeKind,
    policy::{Policy, to_toml},
};
use http::{Method, header};
use ops::{By, NewPersonForm, NewToken, Ops};
use serde_json::Value;

use super::{Body, Case};
use crate::app::{Browser, TestApp, simple};

/// Somebody who calls.
pub struct Caller {
    pub name: &'static str,
    who: Who,
}

enum Who {
    Nobody,
    /// Was signed in as this person.
    Ended(&'static str),
    /// An engineer without a part in the thing.
    Outsider,
    Person(&'static str),
}

pub const CALLERS: &[Caller] = &[
    Caller { name: "nobody", who: Who::Nobody },
    Caller { name: "ended", who: Who::Ended(OWNER) },
    Caller { name: "outsider", who: Who::Outsider },
    Caller { name: "team", who: Who::Person("jonas.weber") },
    Caller { name: "owner", who: Who::Person(OWNER) },
    Caller { name: "reviewer", who: Who::Person("omar.haddad") },
    Caller { name: "admin", who: Who::Person(ADMIN) },
    Caller { name: "auditor", who: Who::Person("sofia.rossi") },
];

const OWNER: &str = "maya.chen";
const REVIEWER: &str = "lena.park";
const ADMIN: &str = "priya.nair";

/// What [`World::fill`] replaces: numbers of requests in a state, of a dataset, of a bulk action; of a
/// version of the policy that is not in force, of the newest one, and of the admin's replay of that; of a person and of
/// a service account, the secret of a link, a token of somebody else, a team; and a new name.
const MARKS: &[&str] = &[
    "<submitted>",
    "<claimed>",
    "<asked>",
    "<denied>",
    "<draft>",
    "<approved>",
    "<dataset>",
    "<about>",
    "<bulk>",
    "<bulk_number>",
    "<policy>",
    "<newest>",
    "<replay>",
    "<person>",
    "<service>",
    "<link>",
    "<token>",
    "<team>",
    "<handle>",
    "<commented>",
    "<its_comment>",
    "<notice>",
    "<notice_number>",
    "<hook>",
    "<name>",
];

/// A server, and a number that makes every name new.
pub struct World {
    pub app: TestApp,
    outsider: String,
    made: usize,
    /// The comment of the request that was commented on last.
    comment: Option<CommentId>,
}

impl World {
    pub async fn start() -> Self {
        let app = TestApp::start().await;
        let outsider = app.outsider("search").await.handle;
        Self { app, outsider, made: 0, comment: None }
    }

    fn ops(&self) -> &Ops {
        &self.app.ops
    }

    /// The status that the caller gets; where a redirect leads to the sign-in page, `303→in`.
    pub async fn call(&mut self, case: &Case, caller: &Caller) -> String {
        let (method, _) = case.endpoint.split_once(' ').unwrap();
        let path = self.fill(case.path).await;
        let (browser, bearer) = self.browser(caller, case.endpoint).await;
        // As a page asks, and as a program does.
        let accept = if case.endpoint.contains(" /api/") { "application/json" } else { "text/html, application/json" };
        let mut request = browser.client.request(method.parse::<Method>().unwrap(), browser.url(&path));
        request = request.header("sec-fetch-site", "same-origin").header(header::ACCEPT, accept);
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        request = match &case.body {
            Body::Nothing => request,
            Body::Form(body) => {
                let body = self.fill(body).await;
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
            }
            Body::Json(body) => {
                let body = self.fill(body).await;
                let kind = if case.endpoint.starts_with("PATCH") {
                    "application/merge-patch+json"
                } else {
                    "application/json"
                };
                request.header(header::CONTENT_TYPE, kind).body(body)
            }
            Body::JsonOfRevision(body) => {
                let body = self.fill(body).await;
                request.header(header::IF_MATCH, "\"1\"").header(header::CONTENT_TYPE, "application/json").body(body)
            }
            Body::Text(body) => request.header(header::CONTENT_TYPE, "text/plain").body((*body).to_owned()),
        };
        // The body is not waited for: a stream has no end.
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get(header::LOCATION).map_or("", |value| value.to_str().unwrap());
        assert!(status < 500 || status == 501, "{} as {}: {status}", case.endpoint, caller.name);
        if status == 303 && location.starts_with("/sign-in") && case.endpoint != "POST /sign-out" {
            return "303→in".to_owned();
        }
        status.to_string()
    }

    /// A browser of the caller; for the API of an ended caller a token that has expired.
    async fn browser(&self, caller: &Caller, endpoint: &str) -> (Browser, Option<String>) {
        match &caller.who {
            Who::Nobody => (self.app.visitor(), None),
            Who::Ended(_) if endpoint.contains(" /v1/") => (self.app.visitor(), Some(self.expired_token().await)),
            Who::Ended(handle) => (self.ended(handle).await, None),
            Who::Outsider => (self.app.signed_in(&self.outsider).await, None),
            Who::Person(handle) => (self.app.signed_in(handle).await, None),
        }
    }

    /// Puts something new in the place of each mark.
    pub async fn fill(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for &mark in MARKS {
            if !text.contains(mark) {
                continue;
            }
            self.made += 1;
            let name = format!("endpoint_{}", self.made);
            let with = match mark {
                "<submitted>" => self.submitted(&name).await.0.to_string(),
                "<claimed>" => self.acted(&name, &[("action", "claim")]).await.0.to_string(),
                "<asked>" => self.asked(&name).await.0.to_string(),
                "<denied>" => self
                    .acted(&name, &[("action", "deny"), ("reason", "Use the shared one instead.")])
                    .await
                    .0
                    .to_string(),
                "<bulk>" => self.bulk(&name).await,
                "<bulk_number>" => self.bulk(&name).await.trim_start_matches("J-").to_owned(),
                "<policy>" => self.policy(&name).await,
                "<newest>" => self.newest_policy().await,
                "<replay>" => self.replay().await,
                "<person>" => self.account(&name, AccountKind::Person).await.0.0.to_string(),
                "<service>" => self.account(&name, AccountKind::Service).await.0.0.to_string(),
                "<link>" => self.account(&name, AccountKind::Person).await.1.unwrap(),
                "<token>" => self.token(&name).await.0.to_string(),
                "<team>" => {
                    self.ops().team_create(By::Operator, &name.replace('_', "-"), &name).await.unwrap().0.to_string()
                }
                "<commented>" => {
                    let (request, comment) = self.commented(&name).await;
                    self.comment = Some(comment);
                    request.0.to_string()
                }
                "<its_comment>" => self.comment.unwrap().0.to_string(),
                "<notice>" => self.notice(&name).await.to_string(),
                "<notice_number>" => self.notice(&name).await.0.to_string(),
                "<hook>" => self.hook().await.0.to_string(),
                "<draft>" => self.draft(&name).await.0.to_string(),
                "<approved>" => self.approved(&name).await.0.to_string(),
                "<dataset>" => self.dataset(&name).await.0.to_string(),
                "<about>" => self.about(&name).await.0.to_string(),
                "<handle>" => name.replace('_', "-"),
                _ => name,
            };
            text = text.replace(mark, &with);
        }
        text
    }

    async fn submitted(&self, name: &str) -> RequestId {
        let mut form = simple(name);
        form.set(Field::DataClass, "confidential");
        self.app.signed_in(OWNER).await.file(&form).await
    }

    async fn draft(&self, name: &str) -> RequestId {
        let draft = [("token", name), ("intent", "save"), ("name", name), ("team", "search")];
        let page = self.app.signed_in(OWNER).await.post("/requests/new", &draft).await;
        assert_eq!(page.status, 303, "{}", page.body);
        page.location().trim_start_matches("/requests/").trim_end_matches("/edit").parse().unwrap()
    }

    async fn acted(&self, name: &str, inputs: &[(&str, &str)]) -> RequestId {
        let id = self.submitted(name).await;
        self.act(id, inputs).await;
        id
    }

    async fn act(&self, id: RequestId, inputs: &[(&str, &str)]) {
        let inputs: Vec<(&str, &str)> = inputs.iter().copied().chain([("revision", "1")]).collect();
        let page = self.app.signed_in(REVIEWER).await.post(&format!("/requests/{id}"), &inputs).await;
        assert_eq!(page.status, 303, "{:?}", page.errors());
    }

    /// An action on many requests that a reviewer asked for, which can be undone yet.
    async fn bulk(&self, name: &str) -> String {
        let pick = format!("{}:1", self.submitted(name).await);
        let inputs = [("intent", "bulk"), ("action", "claim"), ("pick", pick.as_str())];
        let page = self.app.signed_in(REVIEWER).await.post("/queue", &inputs).await;
        assert_eq!(page.status, 303, "{}", page.body);
        page.location().trim_start_matches("/queue/bulk/").to_owned()
    }

    async fn newest_policy(&self) -> String {
        self.ops().db().policies(1).await.unwrap()[0].policy.version.to_string()
    }

    /// A version of the policy with the rules of the first, so that enabling it changes nothing for other calls.
    async fn policy(&self, name: &str) -> String {
        let (newest, text) = (self.newest_policy().await, to_toml(&Policy::first().rules));
        let inputs = [("act", "save"), ("base", "1"), ("newest", &newest), ("note", name), ("text", &text)];
        let page = self.app.signed_in(ADMIN).await.post("/admin/policies", &inputs).await;
        assert_eq!(page.status, 303, "{:?}", page.errors());
        page.location().trim_start_matches("/admin/policies?version=").trim_end_matches("#changes").to_owned()
    }

    async fn replay(&self) -> String {
        let inputs = [("act", "replay"), ("version", &self.newest_policy().await)];
        let page = self.app.signed_in(ADMIN).await.post("/admin/policies", &inputs).await;
        assert_eq!(page.status, 303, "{:?}", page.errors());
        page.location().trim_end_matches("#replay").rsplit_once('=').unwrap().1.to_owned()
    }

    /// Somebody new, and the secret of the invitation where it is a person.
    async fn account(&self, name: &str, kind: AccountKind) -> (UserId, Option<String>) {
        let form = NewPersonForm {
            handle: name.replace('_', "-"),
            name: name.to_owned(),
            email: String::new(),
            kind,
            role: Role::Engineer,
            privacy_approver: false,
            teams: Vec::new(),
        };
        self.ops().account_create(By::Operator, &form).await.unwrap()
    }

    async fn token(&self, name: &str) -> TokenId {
        let (owner, _) = self.account(name, AccountKind::Service).await;
        let secret = data::Secret::fresh().unwrap();
        let scopes = vec!["default:read".to_owned()];
        let token = NewToken::new(name, secret.expose(), secret.hash().0, scopes, None).unwrap();
        self.ops().account_token_create(By::Operator, owner, token).await.unwrap()
    }

    /// A request on which its owner commented.
    async fn commented(&self, name: &str) -> (RequestId, CommentId) {
        let id = self.submitted(name).await;
        let inputs = [("action", "comment"), ("comment", "Hm."), ("revision", "1")];
        let page = self.app.signed_in(OWNER).await.post(&format!("/requests/{id}"), &inputs).await;
        assert_eq!(page.status, 303, "{:?}", page.errors());
        let timeline = self.ops().db().timeline(id).await.unwrap();
        (id, CommentId(timeline.last().unwrap().id))
    }

    /// Something that the owner is told.
    async fn notice(&mut self, name: &str) -> NoticeId {
        let (request, entry) = self.commented(name).await;
        let owner = self.ops().db().person_by_handle(OWNER).await.unwrap().unwrap();
        let notice = NewNotice {
            event: self.ops().db().last_event().await.unwrap(),
            person: owner.id,
            kind: NoticeKind::Commented,
            request,
            entry,
            action: ActionKind::Comment,
            by: None,
            at: self.ops().now(),
            in_app: true,
        };
        let mut tx = self.ops().db().begin().await.unwrap();
        let id = tx.notice_insert(&notice).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A webhook that nobody is sent anything to.
    async fn hook(&self) -> HookId {
        let owner = self.ops().db().person_by_handle(OWNER).await.unwrap().unwrap();
        let mut tx = self.ops().db().begin().await.unwrap();
        let now = self.ops().now();
        let id = tx.hook_insert("https://hooks.example.com/b", "whsec_test", "filed", owner.id, now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn asked(&self, name: &str) -> RequestId {
        let id = self.acted(name, &[("action", "claim")]).await;
        self.act(id, &[("action", "ask"), ("question", "How long must it be kept?")]).await;
        id
    }

    async fn approved(&self, name: &str) -> RequestId {
        let id = self.acted(name, &[("action", "claim")]).await;
        self.act(id, &[("action", "approve"), ("cluster", "kv-staging"), ("partitions", "8")]).await;
        id
    }

    async fn dataset(&self, name: &str) -> DatasetId {
        let request = self.approved(name).await;
        self.ops().db().dataset_of_request(request).await.unwrap().unwrap()
    }

    /// A request about a dataset that there is.
    async fn about(&self, name: &str) -> RequestId {
        let path = format!("/datasets/{}/requests/deprecate", self.dataset(name).await);
        let token = format!("{name}_about");
        let inputs =
            [("token", token.as_str()), ("priority", "normal"), ("justification", "Nobody reads it any more.")];
        let page = self.app.signed_in(OWNER).await.post(&path, &inputs).await;
        assert_eq!(page.status, 303, "{:?}", page.errors());
        page.location().trim_start_matches("/requests/").parse().unwrap()
    }

    /// A browser that still sends the cookie of a session that was signed out.
    async fn ended(&self, handle: &str) -> Browser {
        let browser = self.app.visitor();
        let answer = browser.post("/sign-in", &[("handle", handle)]).await;
        let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
        assert_eq!(browser.post("/sign-out", &[]).await.status, 303);
        let headers = [(header::COOKIE, cookie.parse().unwrap())].into_iter().collect();
        let client = reqwest::Client::builder().default_headers(headers).redirect(reqwest::redirect::Policy::none());
        Browser { client: client.build().unwrap(), base: browser.base }
    }

    /// A token of all scopes whose time is over.
    async fn expired_token(&self) -> String {
        let secret = data::Secret::fresh().unwrap();
        let scopes = ["*:admin".to_owned(), "control:write".to_owned(), "admin:*".to_owned()];
        let past = self.ops().now() - chrono::TimeDelta::minutes(1);
        let token = NewToken::new("expired", secret.expose(), secret.hash().0, scopes.into(), Some(past)).unwrap();
        self.ops().token_create(token).await.unwrap();
        secret.expose().to_owned()
    }

    /// Everything that the program declares, as `METHOD /path`.
    pub async fn endpoints(&self) -> BTreeSet<String> {
        let pages = server::router::page_addresses(&self.app.state).into_iter().map(|path| format!("GET {path}"));
        let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}"));
        let plain = server::router::plain_addresses().into_iter().map(|(method, path)| format!("{method} {path}"));
        let mut all: BTreeSet<String> = pages.chain(functions).chain(plain).collect();
        // The API's own description and the probes stand beside everything that has a list.
        all.extend(["/openapi.json", "/docs", "/healthz", "/readyz"].map(|path| format!("GET {path}")));
        let document = self.app.visitor().get("/openapi.json").await;
        let document: Value = serde_json::from_str(&document.body).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| ["get", "put", "post", "patch", "delete"].contains(&key.as_str()))
            {
                all.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        all
    }
}
