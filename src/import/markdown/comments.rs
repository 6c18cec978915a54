//! Comments that a site keeps as data files, in Staticman's convention: `data/comments/<slug>/<any>.yml`.

use std::collections::{BTreeMap, BTreeSet};

use entity::comment::{CommentKind, CommentStatus};
use serde_json::Value;

use super::fields::Fields;
use super::folder::{Folder, changed, data_of, skipped};
use super::site;
use crate::domain::render;
use crate::import::record::{CommentRecord, Notice};

/// The files of comments, by the name of their post: their own names and their paths.
#[derive(Clone, Debug, Default)]
pub(super) struct CommentFiles(BTreeMap<String, Vec<(String, String)>>);

impl CommentFiles {
    /// Lists them.
    pub(super) fn list(folder: &Folder) -> Self {
        let mut files = Self::default();
        for (name, path) in data_of(&folder.data, "comments") {
            if let Some((post, name)) = name.split_once('/') {
                files
                    .0
                    .entry(post.to_owned())
                    .or_default()
                    .push((name.to_owned(), path.to_owned()));
            }
        }
        files
    }

    /// The names of posts that have comments.
    pub(super) fn posts(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there are comments for a post of this name.
    pub(super) fn has(&self, post: &str) -> bool {
        self.0.contains_key(post)
    }

    fn of(&self, post: &str) -> &[(String, String)] {
        self.0.get(post).map_or(&[], Vec::as_slice)
    }
}

/// Reads the comments of a post, in order of their files.
pub(super) fn read(folder: &Folder, files: &CommentFiles, post: &str, notices: &mut Vec<Notice>) -> Vec<CommentRecord> {
    let mut comments = Vec::new();
    let mut read = Vec::new();
    for (name, file) in files.of(post) {
        match site::read(folder, file) {
            Ok(Value::Object(fields)) => match comment(name, Fields::from(fields)) {
                Ok(comment) => {
                    comments.push(comment);
                    read.push(file);
                }
                Err(reason) => notices.push(skipped(file, None, reason)),
            },
            Ok(_) => notices.push(skipped(file, None, "it has no named fields".to_owned())),
            Err(notice) => notices.push(notice),
        }
    }
    let ids = comments
        .iter()
        .map(|comment| comment.id.clone())
        .collect::<BTreeSet<_>>();
    for (comment, file) in comments.iter_mut().zip(read) {
        // Staticman writes the post's own name into `_parent` of what answers no comment.
        let is_dangling = |parent: &String| !ids.contains(parent) || *parent == comment.id;
        if let Some(parent) = comment.parent.take_if(|parent| is_dangling(parent))
            && parent != post
        {
            notices.push(changed(
                file,
                None,
                format!("it answers \"{parent}\", which is not there, and stands alone"),
            ));
        }
    }
    comments
}

fn comment(name: &str, mut fields: Fields) -> Result<CommentRecord, String> {
    let source = fields
        .text(&["message", "comment", "body", "text"])
        .ok_or("it has no message")?;
    let created_at = fields.date(&["date", "created_at", "timestamp"]);
    let created_at =
        created_at.ok_or_else(|| fields.complaints().pop().unwrap_or_else(|| "it has no date".to_owned()))?;
    Ok(CommentRecord {
        id: fields.text(&["_id", "id"]).unwrap_or_else(|| name.to_owned()),
        parent: fields.text(&["_parent", "parent", "replying_to", "reply_to"]),
        kind: CommentKind::Comment,
        status: status(&mut fields),
        author_name: fields.text(&["name", "author"]).unwrap_or_default(),
        // Often a hash.
        author_email: fields.text(&["email"]).filter(|email| email.contains('@')),
        author_url: fields
            .text(&["url", "website", "site"])
            .filter(|url| url.starts_with("http://") || url.starts_with("https://")),
        html: render::markdown(&source),
        source,
        created_at,
    })
}

fn status(fields: &mut Fields) -> CommentStatus {
    let status = fields.text(&["status"]).map(|status| status.to_ascii_lowercase());
    let is_approved = fields.flag(&["approved"]).unwrap_or(true);
    match status.as_deref() {
        _ if fields.flag(&["spam"]) == Some(true) => CommentStatus::Spam,
        Some("spam") => CommentStatus::Spam,
        Some("hidden" | "rejected") => CommentStatus::Hidden,
        Some("deleted" | "trash") => CommentStatus::Deleted,
        Some("pending" | "hold" | "unapproved") => CommentStatus::Pending,
        _ if is_approved => CommentStatus::Visible,
        _ => CommentStatus::Pending,
    }
}
