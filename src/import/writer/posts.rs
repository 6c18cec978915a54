//! Posts and pages, each whole: text, links, old addresses; their comments beside them.

use std::collections::{HashMap, HashSet};

use chrono::Utc;
use entity::post::PostKind;
use entity::{PostId, UserId};

use super::comments::{CommentChange, comment_changes};
use super::ledger::{Entry, digest};
use super::links::Links;
use super::texts::in_parallel;
use super::{Failure, Writer, comments};
use crate::domain::organise;
use crate::domain::post::{self, MOST_LINKS, MOST_TITLE, PostDraft};
use crate::domain::redirect::{self, Target};
use crate::domain::render::{self, Rendered};
use crate::domain::slug::Slug;
use crate::domain::text::counted;
use crate::import::record::{Effect, Notice, PostRecord};
use crate::import::report::Outcome;
use crate::store::Transaction;

/// What the ledger calls posts and pages.
pub const KIND: &str = "post";

/// How many missing things a notice names.
const MOST_MISSING: usize = 5;

/// A post that has to be written; its comments are apart.
struct Change {
    record: PostRecord,
    id: PostId,
    is_new: bool,
    digest: String,
    links: Links,
}

impl Change {
    fn render(&self) -> Rendered {
        let resolve = |address: &str| self.links.addresses.get(address).cloned();
        render::finish(&self.record.body.html, &resolve)
    }
}

impl Writer {
    /// Writes those of these posts, and of their comments, that are new or have changed.
    pub(super) async fn posts(&mut self, records: Vec<PostRecord>) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        self.learn(&records).await?;
        let (posts, comments) = self.compare(records).await?;
        if posts.is_empty() && comments.is_empty() {
            return Ok(());
        }
        // Before the transaction, so that others may write meanwhile.
        let posts = in_parallel(posts, Change::render).await?;
        let comments = in_parallel(comments, CommentChange::render).await?;
        let transaction = self.transaction().await?;
        self.save_posts(&transaction, posts).await?;
        self.save_comments(&transaction, comments).await?;
        Ok(transaction.commit().await?)
    }

    /// Counts everything, and says what has to be written.
    async fn compare(&mut self, records: Vec<PostRecord>) -> Result<(Vec<Change>, Vec<CommentChange>), Failure> {
        let wanted: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let remembered = self.recall(KIND, &wanted).await?;
        let said = records.iter().flat_map(|record| &record.comments);
        let said: Vec<String> = said.map(|comment| comment.id.clone()).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let remembered_comments = self.recall(comments::KIND, &said).await?;

        let (mut posts, mut comments) = (Vec::new(), Vec::new());
        for mut record in records {
            let said = std::mem::take(&mut record.comments);
            let links = self.links(&record);
            let digest = digest(&(&record, &links));
            let entry = remembered.get(record.id.as_str());
            let id = entry.map_or_else(PostId::new, |entry| PostId(entry.target));
            let outcome = Outcome::of(entry.map(|entry| entry.digest == digest));
            let kind = match record.kind {
                PostKind::Article => "article",
                PostKind::Page => "page",
            };
            self.report.count(kind, outcome);
            if record.kind == PostKind::Page {
                self.pages.push((id, record.parent.clone(), record.position.clone()));
            }
            comments.extend(comment_changes(id, said, &remembered_comments, &mut self.report));
            if outcome != Outcome::Unchanged {
                posts.push(Change {
                    is_new: entry.is_none(),
                    record,
                    id,
                    digest,
                    links,
                });
            }
        }
        Ok((posts, comments))
    }

    async fn save_posts(&mut self, transaction: &Transaction, posts: Vec<(Change, Rendered)>) -> Result<(), Failure> {
        let changed: Vec<PostId> = posts
            .iter()
            .filter(|(change, _)| !change.is_new)
            .map(|(change, _)| change.id)
            .collect();
        organise::lock(transaction, self.publication).await?;
        let present = post::slugs_of(transaction, &changed).await?;
        let slugs = self.choose_slugs(transaction, &posts, &present).await?;
        let (mut drafts, mut entries, mut paths) = (Vec::new(), Vec::new(), Vec::new());
        for ((change, rendered), slug) in posts.into_iter().zip(slugs) {
            let present = present.get(&change.id);
            let target = Target::Post(change.id);
            let own_path = target.path(&slug);
            let old_paths = change.record.old_paths.iter().map(|path| redirect::normalise(path));
            let old_path = present.map(|(_, slug)| target.path(slug));
            let old_paths = old_paths.chain(old_path).filter(|path| *path != own_path);
            paths.extend(old_paths.map(|path| (path, change.id)));
            self.remark(&change, rendered.hidden);
            let entry = Entry {
                target: change.id.0,
                digest: change.digest.clone(),
            };
            entries.push((change.record.id.clone(), entry));
            drafts.push(draft(change, present.is_none(), slug, rendered, self.owner));
        }
        post::save_many(transaction, self.publication, None, drafts).await?;
        redirect::lead_to_posts(transaction, self.publication, paths).await?;
        Ok(self.ledger.remember(transaction, KIND, entries).await?)
    }

    /// A slug for each of these posts, of those that are free now: others write posts while an import runs.
    async fn choose_slugs(
        &mut self,
        transaction: &Transaction,
        posts: &[(Change, Rendered)],
        present: &HashMap<PostId, (PostKind, String)>,
    ) -> Result<Vec<String>, Failure> {
        let own: HashSet<PostId> = posts.iter().map(|(change, _)| change.id).collect();
        let mut slugs: Vec<String> = posts
            .iter()
            .map(|(change, _)| self.slug(&change.record, present.get(&change.id)))
            .collect();
        loop {
            let holders = post::holders(transaction, self.publication, &slugs).await?;
            let mut is_free = true;
            for ((change, _), slug) in posts.iter().zip(&mut slugs) {
                let holder = holders.get(&(change.record.kind, slug.clone()));
                if holder.is_some_and(|holder| !own.contains(holder)) {
                    *slug = self.slug(&change.record, present.get(&change.id));
                    is_free = false;
                }
            }
            if is_free {
                return Ok(slugs);
            }
        }
    }

    /// The slug for a post, which may have one already, even among another kind.
    fn slug(&mut self, record: &PostRecord, present: Option<&(PostKind, String)>) -> String {
        let wanted = if record.slug.is_empty() {
            &record.title
        } else {
            &record.slug
        };
        let fallback = match record.kind {
            PostKind::Article => "post",
            PostKind::Page => "page",
        };
        let wanted = Slug::from_text(wanted, fallback);
        match present {
            Some((kind, old)) if *kind == record.kind => self.slugs(record.kind).change(old, &wanted),
            Some((kind, old)) => {
                self.slugs(*kind).give_back(old);
                self.slugs(record.kind).take(&wanted)
            }
            None => self.slugs(record.kind).take(&wanted),
        }
    }

    /// Notes what of a post cannot be kept as it was.
    fn remark(&mut self, Change { record, links, .. }: &Change, hidden: usize) {
        let mut remarks = Vec::new();
        if hidden > 0 {
            let elements = counted(hidden as u64, "hidden element", "hidden elements");
            remarks.push(format!("it has {elements} with text, which readers are not shown"));
        }
        if !links.missing.is_empty() {
            let named = links.missing.iter().take(MOST_MISSING).cloned().collect::<Vec<_>>();
            let more = links.missing.len().saturating_sub(MOST_MISSING);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            remarks.push(format!("it refers to what is not there: {}{more}", named.join(", ")));
        }
        if record.title.chars().count() > MOST_TITLE {
            remarks.push(format!("its title is cut to {MOST_TITLE} characters"));
        }
        for (count, what) in [
            (links.authors.len(), "authors"),
            (links.tags.len(), "tags"),
            (links.categories.len(), "categories"),
        ] {
            if count > MOST_LINKS {
                remarks.push(format!("it keeps {MOST_LINKS} of its {count} {what}"));
            }
        }
        for reason in remarks {
            self.report.note(Notice {
                effect: Effect::Changed,
                item: format!("post {:?}", record.title),
                reason,
                position: record.position.clone(),
            });
        }
    }
}

/// `owner` stands in where there is no author.
fn draft(change: Change, is_new: bool, slug: String, rendered: Rendered, owner: UserId) -> PostDraft {
    let Change { record, id, links, .. } = change;
    let created_at = record.created_at.or(record.published_at).unwrap_or_else(Utc::now);
    PostDraft {
        id,
        is_new,
        kind: record.kind,
        status: record.status,
        visibility: record.visibility,
        slug,
        title: record.title,
        excerpt: record.excerpt,
        source_format: record.body.format,
        source: record.body.source,
        rendered,
        authors: if links.authors.is_empty() {
            vec![owner]
        } else {
            links.authors
        },
        tags: links.tags,
        categories: links.categories,
        series: links.series,
        featured_media: links.featured_media,
        position: record.menu_order,
        is_featured: record.is_featured,
        canonical_url: record.canonical_url,
        custom_fields: record.custom_fields,
        published_at: record.published_at,
        created_at,
        updated_at: record.updated_at.unwrap_or(created_at),
    }
}
