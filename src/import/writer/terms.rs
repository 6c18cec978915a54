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
use crate::domain::term::name_key;
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
    /// Its slug in the source; empty where it has none of its own.
    fn slug(&self) -> &str;
    /// Its name.
    fn name(&self) -> &str;
    /// Those of the publication.
    fn known(
        database: &Transaction,
        publication: PublicationId,
    ) -> impl Future<Output = Result<Vec<Known>, DbErr>> + Send;
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

/// A term of the publication: slug, name and id.
type Known = (String, String, Uuid);

/// Terms that did not come from this source, each of which one of its terms may become.
struct Foreign {
    by_slug: HashMap<String, Uuid>,
    by_name: HashMap<String, Uuid>,
    taken: HashSet<Uuid>,
}

impl Foreign {
    fn new<'a>(terms: impl Iterator<Item = &'a Known>) -> Self {
        let mut foreign = Self {
            by_slug: HashMap::new(),
            by_name: HashMap::new(),
            taken: HashSet::new(),
        };
        for (slug, name, id) in terms {
            foreign.by_slug.insert(slug.clone(), *id);
            foreign.by_name.entry(name_key(name)).or_insert(*id);
        }
        foreign
    }

    /// The term that has the slug of this one, or, where it has none of its own, that has its name as name or slug.
    fn take(&mut self, term: &impl Term) -> Option<Uuid> {
        let found = if term.slug().is_empty() {
            let name = name_key(term.name());
            let by_name = self.by_name.get(&name).filter(|id| !self.taken.contains(*id));
            by_name.or_else(|| self.by_slug.get(&name))
        } else {
            self.by_slug.get(Slug::from_text(term.slug(), "").as_str())
        };
        found.copied().filter(|id| self.taken.insert(*id))
    }
}

impl Writer {
    /// Writes terms of one kind, parents before children. One that the publication has already under the same slug, or
    /// name where the source gives no slug, becomes that one, and is left as it is. One that was deleted here stays away; two that were made one here are left
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
        let there: HashSet<Uuid> = present.iter().map(|(.., target)| *target).collect();
        let mut slugs = Slugs::new(present.iter().map(|(slug, ..)| slug.clone()).collect());
        // Two terms of one source stay two.
        let mut own: HashMap<Uuid, usize> = HashMap::new();
        for entry in remembered.values() {
            *own.entry(entry.target).or_default() += 1;
        }
        let is_own = |target: &Uuid| own.contains_key(target) || self.ids.has_target(T::KIND, target);
        let mut foreign = Foreign::new(present.iter().filter(|(.., target)| !is_own(target)));
        let mut entries = Vec::new();
        for record in records {
            let digest = digest(record);
            let known = remembered.get(record.id());
            let (target, outcome) = match known {
                Some(entry) if !there.contains(&entry.target) => {
                    let Some(target) = foreign.take(record) else {
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
                    if let Some(target) = foreign.take(record) {
                        (target, Outcome::Unchanged)
                    } else {
                        let own = record.slug();
                        let wanted = if own.is_empty() { record.name() } else { own };
                        let slug = slugs.take(&Slug::from_text(wanted, T::KIND));
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
        let moved: Vec<&str> = entries
            .iter()
            .filter(|(id, entry)| {
                remembered
                    .get(id.as_str())
                    .is_some_and(|known| known.target != entry.target)
            })
            .map(|(id, _)| id.as_str())
            .collect();
        self.ledger.forget(&transaction, T::KIND, &moved).await?;
        self.ledger.remember(&transaction, T::KIND, entries).await?;
        Ok(transaction.commit().await?)
    }
}

impl Term for CategoryRecord {
    const KIND: &'static str = "category";

    fn id(&self) -> &str {
        &self.id
    }

    fn slug(&self) -> &str {
        &self.slug
    }

    fn name(&self) -> &str {
        &self.name
    }

    async fn known(database: &Transaction, publication: PublicationId) -> Result<Vec<Known>, DbErr> {
        category::Entity::find()
            .select_only()
            .columns([category::Column::Slug, category::Column::Name, category::Column::Id])
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

    fn slug(&self) -> &str {
        &self.slug
    }

    fn name(&self) -> &str {
        &self.name
    }

    async fn known(database: &Transaction, publication: PublicationId) -> Result<Vec<Known>, DbErr> {
        tag::Entity::find()
            .select_only()
            .columns([tag::Column::Slug, tag::Column::Name, tag::Column::Id])
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

    fn slug(&self) -> &str {
        &self.slug
    }

    fn name(&self) -> &str {
        &self.title
    }

    async fn known(database: &Transaction, publication: PublicationId) -> Result<Vec<Known>, DbErr> {
        series::Entity::find()
            .select_only()
            .columns([series::Column::Slug, series::Column::Title, series::Column::Id])
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
