//! The thread of a request: comments, what became of them, who may be mentioned, and who watches.
//!
//! The trail is never changed. A comment is an entry of it; an edit or a withdrawal is a later entry that names the
//! first. So what was once said can always be shown to whoever keeps the trail.

use db::{AuditRow, NewAudit, RequestRow, Tx};
use domain::{
    Timestamp,
    authz::Viewer,
    bounds,
    choices::Role,
    error::{Error, Result},
    ids::{CommentId, EventId, RequestId},
    lifecycle::ActionKind,
    notice::Watching,
    spec::Visibility,
    view::{CommentVersion, Entry, Mentionable},
};

use super::facts;
use crate::{Ctx, Ops, directory::People, error::from_db, markdown::thread_html, notices::Told, session::viewer};

/// People that a composer offers at once.
const OFFERED: usize = 8;

/// What becomes of a comment.
pub(super) enum Say<'a> {
    Comment(&'a str),
    Edit(CommentId, &'a str),
    Withdraw(CommentId),
}

impl Ops {
    /// Writes what somebody says, or makes of what they said. The caller has locked the row and authorized the act.
    pub(super) async fn say(&self, tx: &mut Tx, ctx: &Ctx, mut row: RequestRow, say: Say<'_>) -> Result<EventId> {
        let (action, text, about, before) = match say {
            Say::Comment(text) => (ActionKind::Comment, Some(checked(text)?), None, None),
            Say::Edit(comment, text) => {
                let before = self.own_comment(ctx, &row, comment).await?;
                (ActionKind::EditComment, Some(checked(text)?), Some(comment), Some(before))
            }
            Say::Withdraw(comment) => {
                self.own_comment(ctx, &row, comment).await?;
                (ActionKind::WithdrawComment, None, Some(comment), None)
            }
        };
        if let (Some(before), Some(text)) = (&before, text)
            && before == text
        {
            return Err(Error::input("comment", "It says so already; change something or leave it."));
        }
        let now = self.now();
        let status = row.request.status();
        let revision = row.request.revision;
        row.updated_at = now;
        tx.request_update(&row, revision, now).await.map_err(from_db)?;
        let audit = NewAudit {
            at: now,
            by: Some(ctx.viewer.id),
            request: Some(row.request.id),
            dataset: None,
            action,
            note: text.map(str::to_owned),
            status_before: status,
            status_after: status,
            revision,
            before: None,
            after: None,
            origin: ctx.origin.clone(),
            request_ref: ctx.request_ref.clone(),
        };
        let entry = tx.audit_insert(&audit).await.map_err(from_db)?;
        if let Some(comment) = about {
            tx.comment_version_insert(entry, comment).await.map_err(from_db)?;
        }
        let event = self.write_event(tx, &row, action, now).await?;
        let by = Some(ctx.viewer.id);
        // An edit is found where its comment stands.
        let entry = about.unwrap_or(entry);
        let told = Told { row: &row, event, entry, action, by, text, before: before.as_deref() };
        self.tell(tx, &told, now).await?;
        Ok(event)
    }

    /// What the viewer's own comment says now.
    async fn own_comment(&self, ctx: &Ctx, row: &RequestRow, comment: CommentId) -> Result<String> {
        let id = row.request.id;
        let timeline = self.db().timeline(id).await.map_err(from_db)?;
        let versions = self.db().comment_versions(id).await.map_err(from_db)?;
        let first = timeline
            .iter()
            .find(|entry| entry.id == comment.0 && entry.action == ActionKind::Comment)
            .ok_or_else(|| Error::not_found(comment))?;
        if first.by != Some(ctx.viewer.id) {
            return Err(Error::forbidden("Only who wrote a comment can edit or withdraw it."));
        }
        let newest = timeline.iter().rfind(|entry| versions.get(&entry.id) == Some(&comment)).unwrap_or(first);
        if newest.action == ActionKind::WithdrawComment {
            let why = "You have withdrawn this comment; write a new one.".to_owned();
            return Err(Error::InvalidTransition { why, allowed: vec![ActionKind::Comment] });
        }
        Ok(newest.note.clone().unwrap_or_default())
    }

    /// Watches a request or stops watching it, for the viewer alone.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the viewer may not know of it.
    pub async fn request_watch(&self, ctx: &Ctx, id: RequestId, watching: Watching) -> Result<()> {
        let row = self.request_row(id).await?;
        ctx.viewer.sees(&facts(&row)).ok_or_else(|| Error::not_found(id))?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.watch_set(id, ctx.viewer.id, watching == Watching::Yes, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)
    }

    /// People whose handle or name begins with what was typed, those first who may read the thread.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Forbidden`] where the viewer may not write in the thread.
    pub async fn mentionable(&self, ctx: &Ctx, id: RequestId, typed: &str) -> Result<Vec<Mentionable>> {
        let row = self.request_row(id).await?;
        let facts = facts(&row);
        ctx.viewer.authorize(ActionKind::Comment, &facts, &id)?;
        let typed = typed.to_lowercase();
        let people = self.db().people().await.map_err(from_db)?;
        let begins = |text: &str| text.to_lowercase().starts_with(&typed);
        let mut found: Vec<Mentionable> = people
            .iter()
            .filter(|person| person.active)
            .filter(|person| begins(&person.handle) || person.name.split(' ').any(begins))
            .map(|person| Mentionable {
                handle: person.handle.clone(),
                name: person.name.clone(),
                reads: viewer(person).sees(&facts) == Some(Visibility::Full),
            })
            .collect();
        found.sort_by(|a, b| (!a.reads, &a.handle).cmp(&(!b.reads, &b.handle)));
        found.truncate(OFFERED);
        Ok(found)
    }

    /// What happened to a request and what was said, oldest first, as the viewer may read it.
    pub(crate) async fn thread(&self, viewer: &Viewer, people: &People, id: RequestId) -> Result<Vec<Entry>> {
        let timeline = self.db().timeline(id).await.map_err(from_db)?;
        let versions = self.db().comment_versions(id).await.map_err(from_db)?;
        let mut thread: Vec<Spoken> = Vec::new();
        for row in timeline {
            let about = versions.get(&row.id).copied();
            match thread.iter_mut().find(|spoken| about.is_some() && spoken.entry.comment == about) {
                Some(spoken) => spoken.become_what(people, &row),
                None => {
                    let spoken = Spoken::new(people, row);
                    match thread.last_mut() {
                        // A draft's many savings are one.
                        Some(last) if last.is_save() && spoken.is_save() => *last = spoken,
                        _ => thread.push(spoken),
                    }
                }
            }
        }
        Ok(thread.into_iter().map(|spoken| spoken.for_viewer(viewer)).collect())
    }
}

/// An entry while it is put together from the trail.
struct Spoken {
    entry: Entry,
    /// Since when it says what it says.
    since: Timestamp,
    /// The Markdown.
    source: Option<String>,
}

impl Spoken {
    fn new(people: &People, row: AuditRow) -> Self {
        let entry = Entry {
            by: row.by.map(|by| people.known(by)),
            at: row.at,
            action: row.action,
            comment: (row.action == ActionKind::Comment).then_some(CommentId(row.id)),
            html: row.note.as_deref().map(|note| thread_html(note, people)),
            status: row.status_after,
            versions: Vec::new(),
            withdrawn_at: None,
            source: None,
        };
        Self { entry, since: row.at, source: row.note }
    }

    fn is_save(&self) -> bool {
        self.entry.action == ActionKind::Save
    }

    /// A later entry of the trail edits or withdraws this one.
    fn become_what(&mut self, people: &People, row: &AuditRow) {
        match &row.note {
            Some(note) => {
                let html = self.entry.html.replace(thread_html(note, people)).unwrap_or_default();
                self.entry.versions.push(CommentVersion { at: self.since, html });
                self.since = row.at;
                self.source = Some(note.clone());
            }
            None => self.entry.withdrawn_at = Some(row.at),
        }
    }

    /// Withdrawn words are for those who keep the trail.
    fn for_viewer(mut self, viewer: &Viewer) -> Entry {
        let is_own = self.entry.by.as_ref().is_some_and(|by| by.id == viewer.id);
        if self.entry.withdrawn_at.is_some() {
            if !viewer.is_auditor() && viewer.role != Role::Admin {
                self.entry.html = None;
                self.entry.versions.clear();
            }
        } else if self.entry.comment.is_some() && is_own && !viewer.is_auditor() {
            self.entry.source = self.source;
        }
        self.entry
    }
}

/// A text that may stand in the thread.
fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Error::input("comment", "Write something first.")),
        length if length > bounds::NOTE_MAX => {
            Err(Error::input("comment", format!("Use at most {} characters.", bounds::NOTE_MAX)))
        }
        _ => Ok(text),
    }
}
