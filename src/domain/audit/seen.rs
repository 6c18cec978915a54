use std::collections::HashMap;

use entity::AuditEventId;
use entity::audit_event::{Column, Entity};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, DbErr};
use uuid::Uuid;

use super::{About, EventRow, of_publication, policy};
use crate::domain::page::PageRequest;
use crate::domain::policy::{Person, Standing};
use crate::domain::viewer::Viewer;
use crate::domain::{account, member};
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_counts};
use crate::store::sql::count_all;

/// Pages of the events of publications, the newest first.
pub async fn of_publications(
    database: &impl Reads,
    viewer: Viewer,
    publications: &[Uuid],
    request: &PageRequest,
) -> Result<member::SeenPages<EventRow>, DbErr> {
    let child = |publication| {
        let mut statement = Query::select();
        EventRow::select(&mut statement);
        statement.from(Entity).cond_where(of_publication(publication));
        let (time, id) = (Column::CreatedAt.into_expr(), Column::Id.into_expr());
        request.apply(&mut statement, &time, &id, true);
        statement
    };
    member::seen_pages(database, viewer, publications, request, policy::may_read, child).await
}

/// How many events publications have, for those who were shown which they are.
pub async fn counts_of_publications(database: &impl Reads, publications: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    let child = |publication| {
        let mut statement = Query::select();
        statement
            .expr(count_all())
            .from(Entity)
            .cond_where(of_publication(publication));
        statement
    };
    fetch_counts(database, publications, child).await
}

/// Of the events with these ids, those that stand in a list which the viewer may read.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[AuditEventId],
) -> Result<HashMap<AuditEventId, EventRow>, DbErr> {
    let who = account::standing(database, viewer).await?.own(true);
    let mut lists = Vec::new();
    if policy::may_read_all(who).is_ok() {
        lists.push(About::Installation);
    }
    if let Some(actor) = viewer.actor().filter(|_| who.person != Person::Stranger) {
        if account::policy::may_see_own(who).is_ok() {
            lists.push(About::User(actor.user));
        }
        for membership in member::of_user(database, actor.user).await? {
            let person = Person::Member(membership.role);
            if policy::may_read(Standing { person, ..who }).is_ok() {
                lists.push(About::Publication(membership.publication_id));
            }
        }
    }
    if lists.is_empty() {
        return Ok(HashMap::new());
    }
    let seen = lists
        .into_iter()
        .fold(Condition::any(), |seen, about| seen.add(about.condition()));
    let mut statement = Query::select();
    EventRow::select(&mut statement);
    statement
        .from(Entity)
        .cond_where(seen)
        .and_where(any_of(database, Column::Id.into_expr(), ids));
    let rows = fetch::<EventRow>(database, &statement).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
