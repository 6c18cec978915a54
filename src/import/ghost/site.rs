//! What a first pass over an export learns: everything that posts refer to, but no post.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use url::Url;

use super::address::Home;
use super::body::text;
use super::json::{Entry, position, walk};
use super::links::Links;
use super::media::{Files, Seen};
use super::row::{Columns, Row};
use crate::domain::text::counted;
use crate::import::place::Place;
use crate::import::record::{AuthorRecord, Effect, Notice, SourceError, TagRecord};
use crate::import::text::web_address;

/// The columns of posts that are read.
#[rustfmt::skip]
pub(super) const POST: Columns = &[
    "id", "uuid", "title", "slug", "html", "lexical", "mobiledoc", "markdown", "image", "feature_image", "featured",
    "page", "type", "status", "visibility", "locale", "author_id", "created_at", "updated_at", "published_at",
    "custom_excerpt", "canonical_url", "codeinjection_head", "codeinjection_foot", "custom_template", "og_image",
    "og_title", "og_description", "twitter_image", "twitter_title", "twitter_description", "meta_title",
    "meta_description", "frontmatter", "feature_image_alt", "feature_image_caption", "email_only",
];

/// Tables that hold nothing that anybody would miss: the machinery of Ghost, its accounts and their keys.
#[rustfmt::skip]
const QUIET: &[&str] = &[
    "actions", "brute", "invites", "jobs", "migrations", "migrations_lock", "permissions", "permissions_roles",
    "permissions_users", "posts_products", "roles", "roles_users", "sessions", "tokens", "users_permissions",
];

/// The columns that are read of each table. Of settings the values too, but only those that are named in
/// [`Site::setting`] are kept.
#[rustfmt::skip]
fn columns(table: &str) -> Option<Columns> {
    Some(match table {
        "posts" => POST,
        "users" => &["id", "name", "slug", "email", "bio", "website"],
        "tags" => &["id", "name", "slug", "description", "visibility"],
        "posts_authors" => &["post_id", "author_id", "sort_order"],
        "posts_tags" => &["post_id", "tag_id", "sort_order"],
        "posts_meta" => &[
            "post_id", "og_image", "og_title", "og_description", "twitter_image", "twitter_title",
            "twitter_description", "meta_title", "meta_description", "frontmatter", "feature_image_alt",
            "feature_image_caption", "email_only",
        ],
        "settings" => &["id", "key", "value"],
        _ => return None,
    })
}

/// The site around the posts.
#[derive(Default)]
pub(super) struct Site {
    pub title: String,
    pub tagline: String,
    pub language: String,
    /// Stays the same as long as the site does.
    pub key: Option<String>,
    pub home: Home,
    /// What addresses of posts looked like before version 2.
    pub permalinks: String,
    pub authors: Vec<AuthorRecord>,
    pub tags: Vec<TagRecord>,
    pub authors_of: Links,
    pub tags_of: Links,
    pub meta: HashMap<String, Row>,
    pub files: Files,
    /// Whether the whole site was behind a password.
    pub is_closed: bool,
    /// How many posts and pages there are.
    pub posts: u64,
    /// What a reader of the report should know, posts apart.
    pub notices: Vec<Notice>,
    author_ids: HashSet<String>,
}

/// What the pass needs only while it lasts.
#[derive(Default)]
struct Pass {
    seen: Seen,
    posts: HashSet<String>,
    tag_ids: HashSet<String>,
    /// Tags that are for the site's own use.
    internal: HashSet<String>,
    address: Option<String>,
}

impl Site {
    /// Reads a file from start to end; proves that it is a whole export.
    pub fn survey(path: &Path, home: Option<&Url>) -> Result<Self, SourceError> {
        let mut site = Self::default();
        let mut pass = Pass::default();
        walk(path, columns, &mut |entry| {
            match entry {
                Entry::Row { table, row, place } => site.row(path, &table, row, place, &mut pass),
                Entry::Unread { table, rows, place } if rows > 0 && !QUIET.contains(&table.as_str()) => {
                    let rows = counted(rows, "row", "rows");
                    let reason = format!("tables of this name are not imported; it has {rows}");
                    site.note(path, place, Effect::Skipped, format!("table {table}"), reason);
                }
                Entry::Unread { .. } => {}
                Entry::OtherSite { place } => {
                    let reason = "only the first site of an export is imported".to_owned();
                    site.note(path, place, Effect::Skipped, "another site".to_owned(), reason);
                }
            }
            Ok(())
        })?;
        let stated = pass.address.as_deref().and_then(|address| Url::parse(address).ok());
        site.home = Home::new(home.cloned().or(stated));
        site.files = pass.seen.files(&site.home, &site.meta);
        site.authors_of
            .finish(&pass.posts, |author| site.author_ids.contains(author));
        // What is internal is told of where the tag stands.
        site.tags_of.finish(&pass.posts, |tag| {
            pass.tag_ids.contains(tag) || pass.internal.contains(tag)
        });
        for (table, links) in [("posts_authors", &site.authors_of), ("posts_tags", &site.tags_of)] {
            let reason = links.remark();
            site.notices.extend(reason.map(|reason| Notice {
                effect: Effect::Changed,
                item: format!("table {table}"),
                reason,
                position: position(path, Place::default()),
            }));
        }
        site.tags_of.finish(&pass.posts, |tag| pass.tag_ids.contains(tag));
        Ok(site)
    }

    /// How many records there are.
    pub fn records(&self) -> u64 {
        (self.authors.len() + self.tags.len() + self.files.records().len()) as u64 + self.posts
    }

    /// Whether somebody with this id is in the file.
    pub fn has_author(&self, id: &str) -> bool {
        self.author_ids.contains(id)
    }

    fn note(&mut self, path: &Path, place: Place, effect: Effect, item: String, reason: String) {
        self.notices.push(Notice {
            effect,
            item,
            reason,
            position: position(path, place),
        });
    }

    fn row(&mut self, path: &Path, table: &str, mut row: Row, place: Place, pass: &mut Pass) {
        match table {
            "posts" => {
                self.posts += 1;
                let html = text(&mut row).html;
                let id = row.take("id");
                pass.seen.note(&id, &row, &html);
                pass.posts.insert(id);
            }
            "users" => self.author(&mut row),
            "tags" => self.tag(path, &mut row, place, pass),
            "posts_authors" => self.authors_of.note(&mut row, "author_id"),
            "posts_tags" => self.tags_of.note(&mut row, "tag_id"),
            "posts_meta" => {
                let post = row.take("post_id");
                self.meta.insert(post, row.shrunk());
            }
            "settings" => self.setting(path, &mut row, place, pass),
            _ => {}
        }
    }

    fn author(&mut self, row: &mut Row) {
        let id = row.take("id");
        if id.is_empty() || !self.author_ids.insert(id.clone()) {
            return;
        }
        let [name, slug] = ["name", "slug"].map(|column| row.stated(column).unwrap_or_default().to_owned());
        self.authors.push(AuthorRecord {
            username: if slug.is_empty() { name.clone() } else { slug.clone() },
            display_name: if name.is_empty() { slug } else { name },
            email: row
                .stated("email")
                .filter(|address| address.contains('@'))
                .map(str::to_owned),
            bio: row.stated("bio").unwrap_or_default().to_owned(),
            website_url: web_address(row.text("website")),
            id,
        });
    }

    fn tag(&mut self, path: &Path, row: &mut Row, place: Place, pass: &mut Pass) {
        let id = row.take("id");
        let [name, slug] = ["name", "slug"].map(|column| row.stated(column).unwrap_or_default().to_owned());
        if id.is_empty() || pass.tag_ids.contains(&id) || pass.internal.contains(&id) {
            return;
        }
        if name.starts_with('#') || row.text("visibility") == "internal" {
            let reason = "internal tags are not for readers".to_owned();
            self.note(path, place, Effect::Skipped, format!("tag {name:?}"), reason);
            pass.internal.insert(id);
            return;
        }
        pass.tag_ids.insert(id.clone());
        self.tags.push(TagRecord {
            name: if name.is_empty() { slug.clone() } else { name },
            description: row.stated("description").unwrap_or_default().to_owned(),
            slug,
            id,
        });
    }

    /// All but these settings are secrets, or the business of the theme.
    fn setting(&mut self, path: &Path, row: &mut Row, place: Place, pass: &mut Pass) {
        let value = row.stated("value").unwrap_or_default();
        match row.text("key") {
            "title" => {
                value.clone_into(&mut self.title);
                // Ids of older versions are numbers, the same in every site.
                self.key = Some(row.take("id")).filter(|id| id.len() == 24);
            }
            "description" => value.clone_into(&mut self.tagline),
            "locale" | "lang" | "default_locale" => self.language = value.replace('_', "-"),
            "url" | "site_url" => pass.address = web_address(value),
            "is_private" => self.is_closed = matches!(value, "1" | "true"),
            "permalinks" => value.clone_into(&mut self.permalinks),
            key @ ("navigation" | "secondary_navigation") if value.len() > "[]".len() => {
                let (item, reason) = (format!("setting {key}"), "menus are not imported".to_owned());
                self.note(path, place, Effect::Skipped, item, reason);
            }
            key @ ("codeinjection_head" | "codeinjection_foot" | "ghost_head" | "ghost_foot") if !value.is_empty() => {
                let (item, reason) = (format!("setting {key}"), "injected code is not imported".to_owned());
                self.note(path, place, Effect::Skipped, item, reason);
            }
            _ => {}
        }
    }
}
