//! AVIF files, as far as it takes to blank out what is not the picture (ISO/IEC 14496-12 §8.11, ISO/IEC 23008-12 annex A).
//! Nothing moves, since the file is full of places by number; how the picture is turned is not among what goes.

use std::ops::Range;

use super::clean::Broken;

/// The file with zeros in place of EXIF and XMP, and of whatever lies beside the picture.
pub fn strip(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut out = bytes.to_vec();
    for part in boxes(bytes, 0..bytes.len())? {
        match &part.kind {
            b"ftyp" | b"mdat" | b"moov" => {}
            b"meta" => {
                for range in told(bytes, &part.content)? {
                    out.get_mut(range).ok_or(Broken)?.fill(0);
                }
            }
            _ => out[part.content].fill(0),
        }
    }
    Ok(out)
}

/// A box, and where its content lies in the file.
struct Part {
    kind: [u8; 4],
    content: Range<usize>,
}

fn boxes(bytes: &[u8], mut within: Range<usize>) -> Result<Vec<Part>, Broken> {
    let mut parts = Vec::new();
    while !within.is_empty() {
        let mut reader = Reader::new(bytes, within.clone());
        let short = reader.number(4)?;
        let kind = *reader.take(4)?.first_chunk().ok_or(Broken)?;
        let size = match short {
            0 => within.len(),
            1 => reader.number(8)?,
            size => size,
        };
        let end = within
            .start
            .checked_add(size)
            .filter(|end| *end <= within.end)
            .ok_or(Broken)?;
        if end < reader.at {
            return Err(Broken);
        }
        parts.push(Part {
            kind,
            content: reader.at..end,
        });
        within.start = end;
    }
    Ok(parts)
}

/// Where the items lie that tell about the picture, by the box `meta`.
fn told(bytes: &[u8], meta: &Range<usize>) -> Result<Vec<Range<usize>>, Broken> {
    let inner = meta
        .start
        .checked_add(4)
        .filter(|start| *start <= meta.end)
        .ok_or(Broken)?;
    let parts = boxes(bytes, inner..meta.end)?;
    let find = |kind: &[u8; 4]| {
        parts
            .iter()
            .find(|part| part.kind == *kind)
            .map(|part| part.content.clone())
    };
    let (Some(infos), Some(places)) = (find(b"iinf"), find(b"iloc")) else {
        return Ok(Vec::new());
    };
    let items = told_items(bytes, infos)?;
    let mut told = Vec::new();
    for place in item_places(bytes, places)? {
        if !items.contains(&place.item) {
            continue;
        }
        let base = match place.method {
            0 => 0,
            1 => find(b"idat").ok_or(Broken)?.start,
            _ => return Err(Broken),
        };
        for extent in place.extents {
            let start = base.checked_add(extent.start).ok_or(Broken)?;
            let end = base.checked_add(extent.end).ok_or(Broken)?;
            told.push(start..end);
        }
    }
    Ok(told)
}

/// The items that are EXIF, or XMP, which is of the type `mime`.
fn told_items(bytes: &[u8], infos: Range<usize>) -> Result<Vec<usize>, Broken> {
    let mut reader = Reader::new(bytes, infos.clone());
    let version = reader.number(4)? >> 24;
    reader.number(if version == 0 { 2 } else { 4 })?;
    let mut items = Vec::new();
    for info in boxes(bytes, reader.at..infos.end)? {
        let mut reader = Reader::new(bytes, info.content);
        let wide = match reader.number(4)? >> 24 {
            2 => 2,
            3 => 4,
            _ => return Err(Broken),
        };
        let item = reader.number(wide)?;
        reader.number(2)?;
        if matches!(reader.take(4)?, b"Exif" | b"mime") {
            items.push(item);
        }
    }
    Ok(items)
}

/// Where one item lies.
struct Place {
    item: usize,
    method: usize,
    extents: Vec<Range<usize>>,
}

fn item_places(bytes: &[u8], within: Range<usize>) -> Result<Vec<Place>, Broken> {
    let mut reader = Reader::new(bytes, within);
    let version = reader.number(4)? >> 24;
    let (sizes, more) = (reader.number(1)?, reader.number(1)?);
    let (offset_size, length_size, base_size) = (sizes >> 4, sizes & 15, more >> 4);
    let index_size = if version == 0 { 0 } else { more & 15 };
    let wide = if version < 2 { 2 } else { 4 };
    let count = reader.number(wide)?;
    let mut places = Vec::new();
    for _ in 0..count {
        let item = reader.number(wide)?;
        let method = if version == 0 { 0 } else { reader.number(2)? & 15 };
        reader.number(2)?;
        let base = reader.number(base_size)?;
        let mut extents = Vec::new();
        for _ in 0..reader.number(2)? {
            reader.number(index_size)?;
            let start = base.checked_add(reader.number(offset_size)?).ok_or(Broken)?;
            let end = start.checked_add(reader.number(length_size)?).ok_or(Broken)?;
            extents.push(start..end);
        }
        places.push(Place { item, method, extents });
    }
    Ok(places)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], within: Range<usize>) -> Self {
        Self {
            bytes: bytes.get(..within.end).unwrap_or_default(),
            at: within.start,
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let end = self.at.checked_add(count).ok_or(Broken)?;
        let taken = self.bytes.get(self.at..end).ok_or(Broken)?;
        self.at = end;
        Ok(taken)
    }

    /// A number of so many bytes, at most 8; of none it is 0.
    fn number(&mut self, size: usize) -> Result<usize, Broken> {
        let bytes = self.take(size)?;
        let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        usize::try_from(number).map_err(|_| Broken)
    }
}
