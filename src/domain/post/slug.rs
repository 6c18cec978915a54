//! The addresses of posts.

use entity::PublicationId;
use entity::post::{Column, Entity, PostKind};
use sea_orm::sea_query::{Condition, ExprTrait, LikeExpr, Query};
use sea_orm::{ColumnTrait, DatabaseTransaction};

use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text::line;
use crate::store::read::Reads;
use crate::store::sql::constant;

/// What stands in for a title that cannot be written in an address.
const NAMELESS: &str = "post";
/// The longest slug that somebody may give, in characters, before it is made one.
const MOST_SLUG: usize = 200;

/// A slug as somebody gave it: any text becomes one.
///
/// # Errors
/// A problem of `slug`.
pub(super) fn given_slug(text: &str) -> Result<Slug, Problem> {
    let text = line("slug", text, MOST_SLUG)?;
    let slug = Slug::from_text(&text, "");
    if slug.as_str().is_empty() {
        let message = "Give at least one letter or digit.";
        return Err(Problem::new(ProblemCode::Invalid, "slug", message));
    }
    Ok(slug)
}

/// The slug for a new post: the given one, if it is free, or one made of its title, with a number where need be.
///
/// # Errors
/// A problem of `slug`; the database.
pub(super) async fn free_slug(
    transaction: &DatabaseTransaction,
    publication: PublicationId,
    kind: PostKind,
    given: Option<Slug>,
    title: &str,
) -> Result<String, Refusal> {
    let is_given = given.is_some();
    let wanted = given.unwrap_or_else(|| Slug::from_text(title, NAMELESS));
    let numbered = LikeExpr::new(format!("{wanted}-%"));
    let statement = Query::select()
        .column(Column::Slug)
        .from(Entity)
        .and_where(Column::PublicationId.eq(publication))
        .and_where(Column::Kind.into_expr().eq(constant(kind)))
        .cond_where(
            Condition::any()
                .add(Column::Slug.eq(wanted.as_str()))
                .add(Column::Slug.into_expr().like(numbered)),
        )
        .take();
    let rows = transaction.rows(&statement).await?;
    let taken = rows
        .each()
        .map(|cells| cells.get::<String>(0))
        .collect::<Result<Vec<_>, _>>()?;
    if is_given && taken.iter().any(|slug| slug == wanted.as_str()) {
        let message = format!("Another post has the slug {wanted}.");
        return Err(Problem::new(ProblemCode::Taken, "slug", message).into());
    }
    Ok(wanted.unique(|slug| taken.iter().any(|taken| taken == slug)).into())
}
