//! Makes the record of a post or page.

use entity::post::{PostKind, SourceFormat};

use super::body::text;
use super::fields::custom_fields;
use super::media::featured;
use super::row::Row;
use super::site::Site;
use super::state::{kind, state};
use crate::import::ids::Ids;
use crate::import::record::{Body, Effect, Notice, Position, PostRecord};
use crate::import::text::web_address;

/// The record of a row, and what a reader of the report should know of it.
pub(super) fn post(mut row: Row, position: &Position, site: &Site, given: &mut Ids) -> (PostRecord, Vec<Notice>) {
    let raw_id = row.take("id");
    if let Some(meta) = site.meta.get(&raw_id) {
        row.fill(meta);
    }
    let (id, is_repeated) = given.unique(&own_id(&raw_id, &row));
    let kind = kind(&row);
    let state = state(&row, site.is_closed);
    let mut remarks = state.remarks;
    if is_repeated {
        remarks.push(format!("its id {raw_id:?} is that of another post; it is {id:?} now"));
    }
    let text = text(&mut row);
    remarks.extend(text.remarks);
    if row
        .stated("codeinjection_head")
        .or(row.stated("codeinjection_foot"))
        .is_some()
    {
        remarks.push("code that was injected into it is not imported".to_owned());
    }

    let mut custom_fields = custom_fields(&row, &site.home);
    custom_fields.extend(text.kept.map(|(name, document)| (name.to_owned(), document)));
    let featured_media = site.files.featured(&row, &site.home);
    if let (Some(address), None) = (featured(&row), &featured_media) {
        let address = site.home.fill(address.to_owned());
        remarks.push(format!(
            "its picture {address:?} has no whole address, since the export does not say where the site was; \
             --site-url does"
        ));
        custom_fields.insert("featureImage".to_owned(), address.into());
    }
    let stated_url = row.stated("canonical_url").map(|url| site.home.fill(url.to_owned()));
    let canonical_url = stated_url.as_deref().and_then(web_address);
    if let (Some(url), None) = (&stated_url, &canonical_url) {
        remarks.push(format!(
            "its canonical address {url:?} is none of the web; it was dropped"
        ));
    }

    let html = site.home.fill(text.html);
    let record = PostRecord {
        id,
        position: position.clone(),
        kind,
        status: state.status,
        visibility: state.visibility,
        slug: row.stated("slug").unwrap_or_default().to_owned(),
        title: row.stated("title").unwrap_or_default().to_owned(),
        excerpt: row.stated("custom_excerpt").map(str::to_owned),
        authors: authors(&raw_id, &row, site, &mut remarks),
        tags: site.tags_of.of(&raw_id).map(str::to_owned).collect(),
        categories: Vec::new(),
        series: None,
        featured_media,
        parent: None,
        menu_order: 0,
        is_featured: row.is_set("featured"),
        canonical_url,
        custom_fields,
        published_at: state.published_at,
        created_at: row.date("created_at"),
        updated_at: row.date("updated_at"),
        old_paths: old_path(&row, kind, site).into_iter().collect(),
        comments: Vec::new(),
        body: Body {
            format: SourceFormat::Html,
            source: site.home.fill(text.source),
            media: site.files.shown(&html, &site.home),
            html,
        },
    };
    let name = [&record.title, &record.slug, &record.id];
    let name = name.into_iter().find(|name| !name.is_empty());
    let kind = if kind == PostKind::Page { "page" } else { "post" };
    let item = format!("{kind} {:?}", name.map_or("", String::as_str));
    let notice = |reason| Notice {
        effect: Effect::Changed,
        item: item.clone(),
        reason,
        position: position.clone(),
    };
    let notices = remarks.into_iter().map(notice).collect();
    (record, notices)
}

/// The id in the file; where it is missing, what else stays the same from export to export.
fn own_id(id: &str, row: &Row) -> String {
    let candidates = [
        ("", id),
        ("uuid:", row.text("uuid")),
        ("slug:", row.text("slug")),
        ("title:", row.text("title")),
    ];
    let found = candidates.into_iter().find(|(_, value)| !value.is_empty());
    found.map_or_else(|| "post".to_owned(), |(prefix, value)| format!("{prefix}{value}"))
}

/// The first of `posts_authors` first; before that table came, the one that the post names.
fn authors(id: &str, row: &Row, site: &Site, remarks: &mut Vec<String>) -> Vec<String> {
    let joined: Vec<_> = site.authors_of.of(id).map(str::to_owned).collect();
    if !joined.is_empty() {
        return joined;
    }
    let named = row.stated("author_id");
    if let Some(author) = named.filter(|author| site.has_author(author)) {
        return vec![author.to_owned()];
    }
    let reason = match named {
        Some(author) => format!("its author {author:?} is not in the file"),
        None => "it names no author".to_owned(),
    };
    remarks.push(format!("{reason}; the importing owner stands for them"));
    Vec::new()
}

/// Where an article stood when a site had dates in its addresses; else its path is the same here. Days are those of UTC.
fn old_path(row: &Row, kind: PostKind, site: &Site) -> Option<String> {
    if kind == PostKind::Page || !site.permalinks.contains(":year") {
        return None;
    }
    let date = row.date("published_at")?;
    let slug = row.stated("slug")?;
    let path = site
        .permalinks
        .replace(":year", &date.format("%Y").to_string())
        .replace(":month", &date.format("%m").to_string())
        .replace(":day", &date.format("%d").to_string())
        .replace(":slug", slug);
    (!path.contains(':')).then(|| format!("/{}", path.trim_matches('/')))
}
