//! Makes records of an item's comments.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::comment::{CommentKind, CommentStatus};

use super::date::date;
use super::item::{Item, ItemComment};
use super::paragraphs::paragraphs;
use crate::import::record::CommentRecord;
use crate::import::text::{decode, plain, web_address};
use crate::import::tree::cut_cycles;

/// The comments of a post, and what a reader of the report should know of them.
pub(super) struct Comments {
    pub records: Vec<CommentRecord>,
    pub remarks: Vec<String>,
}

/// The ids of all comments of a file; they are numbers, or (by their position) made.
#[derive(Debug, Default)]
pub(super) struct CommentIds {
    numbers: HashSet<u64>,
}

impl CommentIds {
    /// The comment's own id, if it has one that no other comment has.
    fn own(&mut self, comment: &ItemComment) -> Option<String> {
        let number = comment.id.parse().ok()?;
        self.numbers.insert(number).then(|| number.to_string())
    }
}

/// The comments of an item that becomes the post `post`, in the order of the file. A comment without a date has that of
/// the post.
pub(super) fn comments(item: &Item, post: &str, post_date: Option<DateTime<Utc>>, ids: &mut CommentIds) -> Comments {
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut renamed, mut undated) = (0, 0);
    let mut kept = Vec::new();
    for (index, comment) in item.comments.iter().enumerate() {
        let Some(kind) = kind(&comment.kind) else {
            *left_out.entry(&comment.kind).or_default() += 1;
            continue;
        };
        let id = ids.own(comment).unwrap_or_else(|| {
            renamed += 1;
            format!("{post}/{}", index + 1)
        });
        let created_at = date([&comment.date_gmt, &comment.date]).or_else(|| {
            undated += 1;
            post_date
        });
        kept.push((
            comment,
            CommentRecord {
                id,
                parent: None,
                kind,
                status: status(&comment.approved),
                author_name: plain(&comment.author),
                author_email: Some(comment.author_email.clone()).filter(|address| address.contains('@')),
                author_url: web_address(&decode(&comment.author_url)),
                source: comment.content.clone(),
                html: paragraphs(&comment.content),
                created_at: created_at.unwrap_or_default(),
            },
        ));
    }
    let cut = thread(&mut kept);
    let mut remarks: Vec<_> = left_out
        .into_iter()
        .map(|(kind, count)| format!("comments of type {kind:?} were left out: {count}"))
        .collect();
    for (count, remark) in [
        (renamed, "comments without an id of their own got one by their place"),
        (undated, "comments without a valid date got that of the post"),
        (
            cut,
            "comments that answered themselves stand at the top of their thread",
        ),
    ] {
        if count > 0 {
            remarks.push(format!("{remark}: {count}"));
        }
    }
    Comments {
        records: kept.into_iter().map(|(_, record)| record).collect(),
        remarks,
    }
}

/// Sets the parents; says how many had to be cut. An answer to a comment that is not there keeps the id it names, so
/// that the report tells.
fn thread(comments: &mut [(&ItemComment, CommentRecord)]) -> usize {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    for (index, (comment, _)) in comments.iter().enumerate() {
        by_id.entry(&comment.id).or_insert(index);
    }
    let names_parent = |comment: &ItemComment| !matches!(comment.parent.as_str(), "" | "0");
    let mut parents: Vec<_> = comments
        .iter()
        .map(|(comment, _)| {
            by_id
                .get(comment.parent.as_str())
                .copied()
                .filter(|_| names_parent(comment))
        })
        .collect();
    let cuts: HashSet<_> = cut_cycles(&mut parents).into_iter().collect();
    let ids: Vec<_> = comments.iter().map(|(_, record)| record.id.clone()).collect();
    for (index, (comment, record)) in comments.iter_mut().enumerate() {
        let named = || Some(comment.parent.clone()).filter(|_| names_parent(comment) && !cuts.contains(&index));
        record.parent = parents[index].map(|parent| ids[parent].clone()).or_else(named);
    }
    cuts.len()
}

/// None for notes of shops, editors and the like, which readers never saw.
fn kind(kind: &str) -> Option<CommentKind> {
    match kind {
        "" | "comment" => Some(CommentKind::Comment),
        "pingback" => Some(CommentKind::Pingback),
        "trackback" => Some(CommentKind::Trackback),
        _ => None,
    }
}

fn status(approved: &str) -> CommentStatus {
    match approved {
        "1" | "approve" | "approved" => CommentStatus::Visible,
        "spam" => CommentStatus::Spam,
        "trash" | "post-trashed" => CommentStatus::Deleted,
        _ => CommentStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(comments: &[(&str, &str)]) -> Item {
        let comment = |(id, parent): &(&str, &str)| ItemComment {
            id: (*id).to_owned(),
            parent: (*parent).to_owned(),
            ..ItemComment::default()
        };
        Item {
            comments: comments.iter().map(comment).collect(),
            ..Item::default()
        }
    }

    fn threads(comments_of_item: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
        let found = comments(&item(comments_of_item), "9", None, &mut CommentIds::default());
        found
            .records
            .into_iter()
            .map(|record| (record.id, record.parent))
            .collect()
    }

    fn expected(threads: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        threads
            .iter()
            .map(|(id, parent)| ((*id).to_owned(), parent.map(str::to_owned)))
            .collect()
    }

    #[test]
    fn an_answer_may_stand_before_its_comment() {
        assert_eq!(
            threads(&[("2", "1"), ("1", "0")]),
            expected(&[("2", Some("1")), ("1", None)])
        );
    }

    #[test]
    fn circles_are_cut() {
        assert_eq!(
            threads(&[("1", "2"), ("2", "1"), ("3", "3")]),
            expected(&[("1", Some("2")), ("2", None), ("3", None)])
        );
    }

    #[test]
    fn a_missing_or_repeated_id_is_made_from_the_place() {
        assert_eq!(
            threads(&[("1", ""), ("1", ""), ("", "1"), ("x", "7")]),
            expected(&[("1", None), ("9/2", None), ("9/3", Some("1")), ("9/4", Some("7"))])
        );
    }

    #[test]
    fn an_id_of_another_post_is_not_taken_again() {
        let mut ids = CommentIds::default();
        comments(&item(&[("1", "")]), "8", None, &mut ids);
        let found = comments(&item(&[("1", ""), ("2", "1")]), "9", None, &mut ids);
        assert_eq!(found.records[0].id, "9/1");
        assert_eq!(found.records[1].parent.as_deref(), Some("9/1"));
        assert_eq!(found.remarks.len(), 2);
    }

    #[test]
    fn unknown_approvals_wait_for_a_moderator() {
        for (approved, expected) in [
            ("1", CommentStatus::Visible),
            ("0", CommentStatus::Pending),
            ("spam", CommentStatus::Spam),
            ("post-trashed", CommentStatus::Deleted),
            ("", CommentStatus::Pending),
            ("yes", CommentStatus::Pending),
        ] {
            assert_eq!(status(approved), expected, "{approved}");
        }
    }

    #[test]
    fn notes_of_shops_are_no_comments() {
        let mut item = item(&[("1", "")]);
        item.comments[0].kind = "order_note".to_owned();
        let found = comments(&item, "9", None, &mut CommentIds::default());
        assert!(found.records.is_empty());
        assert_eq!(found.remarks, ["comments of type \"order_note\" were left out: 1"]);
    }
}
