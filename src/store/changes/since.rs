use std::collections::HashSet;

use sea_orm::DbErr;

use super::{Topic, changes_after, newest, topic};
use crate::store::read::Reads;

/// How many topics are told apart; more are everything.
const MOST: usize = 5_000;

/// What changed after some position of the log.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The last position that was looked at.
    pub position: i64,
    /// What changed, each once; none for everything: because it did, or since it is not known any more.
    pub topics: Option<Vec<Topic>>,
}

/// What changed after a position, up to another one or to the newest. After none is everything, and so is what the log has
/// no more, or not yet, as in a database that was put back to an older state.
///
/// # Errors
/// When the database fails.
pub async fn changed(database: &impl Reads, after: Option<i64>, to: Option<i64>) -> Result<Changed, DbErr> {
    let position = match to {
        Some(to) => to,
        None => newest(database).await?,
    };
    let everything = Changed { position, topics: None };
    let Some(mut known) = after.filter(|after| *after <= position) else {
        return Ok(everything);
    };
    let mut topics = HashSet::new();
    while known < position {
        let rows = changes_after(database, known).await?;
        if rows.first().is_none_or(|row| row.position != known + 1) {
            return Ok(everything);
        }
        for row in rows.into_iter().take_while(|row| row.position <= position) {
            topics.extend(topic::read(&row.topics));
            let is_gap = row.position != known + 1;
            if is_gap || topics.len() > MOST || topics.contains(&Topic::EVERYTHING) {
                return Ok(everything);
            }
            known = row.position;
        }
    }
    Ok(Changed {
        position,
        topics: Some(topics.into_iter().collect()),
    })
}
