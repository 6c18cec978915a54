//! Posts and pages with their comments.

use std::collections::HashMap;

use chrono::Utc;
use entity::post::PostKind;
use entity::{CommentId, MediaId, PostId, SeriesId, UserId};

use super::ledger::{Entry, digest};
use super::{Failure, Writer};
use crate::domain::comment::{self, CommentDraft};
use crate::domain::post::{self, MOST_TITLE, PostDraft};
use crate::domain::redirect;
use crate::domain::render::{self, Rendered};
use crate::domain::slug::Slug;
use crate::import::record::{CommentRecord, Effect, Notice, PostRecord};
use crate::import::report::Outcome;

const KIND: &str = "post";
const COMMENT: &str = "comment";

/// A record that has to be written.
struct Change {
    record: PostRecord,
    id: PostId,
    is_new: bool,
    digest: String,
    /// Addresses in its HTML that lead to files stored here.
    addresses: HashMap<String, String>,
}

/// The texts of a post and its comments, as readers get them.
struct Texts {
    body: Rendered,
    comments: Vec<String>,
}

impl Writer {
    /// Writes posts, each whole: text, relations, comments, redirects.
    pub(super) async fn posts(&mut self, records: Vec<PostRecord>) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let changes = self.changes(records).await?;
        if changes.is_empty() {
            return Ok(());
        }
        let (changes, texts) = render_all(changes).await?;

        let transaction = self.transaction().await?;
        let (mut drafts, mut entries) = (Vec::new(), Vec::new());
        let mut paths = Vec::new();
        for (change, texts) in changes.iter().zip(&texts) {
            let (slug, old_slug) = self.slug(change);
            let old_paths = change.record.old_paths.iter().map(|path| redirect::normalise(path));
            let old_paths = old_paths.chain(old_slug.map(|slug| format!("/{slug}")));
            paths.extend(
                old_paths
                    .filter(|path| *path != format!("/{slug}"))
                    .map(|path| (path, change.id)),
            );
            drafts.push(self.draft(change, slug, texts.body.clone()));
            entries.push((
                change.record.id.clone(),
                Entry {
                    target: change.id.0,
                    digest: change.digest.clone(),
                },
            ));
            if let Some(parent) = &change.record.parent {
                self.children
                    .push((change.id, parent.clone(), change.record.position.clone()));
            }
        }
        post::save_many(&transaction, self.publication, None, drafts).await?;
        redirect::lead_to_posts(&transaction, self.publication, paths).await?;
        self.ledger.remember(&transaction, KIND, entries).await?;
        self.comments(&transaction, changes, texts).await?;
        Ok(transaction.commit().await?)
    }

    /// Those that are new or have changed; the others are counted.
    async fn changes(&mut self, records: Vec<PostRecord>) -> Result<Vec<Change>, Failure> {
        let wanted: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let reader = self.transaction().await?;
        let remembered = self.ledger.recall(&reader, KIND, &wanted).await?;
        reader.commit().await?;
        let mut changes = Vec::new();
        for record in records {
            let addresses: HashMap<String, String> = record
                .body
                .media
                .iter()
                .filter_map(|(address, media)| Some((address.clone(), self.stored.get(media)?.clone())))
                .collect();
            let mut sorted: Vec<_> = addresses.iter().collect();
            sorted.sort();
            let digest = digest(&(&record, sorted));
            let entry = remembered.get(&record.id);
            let outcome = match entry {
                Some(entry) if entry.digest == digest => Outcome::Unchanged,
                Some(_) => Outcome::Updated,
                None => Outcome::Created,
            };
            self.report.count(
                if record.kind == PostKind::Page {
                    "page"
                } else {
                    "article"
                },
                outcome,
            );
            if outcome == Outcome::Unchanged {
                for _ in &record.comments {
                    self.report.count(COMMENT, Outcome::Unchanged);
                }
                continue;
            }
            let id = entry.map_or_else(PostId::new, |entry| PostId(entry.target));
            changes.push(Change {
                id,
                is_new: entry.is_none(),
                digest,
                addresses,
                record,
            });
        }
        Ok(changes)
    }

    /// The slug of a post, and the one that it had before if that was another.
    fn slug(&mut self, change: &Change) -> (String, Option<String>) {
        let record = &change.record;
        let (taken, fallback) = match record.kind {
            PostKind::Article => (&mut self.article_slugs, "post"),
            PostKind::Page => (&mut self.page_slugs, "page"),
        };
        let wanted = if record.slug.is_empty() {
            &record.title
        } else {
            &record.slug
        };
        let wanted = Slug::from_text(wanted, fallback);
        let old = taken
            .iter()
            .find(|(_, id)| **id == change.id && !change.is_new)
            .map(|(slug, _)| slug.clone());
        if let Some(old) = &old {
            // `hello-2` is what became of a second `hello`.
            let suffix = old.strip_prefix(wanted.as_str());
            if suffix.is_some_and(|suffix| suffix.is_empty() || suffix[1..].parse::<u32>().is_ok()) {
                return (old.clone(), None);
            }
            taken.remove(old);
        }
        let slug = String::from(wanted.unique(|slug| taken.contains_key(slug)));
        taken.insert(slug.clone(), change.id);
        (slug, old)
    }

    fn draft(&mut self, change: &Change, slug: String, rendered: Rendered) -> PostDraft {
        let record = &change.record;
        let mut missing: Vec<String> = Vec::new();
        let mut known = |kind: &str, ids: &[String]| {
            let mut found = Vec::new();
            for id in ids {
                match self.ids.get::<uuid::Uuid>(kind, id) {
                    Some(target) => found.push(target),
                    None => missing.push(format!("{kind} `{id}`")),
                }
            }
            found
        };
        let mut authors: Vec<UserId> = known("author", &record.authors).into_iter().map(UserId).collect();
        let tags = known("tag", &record.tags).into_iter().map(Into::into).collect();
        let categories = known("category", &record.categories)
            .into_iter()
            .map(Into::into)
            .collect();
        let series = record.series.as_ref().and_then(|(id, position)| {
            known("series", std::slice::from_ref(id))
                .pop()
                .map(|id| (SeriesId(id), *position))
        });
        let featured_media = record
            .featured_media
            .as_ref()
            .and_then(|id| known("media", std::slice::from_ref(id)).pop().map(MediaId));
        if authors.is_empty() {
            authors.push(self.owner);
        }
        if !missing.is_empty() {
            self.changed(
                record,
                format!("it refers to what is not there: {}", missing.join(", ")),
            );
        }
        if record.title.chars().count() > MOST_TITLE {
            self.changed(record, format!("the title is cut to {MOST_TITLE} characters"));
        }
        let now = Utc::now();
        let created_at = record.created_at.or(record.published_at).unwrap_or(now);
        PostDraft {
            id: change.id,
            is_new: change.is_new,
            kind: record.kind,
            status: record.status,
            visibility: record.visibility,
            slug,
            title: record.title.clone(),
            excerpt: record.excerpt.clone(),
            source_format: record.body.format,
            source: record.body.source.clone(),
            rendered,
            authors,
            tags,
            categories,
            series,
            featured_media,
            position: record.menu_order,
            is_featured: record.is_featured,
            canonical_url: record.canonical_url.clone(),
            custom_fields: record.custom_fields.clone(),
            published_at: record.published_at,
            created_at,
            updated_at: record.updated_at.unwrap_or(created_at),
        }
    }

    fn changed(&mut self, record: &PostRecord, reason: String) {
        self.report.note(Notice {
            effect: Effect::Changed,
            item: format!("post \"{}\"", record.title),
            reason,
            position: record.position.clone(),
        });
    }

    async fn comments(
        &mut self,
        transaction: &sea_orm::DatabaseTransaction,
        changes: Vec<Change>,
        texts: Vec<Texts>,
    ) -> Result<(), Failure> {
        let ids: Vec<&str> = changes
            .iter()
            .flat_map(|change| change.record.comments.iter().map(|comment| comment.id.as_str()))
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let remembered = self.ledger.recall(transaction, COMMENT, &ids).await?;
        let (mut drafts, mut entries) = (Vec::new(), Vec::new());
        for (change, texts) in changes.iter().zip(texts) {
            // Known before it is written: what the answers refer to.
            let mut placed: HashMap<&str, (CommentId, i32)> = HashMap::new();
            for index in in_thread_order(&change.record.comments) {
                let record = &change.record.comments[index];
                let digest = digest(record);
                let entry = remembered.get(&record.id);
                let id = entry.map_or_else(CommentId::new, |entry| CommentId(entry.target));
                let parent = record.parent.as_deref().and_then(|parent| placed.get(parent)).copied();
                let depth = parent.map_or(0, |(_, depth)| depth + 1);
                placed.insert(&record.id, (id, depth));
                let outcome = match entry {
                    None => Outcome::Created,
                    Some(entry) if entry.digest == digest => Outcome::Unchanged,
                    Some(_) => Outcome::Updated,
                };
                self.report.count(COMMENT, outcome);
                if outcome == Outcome::Unchanged {
                    continue;
                }
                entries.push((record.id.clone(), Entry { target: id.0, digest }));
                drafts.push(CommentDraft {
                    id,
                    is_new: entry.is_none(),
                    post: change.id,
                    parent: parent.map(|(parent, _)| parent),
                    depth,
                    kind: record.kind,
                    status: record.status,
                    author_name: record.author_name.clone(),
                    author_email: record.author_email.clone(),
                    author_url: record.author_url.clone(),
                    source: record.source.clone(),
                    html: texts.comments[index].clone(),
                    created_at: record.created_at,
                });
            }
        }
        comment::save_many(transaction, drafts).await?;
        Ok(self.ledger.remember(transaction, COMMENT, entries).await?)
    }

    /// Puts pages below their parents, which may come after them in the source.
    pub(super) async fn place_children(&mut self) -> Result<(), Failure> {
        let children = std::mem::take(&mut self.children);
        let wanted: Vec<&str> = children.iter().map(|(_, parent, _)| parent.as_str()).collect();
        let transaction = self.transaction().await?;
        let found = self.ledger.recall(&transaction, KIND, &wanted).await?;
        let parents: HashMap<PostId, PostId> = children
            .iter()
            .filter_map(|(child, parent, _)| Some((*child, PostId(found.get(parent)?.target))))
            .collect();
        let mut placed = Vec::new();
        for (child, parent, position) in children {
            match parents.get(&child) {
                Some(target) if !leads_to(&parents, *target, child) => placed.push((child, *target)),
                found => self.report.note(Notice {
                    effect: Effect::Changed,
                    item: format!("page below `{parent}`"),
                    reason: match found {
                        Some(_) => "it stands at the top, since its parents go in a circle".into(),
                        None => "it stands at the top, since its parent is not there".into(),
                    },
                    position,
                }),
            }
        }
        post::set_parents(&transaction, &placed).await?;
        Ok(transaction.commit().await?)
    }
}

/// Whether the way up from `page` passes `goal`, or goes in a circle itself.
fn leads_to(parents: &HashMap<PostId, PostId>, page: PostId, goal: PostId) -> bool {
    let mut here = Some(page);
    for _ in 0..=parents.len() {
        match here {
            None => return false,
            Some(page) if page == goal => return true,
            Some(page) => here = parents.get(&page).copied(),
        }
    }
    true
}

/// The places of comments, parents before answers. One whose parent is missing or in a circle begins a thread.
fn in_thread_order(comments: &[CommentRecord]) -> Vec<usize> {
    let places: HashMap<&str, usize> = comments
        .iter()
        .enumerate()
        .map(|(place, comment)| (comment.id.as_str(), place))
        .collect();
    let mut order = Vec::with_capacity(comments.len());
    let mut seen = vec![false; comments.len()];
    for start in 0..comments.len() {
        let mut chain = Vec::new();
        let mut here = Some(start);
        while let Some(place) = here.filter(|place| !seen[*place]) {
            seen[place] = true;
            chain.push(place);
            here = comments[place]
                .parent
                .as_deref()
                .and_then(|parent| places.get(parent))
                .copied();
        }
        order.extend(chain.into_iter().rev());
    }
    order
}

/// Renders off the async threads, on as many as there are.
async fn render_all(changes: Vec<Change>) -> Result<(Vec<Change>, Vec<Texts>), Failure> {
    let rendered = tokio::task::spawn_blocking(move || {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = changes.len().div_ceil(threads).max(1);
        let texts: Vec<Texts> = std::thread::scope(|scope| {
            let workers: Vec<_> = changes
                .chunks(share)
                .map(|changes| scope.spawn(move || changes.iter().map(render).collect::<Vec<_>>()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_default())
                .collect()
        });
        (changes, texts)
    });
    match rendered.await {
        Ok((changes, texts)) if changes.len() == texts.len() => Ok((changes, texts)),
        _ => Err(Failure::Rendering),
    }
}

fn render(change: &Change) -> Texts {
    let resolve = |address: &str| change.addresses.get(address).cloned();
    Texts {
        body: render::finish(&change.record.body.html, &resolve),
        comments: change
            .record
            .comments
            .iter()
            .map(|comment| render::sanitise(&comment.html))
            .collect(),
    }
}
