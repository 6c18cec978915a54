//! Who may see a post: what was not public there never becomes public here.

use chrono::{DateTime, Utc};
use entity::post::{PostKind, PostStatus, Visibility};

use super::row::Row;

/// Where a post stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub status: PostStatus,
    pub visibility: Visibility,
    pub published_at: Option<DateTime<Utc>>,
    /// What a reader of the report should know.
    pub remarks: Vec<String>,
}

/// Article or page: `type` since version 3, `page` before.
pub(super) fn kind(row: &Row) -> PostKind {
    match row.stated("type") {
        Some("page") => PostKind::Page,
        None if row.is_set("page") => PostKind::Page,
        Some(_) | None => PostKind::Article,
    }
}

/// The state of a row. `is_closed`: the whole site was behind a password.
pub(super) fn state(row: &Row, is_closed: bool) -> State {
    let mut remarks = Vec::new();
    let mut visibility = match row.stated("visibility") {
        None | Some("public") => Visibility::Public,
        Some("members") => Visibility::Members,
        Some(other) => {
            remarks.push(format!("its visibility was {other:?}; it is private now"));
            Visibility::Private
        }
    };
    if is_closed && visibility != Visibility::Private {
        visibility = Visibility::Private;
        remarks.push("the whole site was behind a password; it is private now".to_owned());
    }
    let mut dated = row.date("published_at");
    let mut status = match row.stated("status") {
        Some("published") => PostStatus::Published,
        Some("scheduled") => PostStatus::Scheduled,
        Some("draft") | None => PostStatus::Draft,
        Some("sent") => PostStatus::Archived,
        Some(other) => {
            remarks.push(format!("its status {other:?} is not known; it is a draft now"));
            PostStatus::Draft
        }
    };
    if status == PostStatus::Archived || row.is_set("email_only") {
        visibility = Visibility::Private;
        let instead = match status {
            PostStatus::Published | PostStatus::Archived => {
                status = PostStatus::Archived;
                "a private one in the archive"
            }
            _ => {
                status = PostStatus::Draft;
                "a private draft"
            }
        };
        remarks.push(format!("it was only a letter to subscribers; it is {instead} now"));
    }
    if status == PostStatus::Scheduled && dated.is_none() {
        status = PostStatus::Draft;
        remarks.push("it was scheduled without a valid date; it is a draft now".to_owned());
    }
    if status == PostStatus::Published && dated.is_none() {
        dated = row.date("created_at").or_else(|| row.date("updated_at"));
        let instead = if dated.is_some() {
            "that of its beginning or last change"
        } else {
            "none"
        };
        remarks.push(format!("it was published without a valid date; its date is {instead}"));
    }
    State {
        status,
        visibility,
        published_at: dated.filter(|_| status != PostStatus::Draft),
        remarks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: (&str, &str) = ("published_at", "2020-01-02T00:00:00.000Z");

    #[test]
    fn only_what_was_public_is() {
        use PostStatus::{Archived, Draft, Published, Scheduled};
        use Visibility::{Members, Private, Public};
        for (status, visibility, expected) in [
            ("published", "public", (Published, Public)),
            ("published", "", (Published, Public)),
            ("published", "members", (Published, Members)),
            ("published", "paid", (Published, Private)),
            ("published", "tiers", (Published, Private)),
            ("published", "label:vip", (Published, Private)),
            ("scheduled", "public", (Scheduled, Public)),
            ("draft", "public", (Draft, Public)),
            ("sent", "public", (Archived, Private)),
            ("queued", "public", (Draft, Public)),
            ("", "public", (Draft, Public)),
        ] {
            let found = state(&Row::of(&[("status", status), ("visibility", visibility), DATE]), false);
            assert_eq!((found.status, found.visibility), expected, "{status} {visibility}");
        }
    }

    #[test]
    fn a_letter_never_becomes_a_public_post() {
        for status in ["draft", "scheduled", "published", "sent"] {
            let found = state(&Row::of(&[("status", status), ("email_only", "1"), DATE]), false);
            assert_eq!(found.visibility, Visibility::Private, "{status}");
            assert!(
                matches!(found.status, PostStatus::Draft | PostStatus::Archived),
                "{status}"
            );
            assert_eq!(found.remarks.len(), 1);
        }
    }

    #[test]
    fn what_is_scheduled_for_no_day_is_a_draft() {
        let found = state(&Row::of(&[("status", "scheduled"), ("published_at", "soon")]), false);
        assert_eq!((found.status, found.published_at), (PostStatus::Draft, None));
    }

    #[test]
    fn pages_are_told_by_type_or_by_the_old_column() {
        for (columns, expected) in [
            (&[("type", "page"), ("page", "0")], PostKind::Page),
            (&[("type", "post"), ("page", "1")], PostKind::Article),
            (&[("type", ""), ("page", "1")], PostKind::Page),
            (&[("type", ""), ("page", "false")], PostKind::Article),
        ] {
            assert_eq!(kind(&Row::of(columns)), expected, "{columns:?}");
        }
    }
}
