use chrono::TimeDelta;
use entity::one_time_link::LinkPurpose;
use entity::user::{Column, Entity};
use entity::{PublicationId, UserId, post, post_author};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait};

use super::link::{self, NewLink};
use super::{by_email, by_id, letter};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::member::{self, policy};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::text::Email;
use crate::store::dialect::take_turns;
use crate::store::row::fetch_cell;

/// How long there is to claim an account.
const CLAIM: TimeDelta = TimeDelta::days(7);

/// Sends an imported author of a publication a link to claim the account; to `email`, which becomes its address, or to the
/// address that the import brought along.
///
/// # Errors
/// Not found when nobody of this publication is meant; a problem when the account was claimed, has no address, or the
/// address is another's; a viewer who may not.
pub async fn send_claim(
    accounts: &Accounts,
    viewer: Viewer,
    publication: PublicationId,
    author: UserId,
    email: Option<&str>,
) -> Result<(), Refusal> {
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    policy::may_send_claim(member::standing(&transaction, viewer, publication).await?)?;
    let email = email.map(Email::parse).transpose()?;
    let writes_here = Query::select()
        .expr(Expr::val(1))
        .from(post_author::Entity)
        .inner_join(
            post::Entity,
            post::Column::Id.into_expr().eq(post_author::Column::PostId.into_expr()),
        )
        .and_where(post_author::Column::UserId.eq(author))
        .and_where(post::Column::PublicationId.eq(publication))
        .limit(1)
        .take();
    let writes_here: Option<i32> = fetch_cell(&transaction, &writes_here).await?;
    let is_member = member::role_of(&transaction, publication, author).await?.is_some();
    let account = by_id(&transaction, author).await?;
    let Some(account) = account.filter(|_| writes_here.is_some() || is_member) else {
        return Err(Refusal::NotFound("author"));
    };
    if account.claimed_at.is_some() {
        return Err(Problem::new(ProblemCode::NotAllowed, "authorId", "The account was claimed already.").into());
    }
    let stored = account.email.clone().map(Email::stored);
    let Some(email) = email.or_else(|| stored.clone()) else {
        let message = "The author came without an address: give one.";
        return Err(Problem::new(ProblemCode::Required, "email", message).into());
    };
    accounts.may_write_to(&email).await?;
    if stored.as_ref() != Some(&email) {
        if by_email(&transaction, &email).await?.is_some() {
            return Err(Problem::new(ProblemCode::Taken, "email", "Somebody else has this address.").into());
        }
        let change = Query::update()
            .table(Entity)
            .value(Column::Email, email.as_str())
            .and_where(Column::Id.eq(author))
            .take();
        transaction.execute(&change).await?;
    }
    link::cancel(&transaction, author, LinkPurpose::SetPassword).await?;
    let new = NewLink {
        purpose: LinkPurpose::SetPassword,
        user: Some(author),
        email: Some(email.as_str()),
        detail: String::new(),
        lifetime: CLAIM,
    };
    let secret = link::make(&transaction, new).await?;
    letter::claim(
        accounts,
        &transaction,
        email.as_str().into(),
        &account.display_name,
        &secret,
    )
    .await?;
    Ok(accounts.commit(transaction).await?)
}
