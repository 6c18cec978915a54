//! What readers said below posts.

use std::collections::HashMap;

use entity::{CommentId, PostId};

use super::ledger::{Entry, digest};
use super::{Failure, Writer};
use crate::domain::comment::{self, CommentDraft};
use crate::domain::render;
use crate::import::record::CommentRecord;
use crate::import::report::{Outcome, Report};
use crate::import::tree::{cut_cycles, parents_first};
use crate::store::Transaction;

/// What the ledger and the report call comments.
pub const KIND: &str = "comment";

/// A comment that has to be written.
pub struct CommentChange {
    record: CommentRecord,
    id: CommentId,
    is_new: bool,
    digest: String,
    post: PostId,
    parent: Option<CommentId>,
    depth: i32,
}

impl CommentChange {
    /// Its text as readers get it.
    pub fn render(&self) -> String {
        render::sanitise(&self.record.html)
    }
}

/// Counts the comments of a post; those that are new or have changed come back, parents before answers. One whose
/// parent is missing begins a thread, as does one of each circle.
pub fn comment_changes(
    post: PostId,
    records: Vec<CommentRecord>,
    remembered: &HashMap<&str, Entry>,
    report: &mut Report,
) -> Vec<CommentChange> {
    let places: HashMap<&str, usize> = (0..)
        .zip(&records)
        .map(|(place, record)| (record.id.as_str(), place))
        .collect();
    let parent = |record: &CommentRecord| places.get(record.parent.as_deref()?).copied();
    let mut parents: Vec<Option<usize>> = records.iter().map(parent).collect();
    cut_cycles(&mut parents);

    let entry = |record: &CommentRecord| remembered.get(record.id.as_str());
    let id = |record| entry(record).map_or_else(CommentId::new, |entry| CommentId(entry.target));
    let ids: Vec<CommentId> = records.iter().map(id).collect();
    let mut depths = vec![0; records.len()];
    let order = parents_first(&parents);
    let mut records: Vec<Option<CommentRecord>> = records.into_iter().map(Some).collect();
    let mut changes = Vec::new();
    for place in order {
        let Some(record) = records[place].take() else { continue };
        let parent = parents[place].map(|parent| ids[parent]);
        depths[place] = parents[place].map_or(0, |parent| depths[parent] + 1);
        // Where it stands may change while it does not.
        let digest = digest(&(&record, post, parent, depths[place]));
        let entry = remembered.get(record.id.as_str());
        let outcome = Outcome::of(entry.map(|entry| entry.digest == digest));
        report.count(KIND, outcome);
        if outcome != Outcome::Unchanged {
            changes.push(CommentChange {
                is_new: entry.is_none(),
                record,
                id: ids[place],
                digest,
                post,
                parent,
                depth: depths[place],
            });
        }
    }
    changes
}

impl Writer {
    /// Saves comments, each beside its rendering.
    pub(super) async fn save_comments(
        &mut self,
        transaction: &Transaction,
        comments: Vec<(CommentChange, String)>,
    ) -> Result<(), Failure> {
        let (mut drafts, mut entries) = (Vec::new(), Vec::new());
        for (change, html) in comments {
            let CommentChange { record, id, digest, .. } = change;
            entries.push((record.id, Entry { target: id.0, digest }));
            drafts.push(CommentDraft {
                id,
                is_new: change.is_new,
                post: change.post,
                parent: change.parent,
                depth: change.depth,
                kind: record.kind,
                status: record.status,
                author_name: record.author_name,
                author_email: record.author_email,
                author_url: record.author_url,
                source: record.source,
                html,
                created_at: record.created_at,
            });
        }
        comment::save_many(transaction, drafts).await?;
        Ok(self.ledger.remember(transaction, KIND, entries).await?)
    }
}
