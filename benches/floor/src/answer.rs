//! The shapes of the answers, borrowed from the rows.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};
use tokio_postgres::Row;
use uuid::Uuid;

/// What stands around every answer.
#[derive(Serialize)]
pub struct Answer<T> {
    pub data: T,
}

/// A connection, of which only the nodes are asked for.
#[derive(Serialize)]
pub struct Nodes<T> {
    pub nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Author<'a> {
    pub display_name: &'a str,
    pub username: &'a str,
}

#[derive(Serialize)]
pub struct Tag<'a> {
    name: &'a str,
    slug: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads the name and the slug from position `first`.
    pub fn read(row: &'a Row, first: usize) -> Self {
        Self {
            name: row.get(first),
            slug: row.get(first + 1),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment<'a> {
    id: GlobalId,
    body_html: &'a str,
    created_at: Time,
    author_name: &'a str,
    author: Option<CommentAuthor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CommentAuthor<'a> {
    display_name: &'a str,
}

/// The columns of a [`Comment`] `c` by a user `u`.
#[macro_export]
macro_rules! comment_columns {
    () => {
        "c.id, c.body_html, c.created_at, c.author_name, u.display_name"
    };
}

impl<'a> Comment<'a> {
    /// Reads [`comment_columns`] from position `first`.
    pub fn read(row: &'a Row, first: usize) -> Self {
        Self {
            id: GlobalId::comment(row.get(first)),
            body_html: row.get(first + 1),
            created_at: Time(row.get(first + 2)),
            author_name: row.get(first + 3),
            author: row
                .get::<_, Option<&str>>(first + 4)
                .map(|display_name| CommentAuthor { display_name }),
        }
    }
}

/// An entry of a table of contents: read as it is stored, written as it is shown.
#[derive(Deserialize, Serialize)]
pub struct Heading<'a> {
    level: u8,
    #[serde(rename(deserialize = "id"), borrow)]
    anchor: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// Quoin's global id: a byte for the type and the 16 of the UUID, in base64url.
pub struct GlobalId([u8; 17]);

impl GlobalId {
    pub fn post(id: Uuid) -> Self {
        Self::new(3, id)
    }

    fn comment(id: Uuid) -> Self {
        Self::new(9, id)
    }

    fn new(node_type: u8, id: Uuid) -> Self {
        let mut bytes = [node_type; 17];
        bytes[1..].copy_from_slice(id.as_bytes());
        Self(bytes)
    }
}

impl Serialize for GlobalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 23];
        URL_SAFE_NO_PAD
            .encode_slice(self.0, &mut text)
            .map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?)
    }
}

/// RFC 3339, as Quoin writes it.
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}
