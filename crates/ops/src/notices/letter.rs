//! A notice as a message for a mail box.

use db::PersonRow;
use domain::{
    bounds,
    error::Result,
    ids::NoticeId,
    lifecycle::ActionKind,
    notice::{NoticeKind, may_be_told},
    spec::Visibility,
};

use crate::{
    Ops,
    error::from_db,
    markdown::{excerpt, thread_html},
    request::facts,
    session::viewer,
};

/// How this installation is reached from outside, and what it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// What links in messages begin with, without a `/` at the end.
    pub site: String,
    pub mail: Mail,
}

/// Whether there is a mail server to send by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    On,
    Off,
}

/// A message for one mail box. No text of it has a line end where a header has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub name: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The same for every attempt, so that a mail box can tell a second copy.
    pub message_id: String,
    /// What all messages of a request answer to, so that they are one conversation.
    pub thread_id: String,
    /// Where the person says what they want to be sent.
    pub preferences: String,
}

impl Ops {
    /// Says how the installation is reached; the first call holds.
    pub fn set_outside(&self, outside: Outside) {
        let _ = self.inner.outside.set(outside);
    }

    pub(crate) fn sends_mail(&self) -> bool {
        self.inner.outside.get().is_some_and(|outside| outside.mail == Mail::On)
    }

    /// What links in messages begin with; empty where nobody said.
    pub(crate) fn site(&self) -> &str {
        self.inner.outside.get().map_or("", |outside| outside.site.as_str())
    }

    /// The message of a notice, made from what is so now; none where it was sent, where nobody may be told of it any
    /// more, or where there is no address.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn letter(&self, id: NoticeId) -> Result<Option<Letter>> {
        let Some(notice) = self.db().notice_find(id).await.map_err(from_db)? else { return Ok(None) };
        let person = self.db().person_find(notice.person).await.map_err(from_db)?.filter(|person| person.active);
        let request = self.db().request_find(notice.request).await.map_err(from_db)?;
        let (Some(person), Some(request), false) = (person, request, notice.mailed) else { return Ok(None) };
        let Some(to) = address(&person) else { return Ok(None) };
        let (viewer, facts) = (viewer(&person), facts(&request));
        if !may_be_told(&viewer, &facts, notice.kind) {
            return Ok(None);
        }
        let people = self.people().await?;
        let by = notice.by.map_or_else(|| "KVStore".to_owned(), |by| people.known(by).name);
        let words = match viewer.sees(&facts) {
            Some(Visibility::Full) => self.words_of(&notice).await?,
            _ => None,
        };
        let site = self.site();
        let host = site.split_once("://").map_or(site, |(_, host)| host);
        let host = host.split(['/', ':']).next().filter(|host| !host.is_empty()).unwrap_or("kvstore.invalid");
        let link = format!("{site}/requests/{}", notice.request);
        let preferences = format!("{site}/settings/notifications");
        let headline = headline(&by, notice.action, notice.kind);
        let about = format!("{} {}", notice.request, request.full_name);
        let quoted = words.as_deref().map(|words| format!("{words}\n\n")).unwrap_or_default();
        let shown = words.as_deref().map(|words| thread_html(words, &people)).unwrap_or_default();
        let subject = one_line(&format!("[{about}] {}", excerpt(&headline, bounds::EXCERPT_CHARACTERS)));
        Ok(Some(Letter {
            to,
            name: one_line(&person.name),
            text: format!("{headline}\n{about}\n\n{quoted}{link}\n\n-- \nWhat you are sent: {preferences}\n"),
            html: page(&subject, &headline, &about, &shown, &link, &preferences),
            subject,
            message_id: format!("<{}@{host}>", notice.id),
            thread_id: format!("<{}@{host}>", notice.request),
            preferences,
        }))
    }

    /// Keeps that a notice was taken by the mail server.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`]; the message then goes out again, as
    /// the same message.
    pub async fn notice_mailed(&self, id: NoticeId) -> Result<()> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.notice_mailed(id, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)
    }
}

/// The message for readers of HTML. Mail programs drop style sheets, so the style stands at the elements.
fn page(title: &str, headline: &str, about: &str, words: &str, link: &str, preferences: &str) -> String {
    let quoted = if words.is_empty() {
        String::new()
    } else {
        format!(
            "<div style=\"margin:16px 0;padding:2px 16px;border-left:3px solid #c9ccd6;overflow-wrap:anywhere\">{words}</div>"
        )
    };
    let [title, headline, about] = [title, headline, about].map(escape);
    let [link, preferences] = [link, preferences].map(escape);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body style=\"margin:0;padding:24px;font:15px/1.5 system-ui,sans-serif\">\
         <div style=\"max-width:600px\"><p style=\"margin:0\"><strong>{headline}</strong></p>\
         <p style=\"margin:0;overflow-wrap:anywhere\">{about}</p>{quoted}\
         <p style=\"margin:16px 0\"><a href=\"{link}\">Open the request</a></p>\
         <p style=\"margin:24px 0 0;font-size:13px\"><a href=\"{preferences}\">What you are sent</a></p>\
         </div></body></html>"
    )
}

/// What happened, in one sentence without a link.
fn headline(by: &str, action: ActionKind, kind: NoticeKind) -> String {
    match (kind, action) {
        (NoticeKind::Mentioned, _) => format!("{by} mentioned you"),
        (NoticeKind::Assigned, ActionKind::Assign) => format!("{by} assigned it to you"),
        (_, ActionKind::Remind) => "A question still waits for your answer".to_owned(),
        (_, ActionKind::TimeOut) => "It expired, because nobody answered".to_owned(),
        (_, ActionKind::Finish) => "It is provisioned".to_owned(),
        (_, ActionKind::Fail) => "Provisioning failed".to_owned(),
        (_, action) => format!("{by} {}", action.past()),
    }
}

/// Where mail goes to somebody; none where they have no address.
pub(crate) fn address(person: &PersonRow) -> Option<String> {
    Some(person.email.clone()).filter(|email| !email.is_empty())
}

/// A text that may stand in a header.
fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_line_whatever_a_person_is_called() {
        assert_eq!(one_line("Eve\r\nBcc: all@example.com"), "Eve  Bcc: all@example.com");
    }
}
