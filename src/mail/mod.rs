//! Letters to people: by SMTP, or into a folder where there is no mail server. Knows nothing of what they are about, nor
//! of trying again.

mod letter;
mod outbox;
mod smtp;

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::sync::Arc;

pub use letter::{Letter, LetterProblem};
pub use smtp::probe;

use outbox::Outbox;
use smtp::Smtp;

/// Why no letters can be sent: something that the operator configured.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(String);

/// Why a letter was not sent, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Undelivered {
    /// What happened, on one line.
    pub problem: String,
    /// Whether it never will be.
    pub is_final: bool,
}

/// Sends letters. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Way>);

enum Way {
    Outbox(Outbox),
    Smtp(Smtp),
}

impl Mailer {
    /// Letters become files in a folder of their own, which is made when the first is written. With `logs`, the log has
    /// them too, so that a developer sees the links in them.
    ///
    /// # Errors
    /// When `from` is no sender.
    pub fn outbox(folder: PathBuf, from: &str, logs: bool) -> Result<Self, MailError> {
        let outbox = Outbox::new(folder, letter::sender(from)?, logs);
        Ok(Self(Arc::new(Way::Outbox(outbox))))
    }

    /// Letters go to a mail server. `smtps://` is TLS from the beginning; `smtp://` must change to TLS (STARTTLS) unless
    /// the server is this machine. User and password may stand in the address.
    ///
    /// # Errors
    /// When the address or `from` cannot be used. Must be called within the runtime that does the work.
    pub fn smtp(url: &str, from: &str) -> Result<Self, MailError> {
        let smtp = Smtp::new(url, letter::sender(from)?)?;
        Ok(Self(Arc::new(Way::Smtp(smtp))))
    }

    /// Sends a letter, and waits until it is handed over: half a minute at most.
    ///
    /// # Errors
    /// When it was not.
    pub async fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        match self.0.as_ref() {
            Way::Outbox(outbox) => outbox.write(letter).await,
            Way::Smtp(smtp) => smtp.send(letter).await,
        }
    }
}

impl Debug for Mailer {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mailer").finish_non_exhaustive()
    }
}
