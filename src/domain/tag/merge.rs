use entity::tag::Entity;
use entity::{TagId, import_record, navigation_item, post, post_tag, redirect as redirects};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{TagRow, by_ids, policy};
use crate::domain::accounts::Accounts;
use crate::domain::listing;
use crate::domain::organise::open;
use crate::domain::redirect::{self, Target};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::term;
use crate::domain::viewer::Viewer;
use crate::store::Transaction;
use crate::store::changes::Topic;

/// Makes one tag of two: what carries `from` carries `into`, once, at the place that it had; the addresses of `from` lead
/// there, menus too, and what an import calls `from` is `into` from now on. As many statements for thousands of posts as
/// for one.
///
/// # Errors
/// Not found; a problem when both are the same or of different publications; a viewer who may not.
pub async fn merge(accounts: &Accounts, viewer: Viewer, from: TagId, into: TagId) -> Result<(), Refusal> {
    let (transaction, old) = open::<TagRow>(accounts, viewer, from, policy::may_manage).await?;
    if from == into {
        let message = "Give two tags: this is the one that goes.";
        return Err(Problem::new(ProblemCode::Invalid, "into", message).into());
    }
    let new = by_ids(&transaction, &[into]).await?.remove(&into);
    if new.is_none_or(|new| new.publication_id != old.publication_id) {
        let message = "There is no such tag in the publication of the other.";
        return Err(Problem::new(ProblemCode::Invalid, "into", message).into());
    }
    move_links(&transaction, from, into).await?;
    listing::merge(&transaction, from, into).await?;
    redirects::Entity::update_many()
        .col_expr(redirects::Column::TagId, Expr::val(into))
        .filter(redirects::Column::TagId.eq(from))
        .exec(&transaction)
        .await?;
    redirect::lead_to(&transaction, old.publication_id, &old.slug, Target::Tag(into)).await?;
    navigation_item::Entity::update_many()
        .col_expr(navigation_item::Column::TagId, Expr::val(into))
        .filter(navigation_item::Column::TagId.eq(from))
        .exec(&transaction)
        .await?;
    import_record::Entity::update_many()
        .col_expr(import_record::Column::TargetId, Expr::val(into))
        .filter(import_record::Column::PublicationId.eq(old.publication_id))
        .filter(import_record::Column::TargetId.eq(from))
        .exec(&transaction)
        .await?;
    Entity::delete_by_id(from).exec(&transaction).await?;
    transaction.changed(term::shown(Entity, old.publication_id, from));
    transaction.changed([Topic::thing(into), Topic::below(post::Entity, into)]);
    Ok(transaction.commit().await?)
}

/// Whether the post of the link at hand carries `tag` too.
fn carries(tag: TagId) -> SelectStatement {
    let other = Alias::new("other");
    let of_other = |column: post_tag::Column| Expr::col((other.clone(), column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(post_tag::Entity, other.clone())
        .and_where(of_other(post_tag::Column::PostId).eq(post_tag::Column::PostId.into_expr()))
        .and_where(of_other(post_tag::Column::TagId).eq(tag))
        .take()
}

/// Those that would be there twice go with the tag.
async fn move_links(transaction: &Transaction, from: TagId, into: TagId) -> Result<(), DbErr> {
    let update = Query::update()
        .table(post_tag::Entity)
        .value(post_tag::Column::TagId, into)
        .and_where(post_tag::Column::TagId.into_expr().eq(from))
        .and_where(Expr::exists(carries(into)).not())
        .take();
    transaction.execute(&update).await.map(drop)
}
