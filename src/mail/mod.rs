//! Letters to people: by SMTP, or into a folder where there is no mail server. Knows nothing of what they are about.

mod letter;
mod outbox;
mod smtp;

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub use letter::{Letter, LetterProblem};
pub use smtp::probe;

use outbox::Outbox;
use smtp::Smtp;

/// How many letters may wait.
const WAITING: usize = 1_000;
/// How long to wait before the second try, and before the third and last.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Why no letters can be sent: something that the operator configured.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(String);

/// Too many letters wait already; this one is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many letters wait to be sent")]
pub struct TooMany;

/// Sends letters, one after the other, in the background. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    queue: mpsc::Sender<Task>,
}

enum Task {
    Send(Letter),
    /// Tell when everything before this is done.
    Tell(oneshot::Sender<()>),
}

enum Way {
    Outbox(Outbox),
    Smtp(Smtp),
}

impl Mailer {
    /// Letters become files in a folder of their own, which is made when the first is written. With `logs`, the log has
    /// them too, so that a developer sees the links in them.
    ///
    /// # Errors
    /// When `from` is no sender. Must be called within the runtime that does the work.
    pub fn outbox(folder: PathBuf, from: &str, logs: bool) -> Result<Self, MailError> {
        Ok(Self::start(Way::Outbox(Outbox::new(
            folder,
            letter::sender(from)?,
            logs,
        ))))
    }

    /// Letters go to a mail server. `smtps://` is TLS from the beginning; `smtp://` must change to TLS (STARTTLS) unless
    /// the server is this machine. User and password may stand in the address.
    ///
    /// # Errors
    /// When the address or `from` cannot be used. Must be called within the runtime that does the work.
    pub fn smtp(url: &str, from: &str) -> Result<Self, MailError> {
        Ok(Self::start(Way::Smtp(Smtp::new(url, letter::sender(from)?)?)))
    }

    fn start(way: Way) -> Self {
        let (queue, tasks) = mpsc::channel(WAITING);
        tokio::spawn(work(way, tasks));
        Self { queue }
    }

    /// Has a letter sent, without waiting for it: neither time nor failure tells the caller whether somebody has that
    /// address. What fails stands in the log.
    ///
    /// # Errors
    /// When too many letters wait already.
    pub fn send(&self, letter: Letter) -> Result<(), TooMany> {
        self.queue.try_send(Task::Send(letter)).map_err(|_| {
            tracing::error!(waiting = WAITING, "a letter is not sent: too many wait");
            TooMany
        })
    }

    /// Waits until every letter so far is sent or given up: before the process ends, and in tests. Where the server does
    /// not answer that takes long, so bound it.
    pub async fn flush(&self) {
        let (tell, done) = oneshot::channel();
        if self.queue.send(Task::Tell(tell)).await.is_ok() {
            // Refused only when the runtime ends, and then nothing is left to wait for.
            let _ = done.await;
        }
    }
}

impl Debug for Mailer {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mailer").finish_non_exhaustive()
    }
}

async fn work(way: Way, mut tasks: mpsc::Receiver<Task>) {
    while let Some(task) = tasks.recv().await {
        match task {
            Task::Send(letter) => deliver(&way, &letter).await,
            Task::Tell(tell) => {
                let _ = tell.send(());
            }
        }
    }
}

/// Tries thrice, unless it is clear that trying again is of no use.
async fn deliver(way: &Way, letter: &Letter) {
    let mut pauses = PAUSES.into_iter();
    loop {
        let result = match way {
            Way::Outbox(outbox) => outbox.write(letter).await,
            Way::Smtp(smtp) => smtp.send(letter).await,
        };
        let Err(failure) = result else { return };
        let to = letter.to();
        let problem = failure.problem;
        match pauses.next() {
            Some(pause) if !failure.is_final => {
                tracing::warn!(%to, problem, "a letter was not sent; it is tried again");
                tokio::time::sleep(pause).await;
            }
            _ => {
                tracing::error!(%to, problem, "a letter was not sent, and is given up");
                return;
            }
        }
    }
}

/// Why a letter was not sent, for the log, and whether it never will be.
struct Failure {
    problem: String,
    is_final: bool,
}
