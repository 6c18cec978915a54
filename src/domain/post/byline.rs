//! Who stands on a post's byline.

use entity::{PostId, PublicationId, UserId, membership, post, post_author};
use sea_orm::sea_query::{ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ActiveValue, ColumnTrait};

use super::save::{MOST_LINKS, links};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::store::Transaction;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::sql::insert;

/// The authors of a post, in byline order.
pub(super) async fn byline_of(transaction: &Transaction, post: PostId) -> Result<Vec<UserId>, Refusal> {
    let authors = Query::select()
        .column(post_author::Column::UserId)
        .from(post_author::Entity)
        .and_where(post_author::Column::PostId.eq(post))
        .order_by(post_author::Column::Position, Order::Asc)
        .take();
    ids(transaction, &authors).await
}

/// Gives a post its byline.
pub(super) async fn link_authors(transaction: &Transaction, post: PostId, authors: Vec<UserId>) -> Result<(), Refusal> {
    let rows = links(authors)
        .into_iter()
        .map(|(position, author)| post_author::ActiveModel {
            post_id: ActiveValue::Set(post),
            user_id: ActiveValue::Set(author),
            position,
        });
    Ok(insert::<post_author::Entity, _>(transaction, rows.collect()).await?)
}

/// Checks that these may stand on a byline: members of the publication, and whoever stands on one there already.
pub(super) async fn check_authors(
    transaction: &Transaction,
    publication: PublicationId,
    authors: &[UserId],
) -> Result<(), Refusal> {
    if authors.is_empty() {
        return Err(Problem::new(ProblemCode::Required, "authorIds", "Give at least one author.").into());
    }
    if authors.len() > MOST_LINKS {
        let message = format!("These are {}; allowed are {MOST_LINKS}.", authors.len());
        return Err(Problem::new(ProblemCode::TooLong, "authorIds", message).into());
    }
    let members = Query::select()
        .column(membership::Column::UserId)
        .from(membership::Entity)
        .and_where(membership::Column::PublicationId.eq(publication))
        .and_where(any_of(transaction, membership::Column::UserId.into_expr(), authors))
        .take();
    let mut known = ids(transaction, &members).await?;
    let bylines = Query::select()
        .distinct()
        .column((post_author::Entity, post_author::Column::UserId))
        .from(post_author::Entity)
        .inner_join(
            post::Entity,
            post::Column::Id.into_expr().eq(post_author::Column::PostId.into_expr()),
        )
        .and_where(post::Column::PublicationId.into_expr().eq(publication))
        .and_where(any_of(transaction, post_author::Column::UserId.into_expr(), authors))
        .take();
    known.extend(ids(transaction, &bylines).await?);
    for (place, author) in authors.iter().enumerate() {
        if !known.contains(author) {
            let message = "This is neither a member of the publication nor an author of one of its posts.";
            let problem = Problem::new(ProblemCode::Invalid, "authorIds", message);
            return Err(problem.within(place.to_string()).into());
        }
    }
    Ok(())
}

async fn ids(transaction: &Transaction, statement: &SelectStatement) -> Result<Vec<UserId>, Refusal> {
    let rows = transaction.rows(statement).await?;
    Ok(rows.each().map(|cells| cells.get(0)).collect::<Result<_, _>>()?)
}
