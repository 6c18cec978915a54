//! Letters that wait to be sent. They hold links that let somebody in, so that they lie in the database sealed.

use entity::Hidden;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::domain::accounts::Accounts;
use crate::domain::job::{self, NewJob, Task};
use crate::domain::refusal::Refusal;
use crate::mail::Letter;
use crate::token::{Master, SealBroken};

/// What letters are sealed as.
const PURPOSE: &str = "letter";

/// Whether a letter goes out. One that does not takes the same way and the same time until its job is run, so that neither
/// tells somebody who asks for it whether the address has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posting {
    /// It is sent.
    Sent,
    /// It is not.
    Withheld,
}

/// A letter as it lies in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedLetter(pub Hidden);

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    to: String,
    subject: String,
    text: String,
    is_withheld: bool,
}

impl SealedLetter {
    /// Seals a letter.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(master: &Master, letter: &Letter, posting: Posting) -> Result<Self, SealBroken> {
        let content = Content {
            to: letter.to().to_owned(),
            subject: letter.subject().to_owned(),
            text: letter.text().to_owned(),
            is_withheld: posting == Posting::Withheld,
        };
        let content = serde_json::to_vec(&content).map_err(|_| SealBroken)?;
        master.seal(PURPOSE, &content).map(Self)
    }

    /// Opens a letter; none when it is withheld.
    ///
    /// # Errors
    /// When it was changed, or sealed with another secret.
    pub fn open(&self, master: &Master) -> Result<Option<Letter>, SealBroken> {
        let content = master.open(PURPOSE, &self.0)?;
        let content: Content = serde_json::from_slice(&content).map_err(|_| SealBroken)?;
        if content.is_withheld {
            return Ok(None);
        }
        Letter::new(&content.to, content.subject, content.text)
            .map(Some)
            .map_err(|_| SealBroken)
    }
}

/// Has a letter sent once the transaction is committed.
///
/// # Errors
/// When the database fails, or the system gives no random numbers.
pub async fn post(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    letter: &Letter,
    posting: Posting,
) -> Result<(), Refusal> {
    let sealed = SealedLetter::seal(&accounts.master, letter, posting);
    let sealed = sealed.map_err(|error| Refusal::Internal(format!("a letter cannot be sealed: {error}")))?;
    Ok(job::enqueue(transaction, NewJob::new(Task::SendLetter(sealed))).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter::new("a@b.example", "Reset", "https://q.example/reset?token=hunter2").unwrap()
    }

    #[test]
    fn a_sealed_letter_tells_nothing_and_opens_with_the_secret_alone() {
        let master = Master::new("0123456789abcdef0123456789abcdef");
        let sealed = SealedLetter::seal(&master, &letter(), Posting::Sent).unwrap();
        assert!(!sealed.0.expose().contains("hunter2") && !format!("{sealed:?}").contains(sealed.0.expose()));
        let opened = sealed.open(&master).unwrap().unwrap();
        assert_eq!((opened.to(), opened.subject()), ("a@b.example", "Reset"));
        assert!(opened.text().ends_with("hunter2"));
        assert!(sealed.open(&Master::new("another")).is_err());
        assert!(SealedLetter(Hidden("broken".to_owned())).open(&master).is_err());
    }

    #[test]
    fn a_withheld_letter_is_sealed_as_any_other_and_opens_to_none() {
        let master = Master::new("0123456789abcdef0123456789abcdef");
        let sealed = SealedLetter::seal(&master, &letter(), Posting::Withheld).unwrap();
        assert_eq!(sealed.open(&master).unwrap().map(|letter| letter.to().to_owned()), None);
    }
}
