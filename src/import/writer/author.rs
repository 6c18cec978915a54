//! People who write.

use std::collections::HashMap;

use entity::UserId;
use sea_orm::{ConnectionTrait, DbErr};

use super::ledger::{Entry, digest};
use super::{Failure, Writer};
use crate::domain::user::{self, Profile};
use crate::import::record::AuthorRecord;
use crate::import::report::Outcome;
use crate::store::dialect::take_turns;

/// What the ledger and the report call authors.
pub const KIND: &str = "author";

impl Writer {
    /// Writes authors. One whose address belongs to an account already becomes that account.
    pub(super) async fn authors(&mut self, records: &[AuthorRecord]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let wanted: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let transaction = self.transaction().await?;
        // Accounts are made while an import runs, for the same email addresses.
        take_turns(&transaction).await?;
        let remembered: HashMap<&str, Entry> = self.ledger.recall(&transaction, KIND, &wanted).await?;
        let mut entries = Vec::new();
        for record in records {
            let digest = digest(record);
            let profile = Profile {
                display_name: record.display_name.clone(),
                email: record.email.clone(),
                bio: record.bio.clone(),
                website_url: record.website_url.clone(),
            };
            let known = remembered.get(record.id.as_str());
            let known = known.map(|entry| (UserId(entry.target), entry.digest == digest));
            let (target, outcome) = match known {
                Some((target, true)) => (target, Outcome::Unchanged),
                Some((target, false)) => {
                    user::update_byline(&transaction, target, profile).await?;
                    (target, Outcome::Updated)
                }
                None => match account(&transaction, &profile).await? {
                    Some(account) => (account, Outcome::Unchanged),
                    None => (
                        user::create_byline(&transaction, &record.username, profile).await?,
                        Outcome::Created,
                    ),
                },
            };
            if known.is_none_or(|(_, is_same)| !is_same) {
                let entry = Entry {
                    target: target.0,
                    digest,
                };
                entries.push((record.id.clone(), entry));
            }
            self.ids.put(KIND, record.id.clone(), target.0);
            self.report.count(KIND, outcome);
        }
        self.ledger.remember(&transaction, KIND, entries).await?;
        Ok(transaction.commit().await?)
    }
}

async fn account(database: &impl ConnectionTrait, profile: &Profile) -> Result<Option<UserId>, DbErr> {
    match profile.stored_email() {
        Some(email) => user::by_email(database, &email).await,
        None => Ok(None),
    }
}
