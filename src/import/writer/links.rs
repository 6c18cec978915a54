//! What a post refers to, found by the ids that these things have in the source.

use std::collections::{BTreeMap, HashSet};

use entity::{CategoryId, MediaId, SeriesId, TagId, UserId};
use sea_orm::DbErr;
use serde::Serialize;
use uuid::Uuid;

use super::{Failure, Writer, author, media};
use crate::domain::{category, series, tag};
use crate::import::record::{CategoryRecord, PostRecord, SeriesRecord, TagRecord};
use crate::import::writer::terms::Term;
use crate::store::read::Reads;

/// What a post refers to. What of it is not there is a part of the post's digest: a picture that comes later makes it a
/// changed post. What it became here is none: a tag that was merged or deleted here leaves its posts as they are.
#[derive(Debug, Default, Serialize)]
pub struct Links {
    /// Its authors in byline order; may be empty.
    #[serde(skip)]
    pub authors: Vec<UserId>,
    /// Its tags.
    #[serde(skip)]
    pub tags: Vec<TagId>,
    /// Its categories.
    #[serde(skip)]
    pub categories: Vec<CategoryId>,
    /// Its series, and its place there.
    #[serde(skip)]
    pub series: Option<(SeriesId, i32)>,
    /// The picture that stands for it.
    #[serde(skip)]
    pub featured_media: Option<MediaId>,
    /// Addresses in its HTML that lead to files stored here, and the paths of those.
    pub addresses: BTreeMap<String, String>,
    /// What is not there.
    pub missing: Vec<String>,
}

impl Writer {
    /// What this post refers to.
    pub(super) fn links(&self, record: &PostRecord) -> Links {
        let mut missing = Vec::new();
        let links = Links {
            authors: self.found(author::KIND, &record.authors, &mut missing),
            tags: self.found(TagRecord::KIND, &record.tags, &mut missing),
            categories: self.found(CategoryRecord::KIND, &record.categories, &mut missing),
            series: record.series.as_ref().and_then(|(id, place)| {
                let series = self.found(SeriesRecord::KIND, [id], &mut missing).pop()?;
                Some((series, *place))
            }),
            featured_media: self.found(media::KIND, &record.featured_media, &mut missing).pop(),
            addresses: record
                .body
                .media
                .iter()
                .filter_map(|(address, file)| Some((address.clone(), self.stored.get(file)?.clone())))
                .collect(),
            missing: Vec::new(),
        };
        Links { missing, ..links }
    }

    /// What these things became; those that were deleted here are left out.
    fn found<'a, I: From<Uuid>>(
        &self,
        kind: &str,
        ids: impl IntoIterator<Item = &'a String>,
        missing: &mut Vec<String>,
    ) -> Vec<I> {
        let mut found = Vec::new();
        for id in ids {
            match self.ids.get(kind, id) {
                Some(target) => found.push(target),
                None if self.ids.contains(kind, id) => {}
                None => missing.push(format!("{kind} {id:?}")),
            }
        }
        found
    }

    /// Learns of what these posts refer to that came with an earlier import: exports may be made in parts.
    pub(super) async fn learn(&mut self, records: &[PostRecord]) -> Result<(), Failure> {
        self.learn_kind(author::KIND, records.iter().flat_map(|record| &record.authors))
            .await?;
        self.learn_kind(TagRecord::KIND, records.iter().flat_map(|record| &record.tags))
            .await?;
        self.learn_kind(
            CategoryRecord::KIND,
            records.iter().flat_map(|record| &record.categories),
        )
        .await?;
        let series = records.iter().filter_map(|record| record.series.as_ref());
        self.learn_kind(SeriesRecord::KIND, series.map(|(id, _)| id)).await?;
        self.learn_kind(
            media::KIND,
            records.iter().filter_map(|record| record.featured_media.as_ref()),
        )
        .await
    }

    async fn learn_kind(&mut self, kind: &'static str, wanted: impl Iterator<Item = &String>) -> Result<(), Failure> {
        let unknown: Vec<&str> = wanted
            .map(String::as_str)
            .filter(|id| !self.ids.contains(kind, id))
            .collect();
        let recalled = self.recall(kind, &unknown).await?;
        let targets: Vec<Uuid> = recalled.values().map(|entry| entry.target).collect();
        let present = self.present(kind, &targets).await?;
        for (id, entry) in recalled {
            if present.contains(&entry.target) {
                self.ids.put(kind, id.to_owned(), entry.target);
            } else {
                self.ids.put_gone(kind, id.to_owned());
            }
        }
        Ok(())
    }

    /// Which of these things are there; people and files are taken to be.
    async fn present(&self, kind: &str, targets: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
        match &self.trial {
            Some(trial) => present(trial, kind, targets).await,
            None => present(self.store.read(), kind, targets).await,
        }
    }
}

async fn present(database: &impl Reads, kind: &str, targets: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    if kind == TagRecord::KIND {
        let ids: Vec<_> = targets.iter().copied().map(TagId).collect();
        Ok(tag::by_ids(database, &ids).await?.into_keys().map(|id| id.0).collect())
    } else if kind == CategoryRecord::KIND {
        let ids: Vec<_> = targets.iter().copied().map(CategoryId).collect();
        Ok(category::by_ids(database, &ids)
            .await?
            .into_keys()
            .map(|id| id.0)
            .collect())
    } else if kind == SeriesRecord::KIND {
        let ids: Vec<_> = targets.iter().copied().map(SeriesId).collect();
        Ok(series::by_ids(database, &ids)
            .await?
            .into_keys()
            .map(|id| id.0)
            .collect())
    } else {
        Ok(targets.iter().copied().collect())
    }
}
