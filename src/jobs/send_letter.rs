//! `send-letter`: hands a letter over to the mail server, or to the outbox.

use crate::domain::accounts::Accounts;
use crate::domain::job::Failure;
use crate::domain::letter::SealedLetter;

/// Sends a letter, unless it is withheld.
pub async fn send(accounts: Accounts, letter: SealedLetter) -> Result<(), Failure> {
    let opened = letter.open(&accounts.master);
    let opened = opened.map_err(|error| Failure::last(format!("the letter cannot be opened: {error}")))?;
    let Some(letter) = opened else { return Ok(()) };
    let sent = accounts.mailer.send(&letter).await;
    sent.map_err(|undelivered| Failure {
        problem: undelivered.problem,
        is_last: undelivered.is_final,
        wait: None,
    })
}
