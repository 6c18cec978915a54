//! Which posts show which files. Whoever saves a post notes it, in the same transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::media_use::{ActiveModel, Column, Entity};
use entity::{MediaId, PostId, media, post};
use sea_orm::sea_query::{ExprTrait, Func, Order, Query};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::PATHS;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::fetch_child_cells;
use crate::store::sql::insert;

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

/// Notes what a post shows, in place of what it showed: at most three statements. Addresses of files that there are not
/// count for nothing. Not needed where [`used_in`] gives what it gave before.
pub async fn note_uses(transaction: &impl ConnectionTrait, uses: PostUses<'_>) -> Result<(), DbErr> {
    let used = used_in(uses.featured, uses.html);
    note_many(transaction, &[uses.post], &[(uses.post, used)]).await
}

/// Notes what posts show; those that are not new showed something else.
pub async fn note_many(
    transaction: &impl ConnectionTrait,
    not_new: &[PostId],
    used: &[(PostId, BTreeSet<MediaId>)],
) -> Result<(), DbErr> {
    for posts in not_new.chunks(CHUNK) {
        let delete = Entity::delete_many().filter(any_of(transaction, Column::PostId.into_expr(), posts));
        delete.exec(transaction).await?;
    }
    let all: BTreeSet<MediaId> = used.iter().flat_map(|(_, used)| used).copied().collect();
    let all: Vec<MediaId> = all.into_iter().collect();
    let mut there: HashSet<MediaId> = HashSet::new();
    for ids in all.chunks(CHUNK) {
        let statement = Query::select()
            .column(media::Column::Id)
            .from(media::Entity)
            .and_where(any_of(transaction, media::Column::Id.into_expr(), ids))
            .take();
        for cells in transaction.rows(&statement).await?.each() {
            there.insert(cells.get(0)?);
        }
    }
    let rows = used.iter().flat_map(|(post, used)| {
        let known = used.iter().filter(|file| there.contains(*file));
        known.map(|file| ActiveModel {
            media_id: ActiveValue::Set(*file),
            post_id: ActiveValue::Set(*post),
        })
    });
    insert::<Entity, _>(transaction, rows.collect()).await
}

/// Ids of one statement.
const CHUNK: usize = 1_000;

/// The posts that show these files, the newest first, at most [`MOST_USES`] of each. Which of them the viewer may see is
/// not said.
pub async fn uses(database: &impl Reads, files: &[Uuid]) -> Result<HashMap<Uuid, Vec<PostId>>, DbErr> {
    fetch_child_cells(database, files, |file| {
        // A working copy stands for its post.
        let shows = Func::coalesce([post::Column::DraftOf.into_expr(), post::Column::Id.into_expr()]);
        Query::select()
            .distinct()
            .expr_as(shows, "shows")
            .from(Entity)
            .inner_join(
                post::Entity,
                post::Column::Id.into_expr().eq(Column::PostId.into_expr()),
            )
            .and_where(Column::MediaId.into_expr().eq(file))
            .order_by("shows", Order::Desc)
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
