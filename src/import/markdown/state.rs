//! Status and visibility of a text: what its generator did not publish or list does not become public.

use chrono::{DateTime, Utc};
use entity::post::{PostStatus, Visibility};
use serde_json::Value;

use super::dates::Dates;
use super::fields::{Fields, text_of};
use super::post::Text;

/// A yes to one of these fields is a draft.
const HIDDEN_IF_SET: &[&str] = &["draft", "headless", "ignore", "is_draft", "unpublished", "wip"];
/// A no to one of these fields is a draft; some of them may hold a date, which is then the date of publication.
const HIDDEN_UNLESS_SET: &[&str] = &["dg_publish", "is_published", "publish", "published", "render"];
/// Fields that say where a page is written to; `false` is nowhere: Eleventy, Lume.
const ADDRESSES: &[&str] = &["path", "permalink", "url"];
/// If one of these fields is true, the post is not public.
#[rustfmt::skip]
const PRIVATE_IF_SET: &[&str] = &[
    "encrypt", "encrypted", "is_private", "paid", "paywall", "premium", "private", "protected", "secret",
    "subscribers_only",
];
/// If one of these fields is true, the post is for members.
const MEMBERS_IF_SET: &[&str] = &["members_only"];
/// A yes to one of these fields takes a page out of lists.
const UNLISTED_IF_SET: &[&str] = &[
    "eleventy_exclude_from_collections",
    "exclude_from_collections",
    "hidden",
    "unlisted",
];
/// Other fields that are read here.
const OTHERS: &[&str] = &[
    "access",
    "build",
    "eleventy_computed",
    "listed",
    "password",
    "status",
    "visibility",
];

/// Status of a text.
pub(super) struct State {
    pub(super) status: PostStatus,
    pub(super) visibility: Visibility,
    pub(super) published_at: Option<DateTime<Utc>>,
    /// What a reader of the report should know.
    pub(super) remarks: Vec<String>,
}

/// Whether a field that a site gives all texts of a folder can hide them.
pub(super) fn can_hide(name: &str, value: &Value) -> bool {
    let is = |names: &[&str]| names.iter().any(|known| super::fields::is_same(name, known));
    let lists = [
        HIDDEN_IF_SET,
        HIDDEN_UNLESS_SET,
        PRIVATE_IF_SET,
        MEMBERS_IF_SET,
        UNLISTED_IF_SET,
        OTHERS,
    ];
    lists.into_iter().any(is) || (is(ADDRESSES) && *value == Value::Bool(false))
}

/// Takes what the fields of a text say of it. `unread` is why its front matter could not be read, if so.
pub(super) fn state(fields: &mut Fields, dates: &Dates, text: &Text<'_>, unread: Option<&str>) -> State {
    let mut found = Found::default();
    found.flags(fields);
    found.build(fields);
    found.status(fields);
    found.visibility(fields);
    found.drafts.extend(unread.map(str::to_owned));
    found.drafts.extend(text.place.hidden.map(str::to_owned));
    found
        .drafts
        .extend(text.defaults.excluded(text.path).map(str::to_owned));
    if dates.is_unclear {
        found
            .drafts
            .push("a date on which it appears or goes cannot be understood".to_owned());
    }

    let mut remarks: Vec<String> = Vec::new();
    remarks.extend(found.drafts.iter().map(|reason| format!("{reason}; it is a draft now")));
    if let Some((visibility, reason)) = found.visible.iter().max_by_key(|(visibility, _)| rank(*visibility)) {
        let now = match visibility {
            Visibility::Private => "private",
            Visibility::Members => "for members",
            Visibility::Unlisted | Visibility::Public => "unlisted",
        };
        remarks.extend(reason.iter().map(|reason| format!("{reason}; it is {now} now")));
    }
    let visible = found.visible.iter().map(|(visibility, _)| *visibility);
    let visibility = visible
        .max_by_key(|visibility| rank(*visibility))
        .unwrap_or(Visibility::Public);
    let (status, published_at) = if !found.drafts.is_empty() || found.is_draft || text.place.is_draft {
        (PostStatus::Draft, None)
    } else if found.is_in_review {
        (PostStatus::InReview, None)
    } else {
        dates.status(text, found.is_archived)
    };
    State {
        status,
        visibility,
        published_at,
        remarks,
    }
}

fn rank(visibility: Visibility) -> u8 {
    match visibility {
        Visibility::Public => 0,
        Visibility::Unlisted => 1,
        Visibility::Members => 2,
        Visibility::Private => 3,
    }
}

/// What the fields say.
#[derive(Default)]
struct Found {
    /// Explicit in the text, so not reported.
    is_draft: bool,
    is_in_review: bool,
    is_archived: bool,
    /// Why else it is a draft.
    drafts: Vec<String>,
    /// The visibility, and the reason unless it is explicit in the text.
    visible: Vec<(Visibility, Option<String>)>,
}

impl Found {
    fn flags(&mut self, fields: &mut Fields) {
        for name in HIDDEN_IF_SET {
            match fields.answer(name) {
                Some(Ok(true)) if *name == "draft" => self.is_draft = true,
                Some(Ok(true)) => self.drafts.push(format!("{name} is set")),
                Some(Err(())) => self.drafts.push(unclear(name)),
                Some(Ok(false)) | None => {}
            }
        }
        for name in HIDDEN_UNLESS_SET {
            match fields.answer(name) {
                Some(Ok(false)) if *name == "published" => self.is_draft = true,
                Some(Ok(false)) => self.drafts.push(format!("{name} is off")),
                Some(Err(())) => self.drafts.push(unclear(name)),
                Some(Ok(true)) | None => {}
            }
        }
        for (visibility, names) in [
            (Visibility::Private, PRIVATE_IF_SET),
            (Visibility::Members, MEMBERS_IF_SET),
            (Visibility::Unlisted, UNLISTED_IF_SET),
        ] {
            for name in names {
                match fields.answer(name) {
                    Some(Ok(true)) => {
                        let is_same = ["is_private", "private", "unlisted"].contains(name);
                        let reason = (!is_same).then(|| format!("{name} is set"));
                        self.visible.push((visibility, reason));
                    }
                    Some(Err(())) => self.visible.push((visibility, Some(unclear(name)))),
                    Some(Ok(false)) | None => {}
                }
            }
        }
        if matches!(fields.answer("listed"), Some(Ok(false) | Err(()))) {
            self.visible
                .push((Visibility::Unlisted, Some("listed is off".to_owned())));
        }
        if fields.take(&["password"]).is_some() {
            self.visible
                .push((Visibility::Private, Some("it has a password".to_owned())));
        }
    }

    /// Pages that are not written out, or not listed: Hugo's `build`, `_build` before; Eleventy's addresses.
    fn build(&mut self, fields: &mut Fields) {
        while let Some(build) = fields.take(&["build"]) {
            let Value::Object(build) = build else {
                continue;
            };
            let mut build = Fields::from(build);
            if matches!(build.answer("render"), Some(Ok(false) | Err(()))) {
                self.drafts
                    .push("its generator did not render it (build.render)".to_owned());
            }
            if matches!(build.answer("list"), Some(Ok(false) | Err(()))) {
                let reason = "its generator did not list it (build.list)".to_owned();
                self.visible.push((Visibility::Unlisted, Some(reason)));
            }
        }
        for name in ADDRESSES {
            if fields.take_false(name) {
                self.drafts
                    .push(format!("its generator did not write it out ({name}: false)"));
            }
        }
        if let Some(Value::Object(computed)) = fields.take(&["eleventy_computed"]) {
            let mut computed = Fields::from(computed);
            if computed.take_false("permalink") {
                self.drafts
                    .push("its generator did not write it out (eleventyComputed.permalink: false)".to_owned());
            }
        }
    }

    fn status(&mut self, fields: &mut Fields) {
        let Some(status) = fields.text(&["status"]) else { return };
        match status.to_ascii_lowercase().as_str() {
            "active" | "complete" | "completed" | "done" | "evergreen" | "featured" | "final" | "finished"
            | "future" | "live" | "posted" | "public" | "publish" | "published" | "released" | "scheduled" => {}
            "draft" | "unpublished" => self.is_draft = true,
            "archived" => self.is_archived = true,
            "in review" | "in-review" | "in_review" | "pending" | "review" => self.is_in_review = true,
            "private" => self.visible.push((Visibility::Private, None)),
            "hidden" | "unlisted" => self.visible.push((Visibility::Unlisted, None)),
            _ => self.drafts.push(format!("its status {status:?} is unknown")),
        }
    }

    fn visibility(&mut self, fields: &mut Fields) {
        for name in ["visibility", "access"] {
            let Some(value) = fields.take(&[name]) else { continue };
            let word = text_of(&value)
                .unwrap_or_else(|| value.to_string())
                .to_ascii_lowercase();
            match word.as_str() {
                "all" | "default" | "everybody" | "everyone" | "listed" | "open" | "public" | "true" | "visible" => {}
                "members" => self.visible.push((Visibility::Members, None)),
                "hidden" | "unlinked" | "unlisted" => self.visible.push((Visibility::Unlisted, None)),
                "private" => self.visible.push((Visibility::Private, None)),
                _ => {
                    let reason = format!("its {name} was {word:?}");
                    self.visible.push((Visibility::Private, Some(reason)));
                }
            }
        }
    }
}

fn unclear(name: &str) -> String {
    format!("{name} is neither yes nor no")
}
