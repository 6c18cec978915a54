//! What is done for each kind of job.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{purge_cdn, send_letter};
use crate::cdn::Cdn;
use crate::domain::accounts::Accounts;
use crate::domain::job::{Failure, Task};
use crate::domain::post::publish_due;
use crate::store::Transaction;

/// What a job does within a transaction.
type Inside = Box<dyn for<'a> FnOnce(&'a Transaction) -> BoxFuture<'a, Result<(), Failure>> + Send>;

/// What a job does, and how it is kept from being done twice.
pub enum Work {
    /// Within a transaction, which the job's completion is a part of: both are kept or neither, so that it is done exactly
    /// once.
    Inside(Inside),
    /// Without a transaction, since it talks to others: done at least once. When the process dies between the deed and
    /// its note, it is done again.
    Outside(BoxFuture<'static, Result<(), Failure>>),
}

impl Work {
    /// Work within a transaction: `Work::inside(move |transaction| Box::pin(async move { … }))`.
    pub fn inside(
        act: impl for<'a> FnOnce(&'a Transaction) -> BoxFuture<'a, Result<(), Failure>> + Send + 'static,
    ) -> Self {
        Self::Inside(Box::new(act))
    }

    /// Work without one.
    pub fn outside(act: impl Future<Output = Result<(), Failure>> + Send + 'static) -> Self {
        Self::Outside(act.boxed())
    }
}

/// Says what is done for a kind of job with a payload, or why nothing can be.
pub type Duties = dyn Fn(&str, &Value) -> Result<Work, Failure> + Send + Sync;

/// What Quoin does for each kind of job. `cdn` is told what changed.
pub fn duties(accounts: &Accounts, cdn: Option<Arc<Cdn>>) -> Arc<Duties> {
    let accounts = accounts.clone();
    Arc::new(move |kind, payload| {
        Ok(match Task::read(kind, payload)? {
            Task::PublishPost(post) => {
                Work::inside(move |transaction| async move { Ok(publish_due(transaction, post).await?) }.boxed())
            }
            Task::PurgeCdn(again) => Work::outside(purge_cdn::purge(cdn.clone(), accounts.store.clone(), again)),
            Task::SendLetter(letter) => Work::outside(send_letter::send(accounts.clone(), letter)),
        })
    })
}
