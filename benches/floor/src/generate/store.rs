//! Writes a site into the tables of `migration/`, by COPY, in one transaction.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use fastrand::Rng;
use indicatif::ProgressBar;
use serde_json::json;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::{Client, Error, Transaction};
use uuid::Uuid;

use crate::site::{Label, Site, State};
use crate::text;

/// Opens a table for rows of these columns.
async fn copy(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &str,
) -> Result<Pin<Box<BinaryCopyInWriter>>, Error> {
    let statement = transaction.prepare(&format!("SELECT {columns} FROM {table}")).await?;
    let types: Vec<_> = statement
        .columns()
        .iter()
        .map(|column| column.type_().clone())
        .collect();
    let statement = format!("COPY {table} ({columns}) FROM STDIN BINARY");
    let sink = transaction.copy_in(&statement).await?;
    Ok(Box::pin(BinaryCopyInWriter::new(sink, &types)))
}

/// Writes one row.
macro_rules! row {
    ($table:expr, $($value:expr),* $(,)?) => {
        $table.as_mut().write(&[$(&$value),*]).await?
    };
}

/// Writes everything; nothing stays when it fails. Afterwards the planner knows the tables.
pub async fn write(client: &mut Client, site: &Site, random: &mut Rng, progress: &ProgressBar) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    publication(&transaction, site).await?;
    progress.set_message("users");
    let names = users(&transaction, site, random, progress).await?;
    labels(&transaction, site, random).await?;
    progress.set_message("posts");
    posts(&transaction, site, random, progress).await?;
    links(&transaction, site).await?;
    progress.set_message("comments");
    comments(&transaction, site, &names, random, progress).await?;
    transaction.commit().await?;
    client.batch_execute("VACUUM ANALYZE").await
}

async fn publication(transaction: &Transaction<'_>, site: &Site) -> Result<(), Error> {
    let columns = "id, slug, title, tagline, language, created_at, updated_at";
    let mut table = copy(transaction, "publication", columns).await?;
    let (slug, title, tagline, language) = ("daily", "The Daily", "News that nobody needs", "en");
    row!(
        table,
        site.publication,
        slug,
        title,
        tagline,
        language,
        site.begin,
        site.begin
    );
    table.as_mut().finish().await.map(drop)
}

async fn users(
    transaction: &Transaction<'_>,
    site: &Site,
    random: &mut Rng,
    progress: &ProgressBar,
) -> Result<Vec<String>, Error> {
    let columns = "id, username, display_name, email, bio, claimed_at, created_at, updated_at";
    let mut table = copy(transaction, r#""user""#, columns).await?;
    let mut names = Vec::with_capacity(site.users.len());
    for (number, id) in site.users.iter().enumerate() {
        let name = format!("{} {}", text::name(random), text::name(random));
        let username = format!("reader-{number}");
        let email = format!("{username}@example.org");
        let bio = text::sentences(2, random);
        row!(
            table, id, username, name, email, bio, site.begin, site.begin, site.begin
        );
        names.push(name);
        progress.inc(1);
    }
    table.as_mut().finish().await?;
    Ok(names)
}

async fn labels(transaction: &Transaction<'_>, site: &Site, random: &mut Rng) -> Result<(), Error> {
    let columns = "id, publication_id, slug, name, description, post_count, created_at";
    let mut table = copy(transaction, "tag", columns).await?;
    for (number, Label { id, post_count, .. }) in site.tags.iter().enumerate() {
        let (slug, name) = (format!("tag-{number}"), text::name(random));
        row!(table, id, site.publication, slug, name, "", post_count, site.begin);
    }
    table.as_mut().finish().await?;

    let columns = "id, publication_id, parent_id, slug, name, description, position, post_count, created_at";
    let mut table = copy(transaction, "category", columns).await?;
    for (position, category) in (0_i32..).zip(&site.categories) {
        let (slug, name) = (format!("category-{position}"), text::name(random));
        let parent = category.parent.map(|parent| site.categories[parent].id);
        row!(
            table,
            category.id,
            site.publication,
            parent,
            slug,
            name,
            "",
            position,
            category.post_count,
            site.begin,
        );
    }
    table.as_mut().finish().await.map(drop)
}

async fn posts(
    transaction: &Transaction<'_>,
    site: &Site,
    random: &mut Rng,
    progress: &ProgressBar,
) -> Result<(), Error> {
    let columns = "id, publication_id, kind, status, visibility, slug, title, excerpt, lead, source_format, body_source, \
        body_html, body_text, table_of_contents, word_count, reading_minutes, is_featured, series_position, position, \
        custom_fields, comment_count, published_at, version, created_at, updated_at";
    let mut table = copy(transaction, "post", columns).await?;
    for (number, post) in site.posts.iter().enumerate() {
        let article = text::article(random);
        let (status, visibility) = match post.state {
            State::Listed => ("PUBLISHED", "PUBLIC"),
            State::Unlisted => ("PUBLISHED", "UNLISTED"),
            State::Draft => ("DRAFT", "PUBLIC"),
        };
        let published: Option<DateTime<Utc>> = (post.state != State::Draft).then_some(post.created);
        let lead = article.text.lines().next().unwrap_or_default();
        let words = i32::try_from(article.text.split_whitespace().count()).unwrap_or(i32::MAX);
        row!(
            table,
            post.id,
            site.publication,
            "ARTICLE",
            status,
            visibility,
            text::slug(number),
            text::title(6, random),
            text::sentences(2, random),
            lead,
            "MARKDOWN",
            article.source,
            article.html,
            article.text,
            article.table_of_contents,
            words,
            (words / 220).max(1),
            number.is_multiple_of(500),
            0,
            0,
            json!({}),
            post.comment_count,
            published,
            1,
            post.created,
            post.created,
        );
        progress.inc(1);
    }
    table.as_mut().finish().await.map(drop)
}

/// Bylines, tags and categories of posts.
async fn links(transaction: &Transaction<'_>, site: &Site) -> Result<(), Error> {
    let mut table = copy(transaction, "post_author", "post_id, user_id, position").await?;
    for post in &site.posts {
        for (position, author) in (0_i32..).zip(&post.authors) {
            row!(table, post.id, site.users[*author], position);
        }
    }
    table.as_mut().finish().await?;
    let mut table = copy(transaction, "post_tag", "post_id, tag_id, position").await?;
    for post in &site.posts {
        for (position, tag) in (0_i32..).zip(&post.tags) {
            row!(table, post.id, site.tags[*tag].id, position);
        }
    }
    table.as_mut().finish().await?;
    let mut table = copy(transaction, "post_category", "post_id, category_id, position").await?;
    for post in &site.posts {
        for (position, category) in (0_i32..).zip(&post.categories) {
            row!(table, post.id, site.categories[*category].id, position);
        }
    }
    table.as_mut().finish().await.map(drop)
}

async fn comments(
    transaction: &Transaction<'_>,
    site: &Site,
    names: &[String],
    random: &mut Rng,
    progress: &ProgressBar,
) -> Result<(), Error> {
    let columns = "id, post_id, parent_id, author_id, author_name, author_email, kind, status, body_source, body_html, \
        depth, reply_count, created_at, updated_at";
    let mut table = copy(transaction, "comment", columns).await?;
    for (number, comment) in site.comments.iter().enumerate() {
        let parent: Option<Uuid> = comment.parent.map(|parent| site.comments[parent].id);
        let author: Option<Uuid> = comment.author.map(|author| site.users[author]);
        let (name, email) = match comment.author {
            Some(author) => (names[author].clone(), None),
            None => (text::name(random), Some(format!("guest-{number}@example.org"))),
        };
        let source = text::sentences(random.usize(1..=4), random);
        let html = format!("<p>{source}</p>\n");
        let status = if comment.is_visible { "VISIBLE" } else { "SPAM" };
        row!(
            table,
            comment.id,
            site.posts[comment.post].id,
            parent,
            author,
            name,
            email,
            "COMMENT",
            status,
            source,
            html,
            comment.depth,
            comment.reply_count,
            comment.created,
            comment.created,
        );
        progress.inc(1);
    }
    table.as_mut().finish().await.map(drop)
}
