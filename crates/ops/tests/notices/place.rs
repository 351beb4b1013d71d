//! A SQLite file with the demo people, and what they do.

use std::sync::Arc;

use db::Db;
use domain::{
    cluster::Cluster,
    command::ActionForm,
    error::Error,
    form::{Field, RequestForm},
    ids::RequestId,
    job::{JobKind, NotifyJob},
    view::{FormPost, NoticeView, RequestView},
};
use ops::{Ctx, DemoSignIn, Ops, Shown, SystemClock, seed};

pub struct Place {
    pub ops: Ops,
    _folder: tempfile::TempDir,
}

impl Place {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}", folder.path().join("kvstore.db").display())).await.unwrap();
        db.migrate().await.unwrap();
        let clusters: Vec<Cluster> = Vec::new();
        let ops = Ops::new(db, clusters, Arc::new(SystemClock), DemoSignIn::On);
        seed::people(&ops).await.unwrap();
        Self { ops, _folder: folder }
    }

    pub async fn who(&self, handle: &str) -> Ctx {
        let session = self.ops.sign_in_demo(handle, "a test").await.unwrap();
        self.ops.session_ctx(&session.token, "test", "").await.unwrap().unwrap()
    }

    /// A submitted request of maya's.
    pub async fn file(&self, name: &str, class: &str) -> RequestId {
        let post = FormPost { token: name.to_owned(), form: simple(name, class), ..FormPost::default() };
        self.ops.request_submit(&self.who("maya.chen").await, &post).await.unwrap().id
    }

    pub async fn view(&self, handle: &str, id: RequestId) -> RequestView {
        self.ops.request_view(&self.who(handle).await, id).await.unwrap()
    }

    /// Does an action with these inputs on the present revision.
    pub async fn act(&self, handle: &str, id: RequestId, pairs: &[(&str, &str)]) -> Result<(), Error> {
        let revision = self.view(handle, id).await.revision.to_string();
        let mut all: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        all.push(("revision".to_owned(), revision));
        self.ops.request_act(&self.who(handle).await, id, &ActionForm::from_pairs(&all)).await
    }

    pub async fn comment(&self, handle: &str, id: RequestId, text: &str) {
        self.act(handle, id, &[("action", "comment"), ("comment", text)]).await.unwrap();
    }

    /// The payloads of all jobs of a kind, oldest first, by the table: there is no worker here.
    pub async fn jobs(&self, kind: JobKind) -> Vec<String> {
        let Db::Sqlite(db) = self.ops.db() else { panic!("a SQLite file") };
        let rows: Vec<(String,)> = sqlx::query_as("select payload from jobs where kind = $1 order by id")
            .bind(kind.word())
            .fetch_all(db.writer())
            .await
            .unwrap();
        rows.into_iter().map(|(payload,)| payload).collect()
    }

    /// What events asked for, oldest first.
    pub async fn asked_for(&self) -> Vec<NotifyJob> {
        let payloads = self.jobs(JobKind::Notify).await;
        payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect()
    }

    /// Gives somebody the address that mail goes to.
    pub async fn address(&self, handle: &str, email: &str) {
        let person = self.who(handle).await.person;
        self.ops.own_profile_save(&self.who(handle).await, &person.name, email).await.unwrap();
    }

    /// Runs every such job, also those that ran before; says how many people were told.
    pub async fn work(&self) -> u32 {
        let mut told = 0;
        for job in self.asked_for().await {
            told += self.ops.notify_run(&job).await.unwrap();
        }
        told
    }

    /// What somebody reads in their list, newest first.
    pub async fn told(&self, handle: &str) -> Vec<NoticeView> {
        self.ops.notices(&self.who(handle).await, Shown::All, None).await.unwrap().rows
    }

    pub async fn unread(&self, handle: &str) -> u32 {
        self.ops.me(&self.who(handle).await).await.unwrap().unread
    }
}

/// A staging request of the team `search` that one reviewer can approve.
pub fn simple(name: &str, class: &str) -> RequestForm {
    let mut form = RequestForm::new();
    for (field, value) in [
        (Field::Name, name),
        (Field::Environment, "staging"),
        (Field::Description, "Features of candidates, read while ranking the results of a search."),
        (Field::Team, "search"),
        (Field::Owner, "jonas.weber"),
        (Field::DataSizeGb, "40"),
        (Field::ExpectedKeys, "5000000"),
        (Field::QpsGet, "900"),
        (Field::QpsSet, "40"),
        (Field::QpsDelete, "2"),
        (Field::DataClass, class),
    ] {
        form.set(field, value);
    }
    form
}
