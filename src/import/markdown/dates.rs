//! When a text was written, and where it stands therefore.

use chrono::{DateTime, Utc};
use entity::post::PostStatus;

use super::fields::Fields;
use super::post::Text;

/// The dates of a text.
pub(super) struct Dates {
    published: Option<DateTime<Utc>>,
    pub(super) created: Option<DateTime<Utc>>,
    pub(super) updated: Option<DateTime<Utc>>,
    expires: Option<DateTime<Utc>>,
    /// Whether a date that says when it appears or goes could not be understood.
    pub(super) is_unclear: bool,
}

impl Dates {
    /// Takes them from the fields; what the path says stands in.
    pub(super) fn take(fields: &mut Fields, text: &Text<'_>) -> Self {
        let complaints = fields.count_complaints();
        let named = fields.date(&[
            "publish_date",
            "pub_date",
            "pub_datetime",
            "date_published",
            "published_at",
            "published_on",
            "published_date",
        ]);
        let named = named.or_else(|| ["published", "publish"].iter().find_map(|name| fields.take_date(name)));
        let expires = fields.date(&["expiry_date", "expires", "unpublish_date"]);
        let is_unclear = fields.count_complaints() > complaints;
        let date = fields.date(&["date"]);
        let created = fields.date(&["created_at", "created", "date_created"]);
        Self {
            published: named.or(date).or(text.place.date).or(created),
            created: created.or(date.filter(|_| named.is_some())),
            updated: fields.date(&[
                "lastmod",
                "updated",
                "updated_at",
                "updated_date",
                "modified",
                "last_modified_at",
                "last_updated",
                "date_updated",
                "date_modified",
            ]),
            expires,
            is_unclear,
        }
    }

    /// Status and publication date of a post that is not a draft.
    pub(super) fn status(&self, text: &Text<'_>, is_archived: bool) -> (PostStatus, Option<DateTime<Utc>>) {
        // A text without any date has been there since it was last saved.
        let date = self.published.or(self.updated).or_else(|| saved(text));
        if self.expires.is_some_and(|expires| expires <= text.now) || is_archived {
            return (PostStatus::Archived, date);
        }
        if date.is_some_and(|date| date > text.now) {
            return (PostStatus::Scheduled, date);
        }
        (PostStatus::Published, date)
    }
}

fn saved(text: &Text<'_>) -> Option<DateTime<Utc>> {
    let saved = std::fs::metadata(text.folder.path(text.path))
        .and_then(|metadata| metadata.modified())
        .ok()?;
    // Whole seconds survive being copied and packed.
    DateTime::from_timestamp(DateTime::<Utc>::from(saved).timestamp(), 0)
}
