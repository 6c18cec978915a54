//! Which posts show which files. Whoever saves a post notes it, in the same transaction.

use std::collections::{BTreeSet, HashMap};

use entity::media_use::{Column, Entity};
use entity::{MediaId, PostId, media};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::PATHS;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::fetch_child_cells;

/// The most posts that are listed of those that show one file.
pub const MOST_USES: u64 = 100;

/// Length of an id in a path.
const ID_LENGTH: usize = 36;

/// What a post shows.
#[derive(Clone, Copy, Debug)]
pub struct PostUses<'a> {
    /// The post.
    pub post: PostId,
    /// The picture that stands for it.
    pub featured: Option<MediaId>,
    /// Its text, as readers get it.
    pub html: &'a str,
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

/// Notes what a post shows, in place of what it showed: one statement, and one more when it shows anything. Addresses of
/// files that there are not count for nothing. Not needed where [`used_in`] gives what it gave before.
pub async fn note_uses(transaction: &impl ConnectionTrait, uses: PostUses<'_>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::PostId.eq(uses.post))
        .exec(transaction)
        .await?;
    let used: Vec<MediaId> = used_in(uses.featured, uses.html).into_iter().collect();
    for used in used.chunks(CHUNK) {
        let there = Query::select()
            .column(media::Column::Id)
            .expr(Expr::val(uses.post))
            .from(media::Entity)
            .and_where(any_of(transaction, media::Column::Id.into_expr(), used))
            .take();
        let mut insert = Query::insert();
        insert.into_table(Entity).columns([Column::MediaId, Column::PostId]);
        insert
            .select_from(there)
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        transaction.execute(&insert).await?;
    }
    Ok(())
}

/// Ids of one statement.
const CHUNK: usize = 1_000;

/// The posts that show these files, the newest first, at most [`MOST_USES`] of each. Which of them the viewer may see is
/// not said.
pub async fn uses(database: &impl Reads, files: &[Uuid]) -> Result<HashMap<Uuid, Vec<PostId>>, DbErr> {
    fetch_child_cells(database, files, |file| {
        Query::select()
            .column(Column::PostId)
            .from(Entity)
            .and_where(Column::MediaId.into_expr().eq(file))
            .order_by(Column::PostId, Order::Desc)
            .limit(MOST_USES)
            .take()
    })
    .await
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
