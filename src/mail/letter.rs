//! One letter, and its form on the wire.

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::{Address, error};

use super::MailError;

/// Longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;

/// A letter of plain text to one person. Its `Debug` leaves out the text, which holds one-time links.
#[derive(Clone)]
pub struct Letter {
    to: Address,
    subject: String,
    text: String,
}

/// Why something is no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterProblem {
    /// Letters go to `name@domain`.
    #[error("This is not an e-mail address.")]
    NoAddress,
    /// A subject is one line.
    #[error("The subject of a letter is one line of at most {LONGEST_SUBJECT} characters.")]
    Subject,
}

impl Letter {
    /// A letter. Nothing in it can become a header: the address and the subject are one line each.
    ///
    /// # Errors
    /// When the address is none, or the subject cannot be one.
    pub fn new(to: &str, subject: impl Into<String>, text: impl Into<String>) -> Result<Self, LetterProblem> {
        if to.chars().any(char::is_control) {
            return Err(LetterProblem::NoAddress);
        }
        let to = to.parse().map_err(|_| LetterProblem::NoAddress)?;
        let subject = subject.into();
        if subject.chars().any(char::is_control) || subject.chars().nth(LONGEST_SUBJECT).is_some() {
            return Err(LetterProblem::Subject);
        }
        let text = text.into();
        Ok(Self { to, subject, text })
    }

    /// To whom.
    pub fn to(&self) -> &str {
        self.to.as_ref()
    }

    /// What it says it is about.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What it says; for its reader alone.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As it is sent: MIME, plain text in UTF-8.
    pub(super) fn message(&self, from: &Mailbox) -> Result<Message, error::Error> {
        Message::builder()
            .from(from.clone())
            .to(self.to.clone().into())
            .subject(self.subject.as_str())
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.clone())
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Letter")
            .field("to", &self.to())
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// From whom letters are: an address, or a name and an address in angle brackets.
pub(super) fn sender(text: &str) -> Result<Mailbox, MailError> {
    let has_control = text.chars().any(char::is_control);
    let sender = text.parse::<Mailbox>().ok().filter(|_| !has_control);
    sender.ok_or_else(|| MailError(format!("{text:?} is no sender of mail")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_header() {
        for to in [
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example\nX: y",
            "\"a\r\nBcc: c\"@b.example",
            "a@b.example\0",
            "a@b.example, c@d.example",
            "a@b.example>\u{b}",
            "A <a@b.example>",
            "",
            "a",
            "@b.example",
        ] {
            assert_eq!(
                Letter::new(to, "S", "T").err(),
                Some(LetterProblem::NoAddress),
                "{to:?}"
            );
        }
        for subject in [
            "S\r\nBcc: c@d.example",
            "S\n",
            "S\r",
            "S\0",
            "S\u{85}",
            &"s".repeat(201),
        ] {
            let letter = Letter::new("a@b.example", subject, "T");
            assert_eq!(letter.err(), Some(LetterProblem::Subject), "{subject:?}");
        }
        let text = "Subject: other\r\nBcc: c@d.example\r\n\r\n.\r\nQUIT";
        let letter = Letter::new("a@b.example", "S", text).unwrap();
        let sent = letter.message(&sender("Q <q@localhost>").unwrap()).unwrap().formatted();
        let sent = String::from_utf8(sent).unwrap();
        let (headers, body) = sent.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("Bcc") && headers.contains("Subject: S"), "{headers}");
        assert!(body.contains("Bcc: c@d.example"));
    }

    #[test]
    fn words_of_any_language_are_carried() {
        let letter = Letter::new("a@b.example", "Grüße 您好", "Schöne Grüße\n您好").unwrap();
        let message = letter.message(&sender("Quoin <q@localhost>").unwrap()).unwrap();
        let sent = String::from_utf8(message.formatted()).unwrap();
        assert!(sent.is_ascii(), "every server takes it: {sent}");
    }

    #[test]
    fn debug_leaves_out_the_text() {
        let letter = Letter::new("a@b.example", "Reset", "https://q.example/reset?token=hunter2").unwrap();
        assert!(!format!("{letter:?}").contains("hunter2"));
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        assert!(sender("Quoin <quoin@localhost>").is_ok() && sender("quoin@press.example").is_ok());
        for wrong in [
            "",
            "Quoin",
            "Quoin <quoin>",
            "a@b.example\r\nBcc: c@d.example",
            "a@b, c@d",
        ] {
            assert!(sender(wrong).is_err(), "{wrong:?}");
        }
    }
}
