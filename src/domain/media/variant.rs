//! Pictures in other sizes and formats: made when somebody first asks, kept, and dropped when they take too much room.

use entity::MediaId;
use entity::media_variant::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::take_in::MOST_PICTURE_BYTES;
use super::{Library, MediaRow, PATHS, encoded, path};
use crate::domain::refusal::Refusal;
use crate::picture::{self, Fault, Format, STEPS, kind_of, step};
use crate::store::row::fetch_cell;

/// A picture in one of the widths that there are, in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    width: u32,
    format: Format,
}

/// The name of a format in addresses, which is also how files of it end.
fn ending(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "jpg",
        Format::Png => "png",
        Format::Webp => "webp",
        Format::Gif => "gif",
    }
}

/// The picture that can be made of a file, and its width.
fn source(row: &MediaRow) -> Option<(Format, u32)> {
    row.storage_key.as_ref()?;
    let width = u32::try_from(row.width?).ok()?;
    Some((kind_of(&row.mime_type)?.format?, width))
}

/// What somebody gets who wants a picture so wide, in a format; none of what cannot be had in others.
struct Choice {
    /// The step, and the format that it is made in; none for the picture as it is.
    made: Option<(u32, Format)>,
    /// How wide that is.
    width: u32,
}

fn choose(row: &MediaRow, width: Option<u32>, format: Option<Format>) -> Option<Choice> {
    let (own, has) = source(row)?;
    let format = format.unwrap_or(own);
    let step = step(width.unwrap_or(has), has);
    // A GIF may move, which it does in no other size.
    if format == own && (own == Format::Gif || step >= has) {
        return Some(Choice { made: None, width: has });
    }
    Some(Choice {
        made: Some((step, format)),
        width: std::cmp::min(step, has),
    })
}

/// The path of a picture at least so wide, as far as it is, in a format; none: in its own. What is no picture, or cannot
/// be made otherwise here, has the one path.
pub fn address(row: &MediaRow, width: Option<u32>, format: Option<Format>) -> String {
    let Some((step, format)) = choose(row, width, format).and_then(|choice| choice.made) else {
        return path(row.id, &row.file_name);
    };
    let stem = row
        .file_name
        .rsplit_once('.')
        .map_or(row.file_name.as_str(), |(stem, _)| stem);
    let ending = ending(format);
    let name = encoded(&format!("{stem}.{ending}"));
    format!("{PATHS}{}/{step}/{ending}/{name}?v={}", row.id, version(row))
}

/// How wide a picture is that somebody gets who wants so many pixels; none when it cannot be had in other widths.
pub fn width_of(row: &MediaRow, wanted: u32, format: Option<Format>) -> Option<u32> {
    choose(row, Some(wanted), format).map(|choice| choice.width)
}

/// What changes when the bytes of the picture do.
pub fn version(row: &MediaRow) -> &str {
    row.digest.as_deref().unwrap_or("0")
}

impl Variant {
    /// What the parts of an address stand for; none for widths and formats that there are not.
    pub fn named(width: &str, format: &str) -> Option<Self> {
        let width = width.parse().ok().filter(|width| STEPS.contains(width))?;
        let formats = [Format::Jpeg, Format::Png, Format::Webp];
        let format = formats.into_iter().find(|known| ending(*known) == format)?;
        Some(Self { width, format })
    }

    /// Its media type.
    pub fn mime_type(self) -> &'static str {
        match self.format {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Webp => "image/webp",
            Format::Gif => "image/gif",
        }
    }
}

/// The key under which the media store has a picture in another size; made, when it was not there.
///
/// # Errors
/// Not found for what is no picture, or cannot be decoded; [`Refusal::Busy`] when too many wait.
pub async fn variant(library: &Library, row: &MediaRow, wanted: Variant) -> Result<String, Refusal> {
    let not_there = || Refusal::NotFound("picture");
    let (from, has) = source(row).ok_or_else(not_there)?;
    let Some(original) = row.storage_key.as_deref() else {
        return Err(not_there());
    };
    let width = step(wanted.width, has);
    let id = row.id.0.simple().to_string();
    let key = format!(
        "variants/{}/{id}-{}/{width}.{}",
        &id[id.len() - 2..],
        version(row),
        ending(wanted.format)
    );
    if is_there(library, &key).await? {
        return Ok(key);
    }
    let turn = library.turn(&key);
    let _held = turn.lock().await;
    if is_there(library, &key).await? {
        return Ok(key);
    }
    // Waits for a thread before anything is read: those who wait hold no memory.
    let thread = library.threads.turn().await?;
    if library.files.about(original).await?.size > MOST_PICTURE_BYTES {
        return Err(not_there());
    }
    let bytes = library.files.read(original).await?;
    let most_pixels = library.settings.most_pixels;
    let made = thread
        .run(move || picture::scale(&bytes, from, width, wanted.format, most_pixels))
        .await?;
    let made = made.map_err(|fault: Fault| {
        tracing::warn!(?fault, file = %row.id, "a picture cannot be made smaller");
        not_there()
    })?;
    let (library, picture) = (library.clone(), row.id);
    // Goes on when the client goes away: what takes room is known to take it.
    let kept = tokio::spawn(async move {
        let byte_size = made.len();
        library.files.put(&key, made).await?;
        note(&library, picture, &key, byte_size).await?;
        library.count_variant();
        Ok(key)
    });
    kept.await.map_err(|error| Refusal::Internal(error.to_string()))?
}

async fn is_there(library: &Library, key: &str) -> Result<bool, Refusal> {
    match library.files.about(key).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Notes that it takes room, and makes room where it takes too much.
async fn note(library: &Library, picture: MediaId, key: &str, byte_size: usize) -> Result<(), Refusal> {
    let variant = ActiveModel {
        storage_key: ActiveValue::Set(key.to_owned()),
        media_id: ActiveValue::Set(picture),
        byte_size: ActiveValue::Set(i64::try_from(byte_size).unwrap_or(i64::MAX)),
        made_at: ActiveValue::Set(entity::now()),
    };
    let replace = OnConflict::column(Column::StorageKey)
        .update_columns([Column::ByteSize, Column::MadeAt])
        .to_owned();
    let noted = Entity::insert(variant)
        .on_conflict(replace)
        .exec_without_returning(library.store.read())
        .await;
    if let Err(error) = noted {
        // The picture may have been deleted meanwhile; nobody would know of what was made of it.
        library.files.remove(key).await?;
        return Err(error.into());
    }
    make_room(library, key).await
}

/// Drops the oldest, but for the one that was just made, until the others take no more room than they may.
async fn make_room(library: &Library, newest: &str) -> Result<(), Refusal> {
    let most = i64::try_from(library.settings.variants_bytes).unwrap_or(i64::MAX);
    let read = library.store.read();
    let sum = Query::select()
        .expr(Expr::expr(Column::ByteSize.into_expr().sum()).cast_as("bigint"))
        .from(Entity)
        .take();
    let mut taken: i64 = fetch_cell::<Option<i64>>(read, &sum)
        .await?
        .flatten()
        .unwrap_or_default();
    while taken > most {
        let oldest = Entity::find()
            .filter(Column::StorageKey.ne(newest))
            .order_by_asc(Column::MadeAt)
            .limit(DROPPED_AT_ONCE)
            .all(read)
            .await?;
        if oldest.is_empty() {
            return Ok(());
        }
        for variant in oldest {
            if taken <= most {
                break;
            }
            library.files.remove(&variant.storage_key).await?;
            Entity::delete_by_id(variant.storage_key).exec(read).await?;
            taken -= variant.byte_size;
        }
    }
    Ok(())
}

/// How many are looked up at once to be dropped.
const DROPPED_AT_ONCE: u64 = 100;
