//! Reads an export row by row: one JSON document of any size, of which one row at a time is in memory.

use std::fmt;
use std::io;
use std::path::Path;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::input::{Cursor, Input, ROW_LIMIT, TooLarge};
use super::row::{Columns, Row, RowSeed};
use crate::import::place::Place;
use crate::import::record::{Position, SourceError};

/// One thing in an export.
pub(super) enum Entry {
    /// A row of a table whose columns were asked for.
    Row { table: String, row: Row, place: Place },
    /// The end of a table of which nothing was asked for, and how many rows it has.
    Unread { table: String, rows: u64, place: Place },
    /// The export of another site behind the first one.
    OtherSite { place: Place },
}

/// Reads a file from start to end. `wanted` says which columns of a table `each` gets to see; all others are skipped
/// without being kept anywhere.
pub(super) fn walk(
    path: &Path,
    wanted: fn(&str) -> Option<Columns>,
    each: &mut dyn FnMut(Entry) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let unreadable = |cause| SourceError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let cursor = Rc::new(Cursor::default());
    let input = Input::open(path, Rc::clone(&cursor)).map_err(unreadable)?;
    let mut walk = Walk {
        wanted,
        each,
        cursor: Rc::clone(&cursor),
        failure: None,
        has_posts: false,
    };
    let mut json = serde_json::Deserializer::from_reader(input);
    let read = Site(&mut walk).deserialize(&mut json).and_then(|()| json.end());
    if let Some(failure) = walk.failure {
        return Err(failure);
    }
    read.map_err(|error| explain(path, &cursor, error))?;
    if walk.has_posts {
        return Ok(());
    }
    let message = "this is no Ghost export: it has no table of posts (db, data, posts)";
    Err(malformed(position(path, Place::default()), message))
}

/// A place in the file.
pub(super) fn position(path: &Path, place: Place) -> Position {
    Position {
        file: path.display().to_string(),
        line: Some(place.line),
        column: Some(place.column),
    }
}

fn malformed(position: Position, message: impl Into<String>) -> SourceError {
    SourceError::Malformed {
        position,
        message: message.into(),
    }
}

/// Says what is wrong, without a word of what the file holds: that may be a secret.
fn explain(path: &Path, cursor: &Cursor, error: serde_json::Error) -> SourceError {
    let place = Place {
        line: error.line().max(1) as u64,
        column: error.column().max(1) as u64,
    };
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        Category::Io => {
            let cause = io::Error::from(error);
            if cause
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<TooLarge>())
                .is_some()
            {
                return malformed(position(path, cursor.place.get()), cause.to_string());
            }
            SourceError::Unreadable {
                path: path.to_owned(),
                cause,
            }
        }
        Category::Eof if cursor.next.get() == Place::default() => malformed(
            position(path, place),
            "the file is empty; a Ghost export (JSON) was expected",
        ),
        Category::Eof => malformed(position(path, place), "the JSON is cut off"),
        Category::Syntax => malformed(position(path, place), format!("the JSON is not well-formed: {text}")),
        Category::Data => {
            let expected = text.rsplit(", expected ").next().unwrap_or_default();
            malformed(
                position(path, place),
                format!("this is no Ghost export: {expected} was expected here"),
            )
        }
    }
}

struct Walk<'a> {
    wanted: fn(&str) -> Option<Columns>,
    each: &'a mut dyn FnMut(Entry) -> Result<(), SourceError>,
    cursor: Rc<Cursor>,
    /// Why the receiver had enough.
    failure: Option<SourceError>,
    has_posts: bool,
}

impl Walk<'_> {
    fn hand_over<E: serde::de::Error>(&mut self, entry: Entry) -> Result<(), E> {
        (self.each)(entry).map_err(|failure| {
            self.failure = Some(failure);
            E::custom("stopped")
        })
    }

    fn allow(&self, bytes: usize) {
        self.cursor.allowance.set(bytes);
    }

    /// Passes over a value of any size, which is never in memory.
    fn skip<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<(), A::Error> {
        self.allow(usize::MAX);
        map.next_value::<IgnoredAny>()?;
        self.allow(ROW_LIMIT);
        Ok(())
    }
}

/// `{"db": [site, …]}`, or a site itself: `{"meta": …, "data": {…}}`.
struct Site<'w, 'a>(&'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for Site<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Site<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with \"db\" or \"data\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "db" => map.next_value_seed(Sites(self.0))?,
                "data" => map.next_value_seed(Tables(self.0))?,
                _ => self.0.skip(&mut map)?,
            }
        }
        Ok(())
    }
}

/// The list of sites, which holds one.
struct Sites<'w, 'a>(&'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for Sites<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sites<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list with one site")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sites: A) -> Result<(), A::Error> {
        if sites.next_element_seed(Site(&mut *self.0))?.is_none() {
            return Err(A::Error::custom("nothing, expected a site"));
        }
        loop {
            self.0.allow(usize::MAX);
            if sites.next_element::<IgnoredAny>()?.is_none() {
                self.0.allow(ROW_LIMIT);
                return Ok(());
            }
            let place = self.0.cursor.place.get();
            self.0.hand_over(Entry::OtherSite { place })?;
        }
    }
}

/// The tables by name.
struct Tables<'w, 'a>(&'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for Tables<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tables<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with the tables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.has_posts |= name == "posts";
            map.next_value_seed(Table {
                walk: &mut *self.0,
                name,
            })?;
        }
        Ok(())
    }
}

struct Table<'w, 'a> {
    walk: &'w mut Walk<'a>,
    name: String,
}

impl<'de> DeserializeSeed<'de> for Table<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Table<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let Self { walk, name } = self;
        let Some(columns) = (walk.wanted)(&name) else {
            let place = walk.cursor.place.get();
            let mut count = 0;
            walk.allow(usize::MAX);
            while rows.next_element::<IgnoredAny>()?.is_some() {
                count += 1;
            }
            walk.allow(ROW_LIMIT);
            return walk.hand_over(Entry::Unread {
                table: name,
                rows: count,
                place,
            });
        };
        loop {
            walk.allow(ROW_LIMIT);
            let seed = Placed {
                cursor: Rc::clone(&walk.cursor),
                row: RowSeed(columns),
            };
            let Some((row, place)) = rows.next_element_seed(seed)? else {
                return Ok(());
            };
            walk.hand_over(Entry::Row {
                table: name.clone(),
                row,
                place,
            })?;
        }
    }
}

/// A row, and where it begins.
struct Placed {
    cursor: Rc<Cursor>,
    row: RowSeed,
}

impl<'de> DeserializeSeed<'de> for Placed {
    type Value = (Row, Place);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let place = self.cursor.place.get();
        Ok((self.row.deserialize(deserializer)?, place))
    }
}
