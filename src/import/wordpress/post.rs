//! Makes the record of a post or page.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use entity::post::{PostKind, PostStatus, SourceFormat, Visibility};
use url::Url;

use super::audience::{ShownShortcodes, is_field_hiding};
use super::comments::{CommentIds, comments};
use super::content::{PostContext, media, render};
use super::custom_fields::{Fields, canonical_url, custom_fields};
use super::date::date;
use super::hidden::Hidden;
use super::item::Item;
use super::site::Site;
use super::terms::ItemTerms;
use crate::import::ids::Ids;
use crate::import::record::{Body, Effect, Notice, Position, PostRecord};
use crate::import::text::{percent_decode, plain};

/// How many names of shortcodes are counted, and how long they are at most.
const SHORTCODE_LIMIT: usize = 1_000;
const SHORTCODE_LENGTH: usize = 200;

/// What is known of the posts so far.
#[derive(Debug, Default)]
pub(super) struct Pass {
    posts: Ids,
    comments: CommentIds,
    pub fields: Fields,
    /// How many items had text in a shortcode that may not have hidden it, by its name.
    pub shortcodes: BTreeMap<String, u64>,
}

impl Pass {
    /// The begin of a pass that imports the custom fields of these names, and text in these shortcodes.
    pub fn new(fields: BTreeSet<String>, shown: ShownShortcodes) -> Self {
        Self {
            fields: Fields::new(fields, shown),
            ..Self::default()
        }
    }

    /// Counts the shortcodes of an item that may not have hidden what was left out.
    pub fn doubt(&mut self, hidden: &Hidden) {
        for name in hidden.doubtful.iter().filter(|name| name.len() <= SHORTCODE_LENGTH) {
            if self.shortcodes.len() < SHORTCODE_LIMIT || self.shortcodes.contains_key(name) {
                *self.shortcodes.entry(name.clone()).or_default() += 1;
            }
        }
    }
}

/// The record of an item, and what a reader of the report should know of it.
pub(super) fn post(
    item: &Item,
    kind: PostKind,
    position: &Position,
    site: &Site,
    pass: &mut Pass,
) -> (PostRecord, Vec<Notice>) {
    let mut remarks = Vec::new();
    let (id, is_repeated) = pass.posts.unique(&own_id(item));
    if is_repeated {
        remarks.push(format!(
            "its id {:?} is that of another item; it is {id:?} now",
            item.id
        ));
    }

    let authors = site.authors.of(item);
    if site.authors.by_login(&item.creator).is_none() {
        let named = if item.creator.is_empty() {
            "it names no author".to_owned()
        } else {
            format!("its author {:?} is not in the file", item.creator)
        };
        let taken = if authors.is_empty() {
            "the importing owner stands for them"
        } else {
            "its co-authors remain"
        };
        remarks.push(format!("{named}; {taken}"));
    }

    remarks.extend(item.hidden.remarks.iter().cloned());
    let mut state = state(item, &mut remarks);
    if site.rules.hide(item, kind) {
        state.visibility = Visibility::Private;
        remarks.push("a rule of MemberPress hid it; it is private now".to_owned());
    }
    let terms = ItemTerms::of(item);
    let footnotes = item
        .meta("footnotes")
        .filter(|_| item.content.contains("<!-- wp:footnotes"));
    let mut context = PostContext::new(site, &item.id, footnotes);
    let html = render(&item.content, &mut context);
    remarks.extend(context.remarks());
    let custom = custom_fields(item, terms.format, &mut pass.fields);
    remarks.extend(custom.remarks);
    let mut hidden = custom.hidden;
    remarks.append(&mut hidden.remarks);
    hidden.doubtful.extend(item.hidden.doubtful.iter().cloned());
    pass.doubt(&hidden);
    let created_at = date([&item.date_gmt, &item.date]);
    let comments = comments(item, &id, created_at, &mut pass.comments);
    remarks.extend(comments.remarks);

    let slug = slug(item);
    let title = plain(&item.title);
    let excerpt = Some(plain(&item.excerpt)).filter(|excerpt| !excerpt.is_empty());
    let names_item = |reference: &str| !matches!(reference, "" | "0" | "-1");
    let record = PostRecord {
        position: position.clone(),
        kind,
        status: state.status,
        visibility: state.visibility,
        old_paths: old_paths(item, &slug),
        slug,
        title,
        excerpt,
        body: Body {
            format: SourceFormat::Html,
            source: item.content.clone(),
            media: media(&html, site),
            html,
        },
        authors,
        tags: site.tags.ids(&terms.tags),
        categories: site.categories.ids(&terms.categories),
        series: None,
        featured_media: item
            .meta("_thumbnail_id")
            .map(|id| id.trim().to_owned())
            .filter(|id| names_item(id)),
        parent: Some(item.parent.clone()).filter(|parent| kind == PostKind::Page && names_item(parent)),
        menu_order: item.menu_order.parse().unwrap_or_default(),
        is_featured: item.is_sticky,
        canonical_url: canonical_url(item),
        custom_fields: custom.fields,
        published_at: state.published_at,
        created_at,
        updated_at: date([&item.modified_gmt, &item.modified]),
        comments: comments.records,
        id,
    };
    let name = name(item, kind, &record);
    let notice = |reason| Notice {
        effect: Effect::Changed,
        item: name.clone(),
        reason,
        position: position.clone(),
    };
    let notices = remarks.into_iter().map(notice).collect();
    (record, notices)
}

/// What a post is called in the report.
fn name(item: &Item, kind: PostKind, record: &PostRecord) -> String {
    let kind = if kind == PostKind::Page { "page" } else { "post" };
    let name = [&record.title, &item.name, &record.id]
        .into_iter()
        .find(|name| !name.is_empty());
    format!("{kind} {:?}", name.map_or("", String::as_str))
}

/// The id in the file; where it is missing, what else stays the same from export to export.
fn own_id(item: &Item) -> String {
    let candidates = [
        ("", &item.id),
        ("slug:", &item.name),
        ("link:", &item.link),
        ("guid:", &item.guid),
        ("title:", &item.title),
    ];
    let found = candidates.into_iter().find(|(_, value)| !value.is_empty());
    found.map_or_else(|| "item".to_owned(), |(prefix, value)| format!("{prefix}{value}"))
}

struct State {
    status: PostStatus,
    visibility: Visibility,
    published_at: Option<DateTime<Utc>>,
}

/// What is not public there never becomes public here.
fn state(item: &Item, remarks: &mut Vec<String>) -> State {
    let mut dated = date([&item.date_gmt, &item.date]);
    let (mut status, mut visibility) = match item.status.as_str() {
        "publish" => (PostStatus::Published, Visibility::Public),
        "future" => (PostStatus::Scheduled, Visibility::Public),
        "draft" => (PostStatus::Draft, Visibility::Public),
        "pending" => (PostStatus::InReview, Visibility::Public),
        "private" => (PostStatus::Published, Visibility::Private),
        "trash" => (PostStatus::Trashed, Visibility::Private),
        unknown => {
            remarks.push(format!("its status {unknown:?} is not known; it is a draft now"));
            (PostStatus::Draft, Visibility::Public)
        }
    };
    if !item.password.is_empty() {
        visibility = Visibility::Private;
        remarks.push("it was protected by a password; it is private now".to_owned());
    }
    let hiding = item.meta.iter().find(|(key, value)| is_field_hiding(key, value));
    if let Some((key, _)) = hiding {
        visibility = Visibility::Private;
        remarks.push(format!("its field {key:?} hid it from visitors; it is private now"));
    }
    if status == PostStatus::Scheduled && dated.is_none() {
        status = PostStatus::Draft;
        remarks.push("it was scheduled without a valid date; it is a draft now".to_owned());
    }
    if status == PostStatus::Published && dated.is_none() {
        dated = date([&item.modified_gmt, &item.modified]);
        let instead = if dated.is_some() {
            "that of its last change"
        } else {
            "none"
        };
        remarks.push(format!("it was published without a valid date; its date is {instead}"));
    }
    let was_public = match status {
        PostStatus::Draft | PostStatus::InReview => false,
        PostStatus::Archived | PostStatus::Trashed => {
            matches!(item.meta("_wp_trash_meta_status"), None | Some("publish" | "private"))
        }
        PostStatus::Scheduled | PostStatus::Published => true,
    };
    State {
        status,
        visibility,
        published_at: dated.filter(|_| was_public),
    }
}

/// The name in addresses, decoded. The trash marks it; the name from before is kept beside.
fn slug(item: &Item) -> String {
    let name = percent_decode(&item.name);
    match name.strip_suffix("__trashed") {
        Some(stem) => item
            .meta("_wp_desired_post_slug")
            .map_or_else(|| stem.to_owned(), percent_decode),
        None => name,
    }
}

/// Where the post stood: the path of its address, and that path with each of its former slugs.
fn old_paths(item: &Item, slug: &str) -> Vec<String> {
    let Some(url) = Url::parse(&item.link)
        .ok()
        .filter(|url| url.has_host() && url.query().is_none())
    else {
        return Vec::new();
    };
    // Two slashes in front would name another host.
    let path = format!("/{}", percent_decode(url.path().trim_matches('/')));
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let former = item.meta.iter().filter(|(key, _)| key == "_wp_old_slug");
    let former = former
        .map(|(_, slug)| percent_decode(slug.trim()))
        .filter(|slug| !slug.is_empty());
    let former = former.map(|slug| format!("{folder}/{slug}"));
    let mut seen = HashSet::new();
    let own = format!("/{slug}");
    let paths = std::iter::once(path.clone()).chain(former);
    paths
        .filter(|path| path.len() > 1 && *path != own && seen.insert(path.clone()))
        .collect()
}
