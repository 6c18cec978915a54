//! Terms, the things that posts are sorted by: tags, categories, series. Here is what each says of itself.

use std::collections::HashMap;

use entity::{PublicationId, folded};
use sea_orm::sea_query::{Condition, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityName, EntityTrait};
use uuid::Uuid;

use crate::domain::own_slug::{Place, Wish};
use crate::domain::redirect::{self, Target};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text::{line, lines};
use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::read::Reads;

/// The longest name, in characters.
pub const MOST_NAME: usize = 255;
/// The longest description, in characters.
const MOST_DESCRIPTION: usize = 5_000;

/// A term to be made.
#[derive(Clone, Debug)]
pub struct NewTerm {
    /// Its name, or title.
    pub name: String,
    /// Its slug; derived from the name when left out.
    pub slug: Option<String>,
    /// What it is about; may be empty.
    pub description: String,
}

/// What a term shall say of itself; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct TermChange {
    /// Its name, or title.
    pub name: Option<String>,
    /// Its slug.
    pub slug: Option<String>,
    /// What it is about.
    pub description: Option<String>,
}

/// What a term says of itself.
#[derive(Clone, Debug)]
pub struct Words {
    /// Its name, or title.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// What it is about.
    pub description: String,
}

/// The terms of one kind that a publication has.
#[derive(Clone, Debug)]
pub struct Terms<E: EntityTrait> {
    /// Whose they are.
    pub publication: PublicationId,
    /// The table that they are in.
    pub table: E,
    /// Its column of ids.
    pub id: E::Column,
    /// Its column of names.
    pub name: E::Column,
    /// Its column of names as they are compared.
    pub folded_name: E::Column,
    /// Its column of slugs.
    pub slug: E::Column,
    /// Its column of publications.
    pub of: E::Column,
    /// The field of the input that their names are given in.
    pub field: &'static str,
    /// The slug of one whose name cannot be written in ASCII.
    pub fallback: &'static str,
}

impl<E: EntityTrait> Terms<E> {
    /// The words of a new term, whose name must be unique among the `siblings`; its slug is numbered where another name
    /// makes the same. Where there is a problem it is noted, and they must not be used.
    ///
    /// # Errors
    /// The database.
    pub async fn begin(
        &self,
        transaction: &impl ConnectionTrait,
        problems: &mut Problems,
        siblings: Condition,
        new: NewTerm,
    ) -> Result<Words, Refusal> {
        let name = problems.check(self.name(&new.name)).unwrap_or_default();
        if let Some(problem) = self.taken(transaction, siblings, &[&name], self.field).await? {
            problems.add(problem);
        }
        let description = problems.check(description(&new.description)).unwrap_or_default();
        let wish = Wish {
            given: new.slug.as_deref(),
            text: &name,
            fallback: self.fallback,
        };
        let slug = problems.gather(self.place().choose(transaction, wish).await)?;
        Ok(Words {
            slug: slug.unwrap_or_default(),
            name,
            description,
        })
    }

    /// Says that a term among the `siblings` has one of these names already, as a problem of `field`. No constraint could:
    /// imports keep two terms of one name apart where their source does. The transaction holds the lock of the publication.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn taken(
        &self,
        transaction: &impl ConnectionTrait,
        siblings: Condition,
        names: &[&str],
        field: &'static str,
    ) -> Result<Option<Problem>, DbErr> {
        let found = self.named(transaction, siblings, names).await?;
        Ok(found.into_values().min().map(|(id, known)| Problem {
            existing: Some(id),
            ..Problem::new(ProblemCode::Taken, field, format!("`{known}` exists already."))
        }))
    }

    /// The terms among the `siblings` with these names, in any case of letters, by [`folded`] name. Of several, the one with
    /// exactly the name, or else the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn named(
        &self,
        database: &impl Reads,
        siblings: Condition,
        names: &[&str],
    ) -> Result<HashMap<String, (Uuid, String)>, DbErr> {
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let statement = Query::select()
            .columns([self.id, self.name])
            .from(self.table.table_ref())
            .and_where(self.of.eq(self.publication))
            .and_where(self.folded_name.is_in(names.iter().map(|name| folded(name))))
            .cond_where(siblings)
            .order_by(self.id, Order::Asc)
            .take();
        let mut found = HashMap::new();
        for cells in database.rows(&statement).await?.each() {
            let (id, known): (Uuid, String) = (cells.get(0)?, cells.get(1)?);
            let key = folded(&known);
            if !found.contains_key(&key) || names.contains(&known.as_str()) {
                found.insert(key, (id, known));
            }
        }
        Ok(found)
    }

    /// A free slug for a new term of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn free_slug(&self, transaction: &impl ConnectionTrait, name: &str) -> Result<String, DbErr> {
        let slug = Slug::from_text(name, self.fallback);
        self.place().number(transaction, &slug).await
    }

    /// The words that a term has after a change, whose new name must be unique among the `siblings`. The address of an old
    /// slug leads to the new one.
    ///
    /// # Errors
    /// Problems with the input; the database.
    pub async fn change(
        &self,
        transaction: &Transaction,
        term: Target,
        siblings: Condition,
        words: Words,
        change: TermChange,
    ) -> Result<Words, Refusal> {
        let mut problems = Problems::default();
        let name = change.name.and_then(|text| problems.check(self.name(&text)));
        if let Some(name) = name.as_deref().filter(|name| folded(name) != folded(&words.name))
            && let Some(problem) = self.taken(transaction, siblings, &[name], self.field).await?
        {
            problems.add(problem);
        }
        let description = change.description.and_then(|text| problems.check(description(&text)));
        let slug = self
            .place()
            .change(transaction, change.slug.as_deref(), &words.slug)
            .await;
        let slug = problems.gather(slug)?.unwrap_or_default();
        problems.finish()?;
        if slug != words.slug {
            redirect::renamed(transaction, self.publication, (&words.slug, &slug), term).await?;
        }
        Ok(Words {
            slug,
            name: name.unwrap_or(words.name),
            description: description.unwrap_or(words.description),
        })
    }

    /// Where a slug is the only one.
    fn place(&self) -> Place<E> {
        Place {
            table: self.table,
            slug: self.slug,
            publication: Some(self.publication),
            among: Condition::all().add(self.of.eq(self.publication)),
        }
    }

    fn name(&self, text: &str) -> Result<String, Problem> {
        line(self.field, text, MOST_NAME)
    }
}

/// The form in which imports compare names of terms without slugs: in lower case; spaces, hyphens and underscores count as
/// equal. Signs do not: `c`, `c#` and `c++` are three names.
pub fn name_key(name: &str) -> String {
    let name = folded(name);
    let words = name.split(|letter: char| letter.is_whitespace() || matches!(letter, '-' | '_'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// What readers are shown differently when a term comes, goes or changes: itself, the lists of its kind, and its addresses.
pub fn shown<E: EntityName + Copy>(table: E, publication: PublicationId, id: impl Into<Uuid>) -> [Topic; 4] {
    [
        Topic::thing(id),
        Topic::below(table, publication),
        Topic::any(table),
        Topic::below(entity::redirect::Entity, publication),
    ]
}

fn description(text: &str) -> Result<String, Problem> {
    lines("description", text, MOST_DESCRIPTION)
}
