//! Which slug a thing gets among its like.

use std::collections::HashSet;

use entity::PublicationId;
use sea_orm::sea_query::{Condition, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait};

use crate::domain::organise;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text::line;
use crate::store::dialect::take_turns;
use crate::store::read::Reads;

/// The longest text that is taken for a slug, in characters.
const MOST_LETTERS: usize = 200;

/// Where a slug must be unique. Looking for a free one locks the place until the transaction ends, so that concurrent
/// transactions choose one after the other and each sees what the others took.
#[derive(Clone, Debug)]
pub struct Place<E: EntityTrait> {
    /// The table.
    pub table: E,
    /// Its column of slugs.
    pub slug: E::Column,
    /// The publication; none where slugs are unique within the instance.
    pub publication: Option<PublicationId>,
    /// Which of its rows share the place.
    pub among: Condition,
}

/// What a slug is made of.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The slug that was asked for.
    pub given: Option<&'a str>,
    /// The text to derive one from where none was.
    pub text: &'a str,
    /// Stands in where nothing of the text can be written in ASCII.
    pub fallback: &'a str,
}

/// Makes a slug of what was typed for one, in any script.
///
/// # Errors
/// A problem of the field `slug` when nothing is left of it.
pub fn given(text: &str) -> Result<Slug, Problem> {
    let text = line("slug", text, MOST_LETTERS)?;
    let slug = Slug::from_text(&text, "");
    if slug.as_str().is_empty() {
        let message = "Give letters or digits: they make the name in addresses.";
        return Err(Problem::new(ProblemCode::Invalid, "slug", message));
    }
    Ok(slug)
}

impl<E: EntityTrait> Place<E> {
    /// The slug that a new thing gets. One that was given must be free; one that is derived gets a number where it is not.
    ///
    /// # Errors
    /// A problem of the field `slug`; the database.
    pub async fn choose(&self, transaction: &impl ConnectionTrait, wish: Wish<'_>) -> Result<String, Refusal> {
        if let Some(text) = wish.given {
            return self.free(transaction, given(text)?).await;
        }
        let slug = Slug::from_text(wish.text, wish.fallback);
        Ok(self.number(transaction, &slug).await?)
    }

    /// The slug that a thing gets that has `own`, when another one is given.
    ///
    /// # Errors
    /// As [`Self::choose`].
    pub async fn change(
        &self,
        transaction: &impl ConnectionTrait,
        text: Option<&str>,
        own: &str,
    ) -> Result<String, Refusal> {
        match text.map(given).transpose()? {
            Some(slug) if slug.as_str() != own => self.free(transaction, slug).await,
            _ => Ok(own.to_owned()),
        }
    }

    /// The slug, where it is free.
    ///
    /// # Errors
    /// As [`Self::choose`].
    pub async fn free(&self, transaction: &impl ConnectionTrait, slug: Slug) -> Result<String, Refusal> {
        let taken = self.taken(transaction, vec![slug.to_string()]).await?;
        if taken.is_empty() {
            return Ok(slug.into());
        }
        let message = format!("`{slug}` is taken; choose another one.");
        Err(Problem::new(ProblemCode::Taken, "slug", message).into())
    }

    /// The slug, or with the smallest free number: asked for in growing parts, so that a thousand of one name are not
    /// asked for one by one.
    pub async fn number(&self, transaction: &impl ConnectionTrait, slug: &Slug) -> Result<String, DbErr> {
        let mut candidates = vec![slug.to_string()];
        let mut next: u32 = 2;
        let mut count: u32 = 16;
        loop {
            let taken = self.taken(transaction, candidates.clone()).await?;
            if let Some(free) = candidates.into_iter().find(|candidate| !taken.contains(candidate)) {
                return Ok(free);
            }
            candidates = (next..next + count)
                .map(|number| slug.numbered(number).into())
                .collect();
            next += count;
            count = if count < 1_000 { count * 4 } else { count };
        }
    }

    async fn taken(&self, transaction: &impl ConnectionTrait, slugs: Vec<String>) -> Result<HashSet<String>, DbErr> {
        match self.publication {
            Some(publication) => organise::lock(transaction, publication).await?,
            None => take_turns(transaction).await?,
        }
        let statement = Query::select()
            .column(self.slug)
            .from(self.table.table_ref())
            .and_where(self.slug.into_expr().is_in(slugs))
            .cond_where(self.among.clone())
            .take();
        let rows = transaction.rows(&statement).await?;
        rows.each().map(|cells| cells.get(0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_any_script() {
        let made = |text| given(text).map(String::from);
        assert_eq!(made(" Neue Bücher "), Ok("neue-bucher".to_owned()));
        assert_eq!(made("活版印刷"), Ok("huo-ban-yin-shua".to_owned()));
    }

    #[test]
    fn what_leaves_nothing_is_no_slug() {
        for (text, code) in [
            ("", ProblemCode::Required),
            ("…?!", ProblemCode::Invalid),
            ("a\0b", ProblemCode::Invalid),
            ("a\nb", ProblemCode::Invalid),
            (&"x".repeat(5_000), ProblemCode::TooLong),
        ] {
            let problem = given(text).expect_err("no slug");
            assert_eq!((problem.code, problem.field), (code, Some("slug")), "{text:?}");
        }
    }
}
