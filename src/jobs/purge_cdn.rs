//! `purge-cdn`: tells the CDN what changed, once as soon as can be, and once more a little later.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::cdn::{Cdn, keys_of_changes};
use crate::domain::cdn_purge::{self, Span};
use crate::domain::job::{self, Failure, NewJob, Task};
use crate::store::Store;
use crate::store::changes::{Changed, Topic, changed};

/// After how many requests it is better told to drop everything: Cloudflare's smallest plan takes 25 at once, and five a
/// minute after that (<https://developers.cloudflare.com/cache/how-to/purge-cache/>).
const MOST_REQUESTS: usize = 20;

/// Tells it what it was not told yet, or once more what changed within a part of the log.
pub async fn purge(cdn: Option<Arc<Cdn>>, store: Store, again: Option<Span>) -> Result<(), Failure> {
    let Some(cdn) = cdn else {
        return Err(Failure::passing("this process has no cdn.provider, and others have"));
    };
    match again {
        Some(span) => tell(&cdn, &changed(store.read(), span.after, Some(span.to)).await?).await,
        None => tell_news(&cdn, &store).await,
    }
}

async fn tell_news(cdn: &Cdn, store: &Store) -> Result<(), Failure> {
    let before = cdn_purge::position(store.read()).await?;
    // Who was never told anything may keep anything.
    let news = changed(store.read(), before, None).await?;
    if before == Some(news.position) {
        return Ok(());
    }
    // Until then another process may give an answer from before.
    store.settle().await;
    tell(cdn, &news).await?;
    let transaction = store.write().await?;
    cdn_purge::note(&transaction, before, news.position).await?;
    // An answer that was being made during the change may reach the CDN only now, and lie there.
    let span = Span {
        after: before,
        to: news.position,
    };
    let pause = TimeDelta::from_std(cdn.again_after()).unwrap_or(TimeDelta::minutes(1));
    let again = NewJob::new(Task::PurgeCdn(Some(span))).at(entity::now() + pause);
    job::enqueue(&transaction, again).await?;
    Ok(transaction.commit().await?)
}

async fn tell(cdn: &Cdn, changed: &Changed) -> Result<(), Failure> {
    let topics: Option<&[Topic]> = changed.topics.as_deref();
    let keys = topics.map(keys_of_changes);
    let told = match keys {
        Some(keys) if keys.len() <= MOST_REQUESTS * cdn.most_keys() => {
            let mut told = Ok(());
            for keys in keys.chunks(cdn.most_keys()) {
                told = cdn.purge(keys).await;
                if told.is_err() {
                    break;
                }
            }
            told
        }
        _ => cdn.purge_everything().await,
    };
    told.map_err(|error| Failure {
        wait: error.wait,
        ..Failure::passing(error.problem)
    })
}
