//! One text becomes one post.

use std::path::Path;

use chrono::{DateTime, Utc};
use entity::post::{PostKind, SourceFormat};
use serde_json::Value;

use super::Findings;
use super::comments::CommentFiles;
use super::dates::Dates;
use super::defaults::Defaults;
use super::fields::{Fields, at_commas, at_commas_or_spaces, whole};
use super::folder::{Folder, Layout, changed};
use super::front_matter::Parted;
use super::media::{featured, has_scheme, shown};
use super::place::Place;
use super::state::state;
use super::{comments, template, title};
use crate::domain::render;
use crate::import::record::{Body, Position, PostRecord};
use crate::import::text::web_address;

/// What is known of a text before it is read.
pub(super) struct Text<'a> {
    pub(super) folder: &'a Folder,
    pub(super) comment_files: &'a CommentFiles,
    /// Its path.
    pub(super) path: &'a str,
    pub(super) place: &'a Place<'a>,
    /// What the site says of many texts at once.
    pub(super) defaults: &'a Defaults,
    /// What its path makes of it.
    pub(super) kind: PostKind,
    /// When the import began.
    pub(super) now: DateTime<Utc>,
}

/// Makes a post of a text; what it names and shows goes into `findings`.
pub(super) fn read(text: &Text<'_>, parted: Parted<'_>, findings: &mut Findings) -> PostRecord {
    let mut fields = Fields::from(parted.fields);
    for table in ["extra", "params", "taxonomies"] {
        fields.flatten(table);
    }
    text.defaults.fill(text.path, &mut fields);
    let is_mdx = Path::new(text.path)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("mdx"));
    let marks = match (is_mdx, text.folder.is_vault()) {
        (true, _) => Some(template::MDX),
        (false, true) => Some(template::OBSIDIAN),
        (false, false) => Some(template::KRAMDOWN),
    };
    let converted = template::convert(parted.body, parted.body_line, marks);
    for (line, reason) in converted.complaints {
        findings.notices.push(changed(text.path, Some(line), reason));
    }
    let mut markdown = converted.text;
    let title = fields.text(&["title"]).unwrap_or_else(|| match title::take(&markdown) {
        Some((title, rest)) => {
            markdown = rest;
            title
        }
        None => text.place.name.to_owned(),
    });
    let html = render::markdown(&markdown);

    let kind = kind(&mut fields, text.kind);
    let dates = Dates::take(&mut fields, text);
    let state = state(&mut fields, &dates, text, parted.unread);
    let slug = fields
        .text(&["slug"])
        .map(|slug| slug::slugify(slug.rsplit('/').next().unwrap_or_default()));
    let slug = slug
        .filter(|slug| !slug.is_empty())
        .unwrap_or_else(|| slug::slugify(text.place.name));
    let (parent, menu_order) = (parent(&mut fields, text, kind), order(&mut fields, kind));
    let record = PostRecord {
        id: text.path.to_owned(),
        position: Position {
            file: text.path.to_owned(),
            ..Position::default()
        },
        kind,
        status: state.status,
        visibility: state.visibility,
        title,
        excerpt: fields.text(&["excerpt", "summary", "description", "brief", "subtitle"]),
        authors: authors(&mut fields, findings),
        tags: tags(&mut fields, text, findings),
        categories: categories(&mut fields, text, findings),
        series: series(&mut fields, findings),
        featured_media: featured(&mut fields, text, &mut findings.media, &mut findings.notices),
        parent,
        menu_order,
        is_featured: is_featured(&mut fields),
        canonical_url: fields
            .text(&["canonical_url", "canonical", "original_url"])
            .and_then(|url| web_address(&url)),
        published_at: state.published_at,
        created_at: dates.created,
        updated_at: dates.updated,
        old_paths: old_paths(&mut fields, &slug),
        comments: comments(text, &slug, findings),
        body: Body {
            format: SourceFormat::Markdown,
            source: parted.body.to_owned(),
            media: shown(&html, text, &mut findings.media, &mut findings.notices),
            html,
        },
        custom_fields: {
            // They have had their say.
            let _ = fields.take(&["type"]);
            fields.rest()
        },
        slug,
    };
    let remarks = fields.complaints().into_iter().chain(state.remarks);
    findings
        .notices
        .extend(remarks.map(|reason| changed(text.path, Some(1), reason)));
    record
}

fn kind(fields: &mut Fields, by_path: PostKind) -> PostKind {
    for name in ["kind", "type", "layout"] {
        match fields.text(&[name]).map(|kind| kind.to_ascii_lowercase()).as_deref() {
            Some("page" | "pages") => return PostKind::Page,
            Some("post" | "posts" | "article") => return PostKind::Article,
            _ => {}
        }
    }
    by_path
}

fn authors(fields: &mut Fields, findings: &mut Findings) -> Vec<String> {
    let people = match fields.take(&["authors", "author", "by"]) {
        Some(Value::Array(people)) => people,
        Some(person) => vec![person],
        None => Vec::new(),
    };
    unique(people.iter().filter_map(|person| findings.authors.byline(person)))
}

fn tags(fields: &mut Fields, text: &Text<'_>, findings: &mut Findings) -> Vec<String> {
    let names = fields.list(&["tags", "tag"], split_for(text));
    unique(
        names
            .iter()
            .filter_map(|name| findings.terms.tag(name.trim_start_matches('#'))),
    )
}

fn categories(fields: &mut Fields, text: &Text<'_>, findings: &mut Findings) -> Vec<String> {
    let mut names = fields.list(&["categories"], split_for(text));
    names.extend(fields.list(&["category"], whole));
    names.extend(text.place.categories.iter().map(|&name| name.to_owned()));
    unique(names.iter().filter_map(|name| findings.terms.category(name)))
}

/// Jekyll parts a single text at spaces, the others keep it whole.
fn split_for(text: &Text<'_>) -> fn(&str) -> Vec<&str> {
    if text.folder.layout == Layout::Jekyll {
        at_commas_or_spaces
    } else {
        at_commas
    }
}

fn series(fields: &mut Fields, findings: &mut Findings) -> Option<(String, i32)> {
    let title = fields.list(&["series"], whole).into_iter().next()?;
    let id = findings.terms.series(&title)?;
    let place = fields.number(&[
        "series_order",
        "series_index",
        "series_weight",
        "series_part",
        "part",
        "weight",
    ]);
    Some((id, place.unwrap_or(1).max(1)))
}

fn parent(fields: &mut Fields, text: &Text<'_>, kind: PostKind) -> Option<String> {
    if kind != PostKind::Page {
        return None;
    }
    let named = fields
        .text(&["parent"])
        .map(|parent| slug::slugify(parent.trim_matches('/').rsplit('/').next().unwrap_or_default()));
    named.or_else(|| {
        // A page in a folder stands below the page that has the folder's name.
        let folder = text.path.rsplit_once('/').map(|(folder, _)| folder)?;
        let folder = if text.path.contains("/index.") {
            folder.rsplit_once('/')?.0
        } else {
            folder
        };
        let candidates = [format!("{folder}.md"), format!("{folder}/index.md")];
        candidates
            .into_iter()
            .find(|path| path != text.path && text.folder.texts.binary_search(path).is_ok())
    })
}

fn order(fields: &mut Fields, kind: PostKind) -> i32 {
    if kind == PostKind::Page {
        fields
            .number(&["menu_order", "nav_order", "weight", "order"])
            .unwrap_or(0)
    } else {
        0
    }
}

fn is_featured(fields: &mut Fields) -> bool {
    let flags = ["featured", "pinned", "pin", "sticky"].map(|name| fields.flag(&[name]) == Some(true));
    flags.contains(&true)
}

/// The paths that have led to a text, unless they are patterns.
fn old_paths(fields: &mut Fields, slug: &str) -> Vec<String> {
    let mut paths = fields.list(&["aliases", "alias"], at_commas);
    paths.extend(fields.list(&["redirect_from"], at_commas));
    for name in ["url", "permalink", "path"] {
        paths.extend(fields.text(&[name]));
    }
    let paths = paths
        .iter()
        .filter(|path| !path.contains('{') && (!path.contains(':') || has_scheme(path)))
        .map(|path| normalised(path));
    unique(paths.filter(|path| path.len() > 1 && path[1..] != *slug))
}

/// A path from `/`, without host, query, fragment or slash at its end.
fn normalised(path: &str) -> String {
    let path = match url::Url::parse(path) {
        Ok(url) => url.path().to_owned(),
        Err(_) => path.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    format!("/{}", path.trim().trim_matches('/'))
}

fn comments(text: &Text<'_>, slug: &str, findings: &mut Findings) -> Vec<crate::import::record::CommentRecord> {
    let file = text
        .path
        .rsplit('/')
        .next()
        .and_then(|file| file.rsplit_once('.'))
        .map_or("", |(stem, _)| stem);
    let name = [slug, text.place.name, file]
        .into_iter()
        .find(|name| text.comment_files.has(name));
    match name.filter(|&name| findings.commented.insert(name.to_owned())) {
        Some(name) => comments::read(text.folder, text.comment_files, name, &mut findings.notices),
        None => Vec::new(),
    }
}

fn unique(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    values.filter(|value| seen.insert(value.clone())).collect()
}
