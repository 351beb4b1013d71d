//! What people are told: written by a job of each event, listed and read by the person.
//!
//! - [`tell`]: the job that an event leaves behind, and what it does.
//! - [`preferences`]: what a person wants to be told, and how.
//! - [`letter`]: a notice as a message for a mail box.
//!
//! Whether somebody may be told is judged when a notice is written and again whenever it is shown or sent, because a
//! request may have become confidential in between.

mod letter;
mod preferences;
mod tell;

use std::collections::HashMap;

use db::{NoticeRow, RequestRow};
use domain::{
    bounds,
    error::{Error, Result},
    ids::{NoticeId, RequestId},
    lifecycle::ActionKind,
    notice::may_be_told,
    view::{NoticePage, NoticeView},
};

pub use self::letter::{Letter, Mail, Outside};
pub(crate) use self::tell::{Told, watching};
use crate::{Ctx, Ops, directory::People, error::from_db, markdown::excerpt, request::facts};

/// Which notices a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Unread,
    All,
}

impl Ops {
    /// A page of what the viewer was told, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn notices(&self, ctx: &Ctx, shown: Shown, before: Option<NoticeId>) -> Result<NoticePage> {
        let last_event = self.db().last_event().await.map_err(from_db)?;
        let limit = bounds::NOTICES_PER_PAGE;
        let person = ctx.viewer.id;
        let unread_only = shown == Shown::Unread;
        let rows = self.db().notices_of(person, unread_only, before, limit).await.map_err(from_db)?;
        let is_last = u32::try_from(rows.len()).unwrap_or(u32::MAX) < limit;
        let next = if is_last { None } else { rows.last().map(|row| row.id) };
        let people = self.people().await?;
        let requests = self.requests_of(rows.iter().map(|row| row.request)).await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(request) = requests.get(&row.request)
                && may_be_told(&ctx.viewer, &facts(request), row.kind)
            {
                views.push(self.notice_view(&people, request, row).await?);
            }
        }
        Ok(NoticePage {
            rows: views,
            next,
            unread: self.unread(ctx).await?,
            newest: self.db().notice_newest(person).await.map_err(from_db)?,
            now: self.now(),
            last_event,
        })
    }

    async fn notice_view(&self, people: &People, request: &RequestRow, row: NoticeRow) -> Result<NoticeView> {
        let is_comment = matches!(row.action, ActionKind::Comment | ActionKind::EditComment);
        let excerpt = if row.kind.is_about_words() { self.words_of(&row).await? } else { None };
        Ok(NoticeView {
            id: row.id,
            kind: row.kind,
            action: row.action,
            request: row.request,
            full_name: request.full_name.clone(),
            by: row.by.map(|by| people.known(by)),
            at: row.at,
            read: row.read,
            excerpt: excerpt.map(|text| excerpt_of(&text)),
            comment: is_comment.then_some(row.entry),
        })
    }

    /// The words of the entry that a notice is about; none where there are none or their author took them back.
    pub(crate) async fn words_of(&self, row: &NoticeRow) -> Result<Option<String>> {
        let note = self.db().entry_words(row.entry).await.map_err(from_db)?;
        Ok(note.filter(|note| !note.trim().is_empty()))
    }

    /// How many notices the viewer has not read, as far as they may still be told; at most [`bounds::UNREAD_CAP`].
    pub(crate) async fn unread(&self, ctx: &Ctx) -> Result<u32> {
        let unread = self.db().notices_unread(ctx.viewer.id).await.map_err(from_db)?;
        let requests = self.requests_of(unread.iter().map(|(request, _)| *request)).await?;
        let told = unread.iter().filter(|(request, kind)| {
            requests.get(request).is_some_and(|row| may_be_told(&ctx.viewer, &facts(row), *kind))
        });
        Ok(u32::try_from(told.count()).unwrap_or(bounds::UNREAD_CAP))
    }

    async fn requests_of(&self, ids: impl Iterator<Item = RequestId>) -> Result<HashMap<RequestId, RequestRow>> {
        let mut requests = HashMap::new();
        for id in ids {
            if let std::collections::hash_map::Entry::Vacant(free) = requests.entry(id)
                && let Some(row) = self.db().request_find(id).await.map_err(from_db)?
            {
                free.insert(row);
            }
        }
        Ok(requests)
    }

    /// Marks one notice of the viewer read.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the viewer has no such notice.
    pub async fn notice_read(&self, ctx: &Ctx, id: NoticeId) -> Result<()> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        if !tx.notice_read(ctx.viewer.id, id, self.now()).await.map_err(from_db)? {
            return Err(Error::not_found(id));
        }
        tx.commit().await.map_err(from_db)
    }

    /// Marks the viewer's notices read up to one: those that came after the page was made stay unread.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn notices_read_up_to(&self, ctx: &Ctx, up_to: NoticeId) -> Result<()> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.notices_read_up_to(ctx.viewer.id, up_to, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)
    }
}

fn excerpt_of(markdown: &str) -> String {
    excerpt(markdown, bounds::EXCERPT_CHARACTERS)
}
