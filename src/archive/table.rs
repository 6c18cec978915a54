//! Which tables an archive holds, and what is left out of it.

use entity::{category, comment, post};
use sea_orm::sea_query::Value;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn};

use super::cell::Kind;

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be empty.
    pub is_optional: bool,
}

/// A table that an archive holds, with all its columns.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Which of them are the primary key.
    pub keys: Vec<usize>,
    /// Which of them refer to rows of the same table.
    pub own: Vec<usize>,
    /// The column whose value is none that it can hold, of those that have a few words to choose from.
    pub misfit: fn(&[Value]) -> Option<usize>,
}

impl Table {
    fn of<E: EntityTrait>(own: &[E::Column]) -> Self {
        let names: Vec<&str> = columns::<E>().map(|column| column.as_str()).collect();
        let place = |column: &E::Column| names.iter().position(|name| *name == column.as_str());
        Self {
            name: E::default().table_name(),
            columns: columns::<E>()
                .map(|column| Column {
                    name: column.as_str(),
                    // A type that is not known cannot be read as a text either, and is refused then.
                    kind: Kind::of(column.def().get_column_type()).unwrap_or(Kind::Text),
                    is_optional: column.def().is_null(),
                })
                .collect(),
            keys: E::PrimaryKey::iter()
                .filter_map(|key| place(&key.into_column()))
                .collect(),
            own: own.iter().filter_map(place).collect(),
            misfit: misfit::<E>,
        }
    }
}

/// The columns of a table that an archive holds.
fn columns<E: EntityTrait>() -> impl Iterator<Item = E::Column> {
    let table = E::default().table_name();
    E::Column::iter().filter(move |column| !DERIVED.contains(&(table, column.as_str())))
}

fn misfit<E: EntityTrait>(values: &[Value]) -> Option<usize> {
    let mut row = <E::ActiveModel as ActiveModelTrait>::default();
    let mut cells = columns::<E>().zip(values);
    cells.position(|(column, value)| row.try_set(column, value.clone()).is_err())
}

/// The tables of an archive, in an order in which each refers only to those before it and to itself.
pub fn tables() -> Vec<Table> {
    macro_rules! tables {
        ($($table:ident $([$($own:expr),*])?,)*) => {
            vec![$(Table::of::<entity::$table::Entity>(&[$($($own),*)?]),)*]
        };
    }
    tables! {
        publication,
        user,
        password,
        identity,
        oauth_client,
        consent,
        membership,
        media,
        series,
        category[category::Column::ParentId],
        tag,
        post[post::Column::DraftOf, post::Column::ParentId],
        post_author,
        post_category,
        post_tag,
        revision,
        comment[comment::Column::ParentId],
        media_use,
        redirect,
        navigation_item,
        import_record,
        audit_event,
    }
}

/// The columns that no archive holds, since they are derived from others.
pub const DERIVED: [(&str, &str); 1] = [("post", "draft_status")];

/// The tables that no archive holds, and why.
pub const LEFT_OUT: [(&str, &str); 22] = [
    (
        "api_key",
        "whoever holds a key would be let in by both installations; make new ones",
    ),
    ("authorization_code", "lasts a minute"),
    ("invitation", "its link leads to the old installation; invite again"),
    (
        "cdn_purge",
        "says how far a CDN was told of the changes of one database",
    ),
    ("change", "what was kept before the move is not"),
    ("change_clock", "counts the changes of one database"),
    (
        "job",
        "letters are sealed with auth.secret; jobs of scheduled posts are made anew",
    ),
    ("listing", "derived from posts and what they hang on"),
    ("listing_count", "counts the rows of listing"),
    ("media_upload", "uploads under way end with the old installation"),
    ("media_variant", "made anew on demand"),
    ("one_time_link", "leads to the old installation"),
    ("preview_token", "signed with keys that stay behind"),
    ("process", "processes at work on the old database"),
    ("refresh_token", "belongs to a session"),
    ("replica", "processes of the old installation"),
    ("revocation", "about tokens that the new installation does not take"),
    ("schema_compatibility", "says which versions can work on one database"),
    ("session", "everybody signs in anew"),
    ("sign_in_attempt", "lasts minutes"),
    (
        "signing_key",
        "sealed with auth.secret; a new installation makes its own",
    ),
    (
        "trusted_document",
        "what may be asked is for the new installation to say; register them there",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_of_a_kind_that_can_be_written_down() {
        for (table, column) in tables()
            .iter()
            .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        {
            let is_json = [
                "table_of_contents",
                "outbound_links",
                "custom_fields",
                "custom_field_schema",
                "redirect_uris",
                "detail",
            ];
            assert_eq!(
                column.kind == Kind::Json,
                is_json.contains(&column.name),
                "{}.{}",
                table.name,
                column.name
            );
            assert!(!table.keys.is_empty(), "{}", table.name);
        }
    }

    #[test]
    fn a_word_that_is_none_of_the_few_does_not_fit() {
        let tables = tables();
        let table = tables.iter().find(|table| table.name == "membership").expect("a table");
        let id = || Value::Uuid(Some(uuid::Uuid::nil()));
        let row = |role: &str| {
            let now = Value::ChronoDateTimeUtc(Some(entity::now()));
            [id(), id(), Value::String(Some(role.to_owned())), now]
        };
        assert_eq!((table.misfit)(&row("OWNER")), None);
        assert_eq!((table.misfit)(&row("KING")), Some(2));
    }
}
