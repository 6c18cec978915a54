use std::collections::HashMap;

use entity::membership::{Column, Entity, Role};
use entity::{InvitationId, UserId, invitation};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};
use uuid::Uuid;

use super::invite::open;
use super::{InvitationRow, MemberRow, policy};
use crate::domain::account;
use crate::domain::page::{Page, PageRequest};
use crate::domain::policy::{Person, Standing, Verdict};
use crate::domain::refusal::Denied;
use crate::domain::viewer::Viewer;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_children, fetch_counts, fetch_one};
use crate::store::sql::count_all;

/// Pages of lists that hang on publications, by publication, or why the viewer does not get one.
pub type SeenPages<T> = HashMap<Uuid, Result<Page<T>, Denied>>;

/// What a viewer is to each of these publications.
pub async fn standings(
    database: &impl Reads,
    viewer: Viewer,
    publications: &[Uuid],
) -> Result<HashMap<Uuid, Standing>, DbErr> {
    let own = account::standing(database, viewer).await?;
    let mut standings: HashMap<_, _> = publications.iter().map(|id| (*id, own)).collect();
    let Some(actor) = viewer.actor().filter(|_| own.person != Person::Stranger) else {
        return Ok(standings);
    };
    let statement = Query::select()
        .column(Column::PublicationId)
        .column(Column::Role)
        .from(Entity)
        .and_where(Column::UserId.eq(actor.user))
        .and_where(any_of(database, Column::PublicationId.into_expr(), publications))
        .take();
    for cells in database.rows(&statement).await?.each() {
        let (publication, role): (Uuid, Role) = (cells.get(0)?, cells.get(1)?);
        let person = Person::Member(role);
        standings.insert(publication, Standing { person, ..own });
    }
    Ok(standings)
}

/// For the publications towards which `policy` lets the viewer, the pages that `child` selects; see [`fetch_children`].
pub(in crate::domain) async fn seen_pages<R: Row>(
    database: &impl Reads,
    viewer: Viewer,
    publications: &[Uuid],
    request: &PageRequest,
    policy: fn(Standing) -> Verdict,
    child: impl Fn(Expr) -> SelectStatement,
) -> Result<SeenPages<R>, DbErr> {
    let standings = standings(database, viewer, publications).await?;
    let verdicts: Vec<_> = standings.into_iter().map(|(id, who)| (id, policy(who))).collect();
    let seen: Vec<Uuid> = verdicts
        .iter()
        .filter(|(_, verdict)| verdict.is_ok())
        .map(|(id, _)| *id)
        .collect();
    let mut rows = if seen.is_empty() {
        HashMap::new()
    } else {
        fetch_children(database, &seen, child).await?
    };
    let page = |(id, verdict): (Uuid, Verdict)| {
        let page = verdict.map(|()| Page::new(rows.remove(&id).unwrap_or_default(), request));
        (id, page)
    };
    Ok(verdicts.into_iter().map(page).collect())
}

fn members(publication: Expr) -> SelectStatement {
    Query::select()
        .from(Entity)
        .and_where(Column::PublicationId.into_expr().eq(publication))
        .take()
}

/// Pages of the members of publications, the longest there first.
pub async fn members_of(
    database: &impl Reads,
    viewer: Viewer,
    publications: &[Uuid],
    request: &PageRequest,
) -> Result<SeenPages<MemberRow>, DbErr> {
    let child = |publication| {
        let mut statement = members(publication);
        MemberRow::select(&mut statement);
        let (joined, id) = (Column::CreatedAt.into_expr(), Column::UserId.into_expr());
        request.apply(&mut statement, &joined, &id, false);
        statement
    };
    seen_pages(database, viewer, publications, request, policy::may_see, child).await
}

/// How many members publications have, for those who were shown who they are.
pub async fn member_counts(database: &impl Reads, publications: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    fetch_counts(database, publications, |id| members(id).expr(count_all()).take()).await
}

/// A member.
pub async fn member(
    database: &impl Reads,
    publication: impl Into<Uuid>,
    user: UserId,
) -> Result<Option<MemberRow>, DbErr> {
    let mut statement = members(Expr::val(publication.into()));
    MemberRow::select(&mut statement);
    statement.and_where(Column::UserId.eq(user));
    fetch_one(database, &statement).await
}

/// Pages of the open invitations of publications, by address.
pub async fn invitations_of(
    database: &impl Reads,
    viewer: Viewer,
    publications: &[Uuid],
    request: &PageRequest,
) -> Result<SeenPages<InvitationRow>, DbErr> {
    let child = |publication| {
        let mut statement = open();
        statement.and_where(invitation::Column::PublicationId.into_expr().eq(publication));
        let email = invitation::Column::Email.into_expr();
        request.apply(&mut statement, &email, &invitation::Column::Id.into_expr(), false);
        statement
    };
    let policy = policy::may_see_invitations;
    seen_pages(database, viewer, publications, request, policy, child).await
}

/// How many open invitations publications have, for those who were shown which they are.
pub async fn invitation_counts(database: &impl Reads, publications: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    let child = |publication| {
        Query::select()
            .expr(count_all())
            .from(invitation::Entity)
            .and_where(invitation::Column::PublicationId.into_expr().eq(publication))
            .and_where(invitation::Column::ExpiresAt.gt(entity::now()))
            .take()
    };
    fetch_counts(database, publications, child).await
}

/// Of the open invitations with these ids, those that the viewer may see.
pub async fn invitations_by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[InvitationId],
) -> Result<HashMap<InvitationId, InvitationRow>, DbErr> {
    let statement = open()
        .and_where(any_of(database, invitation::Column::Id.into_expr(), ids))
        .take();
    let rows: Vec<InvitationRow> = fetch(database, &statement).await?;
    let publications: Vec<Uuid> = rows.iter().map(|row| row.publication_id.0).collect();
    let standings = standings(database, viewer, &publications).await?;
    let is_seen = |row: &InvitationRow| {
        let who = standings.get(&row.publication_id.0).copied();
        who.is_some_and(|who| policy::may_see_invitations(who).is_ok())
    };
    Ok(rows.into_iter().filter(is_seen).map(|row| (row.id, row)).collect())
}
