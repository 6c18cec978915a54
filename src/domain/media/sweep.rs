use std::time::Duration;

use entity::media_upload::{Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::announce::upload_key;
use crate::domain::refusal::Refusal;
use crate::store::Store;
use crate::store::files::FileStore;

/// How long a file may be on its way to this machine.
const SPOOL_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes uploads that nobody finished in time, with what was sent of them. Every replica does it.
///
/// # Errors
/// When the database or the media store fails.
pub async fn sweep(store: &Store, files: &FileStore) -> Result<(), Refusal> {
    files.clear_spool(SPOOL_KEPT).await?;
    let old = Entity::find().filter(Column::ExpiresAt.lt(entity::now()));
    for row in old.all(store.read()).await? {
        // The file first: without its row nobody would know of it.
        files.remove(&upload_key(row.id)).await?;
        Entity::delete_by_id(row.id).exec(store.read()).await?;
    }
    Ok(())
}
