//! Which posts show which files. Whoever saves a post notes it, in the same transaction.

use std::collections::BTreeSet;

use entity::media_use::{Column, Entity};
use entity::{MediaId, PostId, PublicationId, media, post};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, InsertStatement, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::PATHS;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::fetch_count;

/// Length of an id in a path.
const ID_LENGTH: usize = 36;

/// What a post shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostUses {
    /// The post.
    pub post: PostId,
    /// Whether nothing can be noted of it yet.
    pub is_new: bool,
    /// The files.
    pub files: BTreeSet<MediaId>,
}

impl PostUses {
    /// What a post shows with this featured picture and this text, as readers get it.
    pub fn of(post: PostId, is_new: bool, featured: Option<MediaId>, html: &str) -> Self {
        let files = used_in(featured, html);
        Self { post, is_new, files }
    }
}

/// The files that are shown: by their addresses in the text, whatever stands before the path, and as the featured one.
pub fn used_in(featured: Option<MediaId>, html: &str) -> BTreeSet<MediaId> {
    let id = |(at, _): (usize, &str)| {
        let start = at + PATHS.len();
        let id = html.get(start..start + ID_LENGTH)?;
        Uuid::try_parse(id).ok().map(MediaId)
    };
    html.match_indices(PATHS).filter_map(id).chain(featured).collect()
}

/// Notes what posts show, in place of what they showed: one statement for those that are not new, and one when any of them
/// shows anything. Addresses of files that there are not count for nothing. Not needed for a post for which [`used_in`]
/// gives what it gave before.
pub async fn note_uses(transaction: &impl ConnectionTrait, uses: &[PostUses]) -> Result<(), DbErr> {
    let known: Vec<PostId> = uses.iter().filter(|uses| !uses.is_new).map(|uses| uses.post).collect();
    for known in known.chunks(CHUNK) {
        let those = any_of(transaction, Column::PostId.into_expr(), known);
        Entity::delete_many().filter(those).exec(transaction).await?;
    }
    let shown = |uses: &PostUses| {
        let post = uses.post.0;
        uses.files.iter().map(move |file| (file.0, post)).collect::<Vec<_>>()
    };
    let pairs: Vec<(Uuid, Uuid)> = uses.iter().flat_map(shown).collect();
    for pairs in pairs.chunks(CHUNK) {
        transaction.execute(&insert_existing(pairs)?).await?;
    }
    Ok(())
}

/// Inserts the pairs of files and posts whose files there are.
fn insert_existing(pairs: &[(Uuid, Uuid)]) -> Result<InsertStatement, DbErr> {
    let given = Alias::new("given");
    // So the databases call the columns of VALUES.
    let column = |name: &'static str| Expr::col((given.clone(), Alias::new(name)));
    let is_there = Query::select()
        .expr(Expr::val(1))
        .from(media::Entity)
        .and_where(media::Column::Id.into_expr().eq(column("column1")))
        .take();
    let existing = Query::select()
        .expr(column("column1"))
        .expr(column("column2"))
        .from_values(pairs.iter().copied(), given.clone())
        .and_where(Expr::exists(is_there))
        .take();
    let mut insert = Query::insert();
    insert.into_table(Entity).columns([Column::MediaId, Column::PostId]);
    insert
        .select_from(existing)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(insert)
}

/// Ids, or pairs of ids, of one statement.
const CHUNK: usize = 1_000;

/// How many posts of its own publication show a file. A working copy counts as its post.
pub(super) async fn count(database: &impl Reads, file: MediaId, publication: PublicationId) -> Result<i64, DbErr> {
    let shows = Func::coalesce([post::Column::DraftOf.into_expr(), post::Column::Id.into_expr()]);
    let statement = Query::select()
        .expr(Expr::expr(shows).count_distinct())
        .from(Entity)
        .inner_join(
            post::Entity,
            post::Column::Id.into_expr().eq(Column::PostId.into_expr()),
        )
        .and_where(Column::MediaId.into_expr().eq(file))
        .and_where(post::Column::PublicationId.into_expr().eq(publication))
        .take();
    fetch_count(database, &statement).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_addresses_wherever_they_stand() {
        let ids: Vec<MediaId> = (0..4).map(|_| MediaId::new()).collect();
        let html = format!(
            r#"<img src="/media/{}/a.png" srcset="https://quoin.example/media/{}/640/webp/a.webp 640w"><a href="/media/{}/b.pdf">
            /media/nothing /media/{}"#,
            ids[0], ids[1], ids[0], ids[2]
        );
        let used: Vec<MediaId> = used_in(Some(ids[3]), &html).into_iter().collect();
        assert_eq!(used, ids);
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        for html in [
            "",
            "/media/",
            "/media/é",
            "/media/00000000-0000-0000-0000-00000000000",
            "media/x",
        ] {
            assert!(used_in(None, html).is_empty(), "{html}");
        }
    }
}
