//! Messages by SMTP.
//!
//! [`Mailer::send`] says what became of a message: taken, to be tried again, or refused for good. Who tries again and
//! when is not known here.

use std::{fmt, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use ops::Letter;

use crate::Sent;

/// Longer than any mail server thinks; the job's lease outlasts it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends by one server, from one address.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Mailer {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Mailer {
    /// `url` is `smtp://` or `smtps://`, with user, password, host and port, and `?tls=required` or
    /// `?tls=opportunistic` for STARTTLS; `from` is an address with or without a name.
    ///
    /// # Errors
    /// What is wrong with either, without the password.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let from = from.parse().map_err(|error: AddressError| format!("the address of the sender: {error}"))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| "the URL of the mail server is smtp:// or smtps:// with a host".to_owned())?
            .timeout(Some(TIMEOUT))
            .build();
        Ok(Self { transport, from })
    }

    /// Sends one message. A crash after the server took it and before that was kept sends it again, under the same
    /// `Message-ID`.
    pub async fn send(&self, letter: &Letter) -> Sent {
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(why) => return Sent::Refused(why),
        };
        match self.transport.send(message).await {
            Ok(_) => Sent::Taken,
            Err(error) if error.is_permanent() => Sent::Refused(error.to_string()),
            Err(error) => Sent::Later(error.to_string()),
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let address = letter.to.parse().map_err(|error: AddressError| format!("the address {}: {error}", letter.to))?;
        let unsubscribe =
            HeaderValue::new(HeaderName::new_from_ascii_str("List-Unsubscribe"), format!("<{}>", letter.preferences));
        Message::builder()
            .from(self.from.clone())
            // lettre panics at a name with a line end in it.
            .to(Mailbox::new(Some(letter.name.replace(char::is_control, " ")), address))
            .subject(letter.subject.as_str())
            .message_id(Some(letter.message_id.clone()))
            .in_reply_to(letter.thread_id.clone())
            .references(letter.thread_id.clone())
            .raw_header(unsubscribe)
            // No machine answers a machine.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            to: "maya@example.com".into(),
            name: "Maya \"M\" Chen".into(),
            subject: "[REQ-2001 ranking] Lena Park asked a question — größer?".into(),
            text: "Why?\n".into(),
            html: "<p>Why?</p>".into(),
            message_id: "<N-7@kv.example.com>".into(),
            thread_id: "<REQ-2001@kv.example.com>".into(),
            preferences: "https://kv.example.com/settings/notifications".into(),
        }
    }

    #[test]
    fn a_message_has_both_parts_and_belongs_to_its_conversation() {
        let mailer = Mailer::new("smtp://127.0.0.1:2525", "KVStore <kv@example.com>").expect("a mailer");
        let message = mailer.message(&letter()).expect("a message");
        let raw = String::from_utf8(message.formatted()).expect("text");
        for line in [
            "Message-ID: <N-7@kv.example.com>",
            "In-Reply-To: <REQ-2001@kv.example.com>",
            "References: <REQ-2001@kv.example.com>",
            "List-Unsubscribe: <https://kv.example.com/settings/notifications>",
            "From: KVStore <kv@example.com>",
        ] {
            assert!(raw.contains(line), "{line} is not in\n{raw}");
        }
        assert!(raw.contains("text/plain") && raw.contains("text/html"), "{raw}");
    }

    #[test]
    fn nothing_that_somebody_wrote_adds_a_header() {
        let mailer = Mailer::new("smtp://127.0.0.1:2525", "kv@example.com").expect("a mailer");
        let bad = Letter { to: "maya@example.com\r\nBcc: all@example.com".into(), ..letter() };
        assert!(mailer.message(&bad).is_err());
        let bad =
            Letter { subject: "x\r\nBcc: all@example.com".into(), name: "y\r\nBcc: b@example.com".into(), ..letter() };
        let raw = String::from_utf8(mailer.message(&bad).expect("a message").formatted()).expect("text");
        assert!(!raw.lines().any(|line| line.starts_with("Bcc")), "{raw}");
    }

    #[test]
    fn a_url_that_is_none_is_told_without_its_password() {
        let told = Mailer::new("http://user:secret@host", "kv@example.com").expect_err("refused");
        assert!(!told.contains("secret"));
    }
}
