//! Tables, and column types by meaning. This file alone knows what the databases make of them; a database with other needs
//! (MariaDB cannot index unbounded text, for one) is taught here.

use sea_orm_migration::prelude::*;

/// A UUID: `uuid` on PostgreSQL, a BLOB of 16 bytes on SQLite.
pub fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A UUID that may be missing.
pub fn optional_id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().take()
}

/// A UUID that may be missing, added to a table that is there already: what it refers to, and what happens here when that
/// row goes. SQLite takes such a foreign key only as a part of the column.
pub fn linked_id(name: &'static str, table: &str, on_delete: &str) -> ColumnDef {
    let reference = format!("REFERENCES \"{table}\" (\"id\") ON DELETE {on_delete}");
    ColumnDef::new(name).uuid().extra(reference).take()
}

/// A text that is looked up by, at most 255 characters by the rules of the domain.
pub fn name(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string().not_null().take()
}

/// A text that is looked up by and may be missing.
pub fn optional_name(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string().take()
}

/// A text of any length.
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A text of any length that may be missing.
pub fn optional_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().take()
}

/// A stored enum, as its name in capitals.
pub fn choice(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A counter or position, 32 bits.
pub fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// A number of 32 bits that may be missing.
pub fn optional_number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().take()
}

/// A number of 64 bits.
pub fn long(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A size in bytes, 64 bits.
pub fn size(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A size in bytes, 64 bits, that may be missing.
pub fn optional_size(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

/// True or false.
pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// A point in time, UTC, microseconds; RFC 3339 text on SQLite.
pub fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

/// A point in time that may be missing.
pub fn optional_time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().take()
}

/// JSON: `jsonb` on PostgreSQL, text on SQLite.
pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().not_null().take()
}

/// JSON that may be missing.
pub fn optional_json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().take()
}

/// A table of these columns.
pub fn table(name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}

/// The primary key.
pub fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key.primary().take()
}

/// A foreign key to another table's `id`, and what happens here when that row goes.
pub fn reference(column: &'static str, table: &'static str, on_delete: ForeignKeyAction) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from_col(column).to(table, "id").on_delete(on_delete);
    key
}

/// An id that may be missing, for a table that exists: it refers to a row of the same table, and this row goes with that
/// one.
pub fn own_reference(name: &'static str, table: &'static str) -> ColumnDef {
    optional_id(name)
        .extra(format!("REFERENCES \"{table}\" (\"id\") ON DELETE CASCADE"))
        .take()
}

/// An index; named after its table and columns.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// An index whose entries are unique.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).unique().take()
}

/// Records that programs must know the migration `name` to work on the database from now on. For a step that drops or changes
/// what earlier programs use: `name` is the newest step of the first release that works without. Its `down` records the name
/// from before. Steps that only add need nothing.
///
/// # Errors
/// When the database fails.
pub async fn require(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    let update = Query::update()
        .table("schema_compatibility")
        .value("required", name)
        .take();
    manager.execute(update).await
}
