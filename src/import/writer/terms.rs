//! Categories, tags and series: what posts are sorted by.

use std::collections::{HashMap, HashSet};

use entity::{CategoryId, PublicationId, SeriesId, TagId, category, series, tag};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use super::ids::Ids;
use super::ledger::{Entry, digest};
use super::slugs::Slugs;
use super::{Failure, Writer};
use crate::domain::slug::Slug;
use crate::domain::{category as categories, organise, series as all_series, tag as tags};
use crate::import::record::{CategoryRecord, SeriesRecord, TagRecord};
use crate::import::report::Outcome;
use crate::store::Transaction;

/// A thing with a slug of its own in its publication.
pub trait Term: Serialize + Sync {
    /// What the ledger and the report call it.
    const KIND: &'static str;

    /// Its id in the source.
    fn id(&self) -> &str;
    /// What its slug is made of.
    fn wanted_slug(&self) -> &str;
    /// Those of the publication, by slug.
    fn known(
        database: &Transaction,
        publication: PublicationId,
    ) -> impl Future<Output = Result<Vec<(String, Uuid)>, DbErr>> + Send;
    /// Makes it.
    fn create(
        &self,
        transaction: &Transaction,
        publication: PublicationId,
        slug: String,
        ids: &Ids,
    ) -> impl Future<Output = Result<Uuid, DbErr>> + Send;
    /// Changes it.
    fn update(&self, transaction: &Transaction, id: Uuid, ids: &Ids) -> impl Future<Output = Result<(), DbErr>> + Send;
}

impl Writer {
    /// Writes terms of one kind, parents before children. One that the publication has already under the same slug
    /// becomes that one, and is left as it is. One that was deleted here stays away; two that were made one here are left
    /// as they are.
    pub(super) async fn terms<T: Term>(&mut self, records: &[T]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let transaction = self.transaction().await?;
        organise::lock(&transaction, self.publication).await?;
        let wanted: Vec<&str> = records.iter().map(Term::id).collect();
        let remembered = self.ledger.recall(&transaction, T::KIND, &wanted).await?;
        let present = T::known(&transaction, self.publication).await?;
        let there: HashSet<Uuid> = present.iter().map(|(_, target)| *target).collect();
        let mut slugs = Slugs::new(present.iter().map(|(slug, _)| slug.clone()).collect());
        // Two terms of one source stay two.
        let mut own: HashMap<Uuid, usize> = HashMap::new();
        for entry in remembered.values() {
            *own.entry(entry.target).or_default() += 1;
        }
        let is_own = |target: &Uuid| own.contains_key(target) || self.ids.has_target(T::KIND, target);
        let mut foreign: HashMap<String, Uuid> = present.into_iter().filter(|(_, target)| !is_own(target)).collect();
        let mut entries = Vec::new();
        for record in records {
            let digest = digest(record);
            let known = remembered.get(record.id());
            let (target, outcome) = match known {
                Some(entry) if !there.contains(&entry.target) => {
                    let slug = Slug::from_text(record.wanted_slug(), T::KIND);
                    let Some(target) = foreign.remove(slug.as_str()) else {
                        self.ids.put_gone(T::KIND, record.id().to_owned());
                        self.report.count(T::KIND, Outcome::Unchanged);
                        continue;
                    };
                    (target, Outcome::Unchanged)
                }
                Some(entry) if entry.digest == digest => (entry.target, Outcome::Unchanged),
                Some(entry) if own.get(&entry.target).is_some_and(|count| *count > 1) => {
                    (entry.target, Outcome::Unchanged)
                }
                Some(entry) => {
                    record.update(&transaction, entry.target, &self.ids).await?;
                    (entry.target, Outcome::Updated)
                }
                None => {
                    let slug = Slug::from_text(record.wanted_slug(), T::KIND);
                    if let Some(target) = foreign.remove(slug.as_str()) {
                        (target, Outcome::Unchanged)
                    } else {
                        let slug = slugs.take(&slug);
                        let target = record.create(&transaction, self.publication, slug, &self.ids).await?;
                        (target, Outcome::Created)
                    }
                }
            };
            if known.is_none_or(|entry| entry.digest != digest || entry.target != target) {
                entries.push((record.id().to_owned(), Entry { target, digest }));
            }
            self.ids.put(T::KIND, record.id().to_owned(), target);
            self.report.count(T::KIND, outcome);
        }
        self.ledger.remember(&transaction, T::KIND, entries).await?;
        Ok(transaction.commit().await?)
    }
}

impl Term for CategoryRecord {
    const KIND: &'static str = "category";

    fn id(&self) -> &str {
        &self.id
    }

    fn wanted_slug(&self) -> &str {
        if self.slug.is_empty() { &self.name } else { &self.slug }
    }

    async fn known(database: &Transaction, publication: PublicationId) -> Result<Vec<(String, Uuid)>, DbErr> {
        category::Entity::find()
            .select_only()
            .columns([category::Column::Slug, category::Column::Id])
            .filter(category::Column::PublicationId.eq(publication))
            .into_tuple()
            .all(database)
            .await
    }

    async fn create(
        &self,
        transaction: &Transaction,
        publication: PublicationId,
        slug: String,
        ids: &Ids,
    ) -> Result<Uuid, DbErr> {
        Ok(categories::create(transaction, publication, slug, self.text(ids))
            .await?
            .0)
    }

    async fn update(&self, transaction: &Transaction, id: Uuid, ids: &Ids) -> Result<(), DbErr> {
        categories::update(transaction, CategoryId(id), self.text(ids)).await
    }
}

impl CategoryRecord {
    fn text(&self, ids: &Ids) -> categories::CategoryText {
        categories::CategoryText {
            name: self.name.clone(),
            description: self.description.clone(),
            parent: self.parent.as_deref().and_then(|parent| ids.get(Self::KIND, parent)),
        }
    }
}

impl Term for TagRecord {
    const KIND: &'static str = "tag";

    fn id(&self) -> &str {
        &self.id
    }

    fn wanted_slug(&self) -> &str {
        if self.slug.is_empty() { &self.name } else { &self.slug }
    }

    async fn known(database: &Transaction, publication: PublicationId) -> Result<Vec<(String, Uuid)>, DbErr> {
        tag::Entity::find()
            .select_only()
            .columns([tag::Column::Slug, tag::Column::Id])
            .filter(tag::Column::PublicationId.eq(publication))
            .into_tuple()
            .all(database)
            .await
    }

    async fn create(
        &self,
        transaction: &Transaction,
        publication: PublicationId,
        slug: String,
        _: &Ids,
    ) -> Result<Uuid, DbErr> {
        Ok(tags::create(transaction, publication, slug, self.text()).await?.0)
    }

    async fn update(&self, transaction: &Transaction, id: Uuid, _: &Ids) -> Result<(), DbErr> {
        tags::update(transaction, TagId(id), self.text()).await
    }
}

impl TagRecord {
    fn text(&self) -> tags::TagText {
        tags::TagText {
            name: self.name.clone(),
            description: self.description.clone(),
        }
    }
}

impl Term for SeriesRecord {
    const KIND: &'static str = "series";

    fn id(&self) -> &str {
        &self.id
    }

    fn wanted_slug(&self) -> &str {
        if self.slug.is_empty() { &self.title } else { &self.slug }
    }

    async fn known(database: &Transaction, publication: PublicationId) -> Result<Vec<(String, Uuid)>, DbErr> {
        series::Entity::find()
            .select_only()
            .columns([series::Column::Slug, series::Column::Id])
            .filter(series::Column::PublicationId.eq(publication))
            .into_tuple()
            .all(database)
            .await
    }

    async fn create(
        &self,
        transaction: &Transaction,
        publication: PublicationId,
        slug: String,
        _: &Ids,
    ) -> Result<Uuid, DbErr> {
        Ok(all_series::create(transaction, publication, slug, self.text()).await?.0)
    }

    async fn update(&self, transaction: &Transaction, id: Uuid, _: &Ids) -> Result<(), DbErr> {
        all_series::update(transaction, SeriesId(id), self.text()).await
    }
}

impl SeriesRecord {
    fn text(&self) -> all_series::SeriesText {
        all_series::SeriesText {
            title: self.title.clone(),
            description: self.description.clone(),
        }
    }
}
