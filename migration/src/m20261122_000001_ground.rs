//! The first tables: publications, people, posts and all that hangs on them.

use sea_orm_migration::prelude::*;

use crate::portable::{
    choice, flag, id, index, json, key, name, number, optional_id, optional_name, optional_number, optional_size,
    optional_text, optional_time, reference, table, text, time, unique,
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*name).take()).await?;
        }
        Ok(())
    }
}

/// In an order in which each refers only to those before it and to itself.
const TABLES: [&str; 15] = [
    "publication",
    "user",
    "membership",
    "media",
    "series",
    "post",
    "post_author",
    "revision",
    "tag",
    "post_tag",
    "category",
    "post_category",
    "comment",
    "redirect",
    "import_record",
];

/// The tables. A row goes with what it belongs to (Cascade); it stays, without the link, when it only points there
/// (Set Null); a user with bylines stays until those are given away (Restrict).
#[allow(clippy::too_many_lines)] // A list, read from top to bottom.
fn tables() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, Restrict, SetNull};
    vec![
        table(
            "publication",
            vec![
                id("id"),
                name("slug"),
                name("title"),
                text("tagline"),
                name("language"),
                optional_text("site_url"),
                time("created_at"),
                time("updated_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .take(),
        table(
            "user",
            vec![
                id("id"),
                name("username"),
                name("display_name"),
                optional_name("email"),
                text("bio"),
                optional_text("website_url"),
                optional_time("claimed_at"),
                time("created_at"),
                time("updated_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .take(),
        table(
            "membership",
            vec![id("publication_id"), id("user_id"), choice("role"), time("created_at")],
        )
        .primary_key(&mut key(&["publication_id", "user_id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .foreign_key(&mut reference("user_id", "user", Cascade))
        .take(),
        table(
            "media",
            vec![
                id("id"),
                id("publication_id"),
                optional_id("uploader_id"),
                name("file_name"),
                name("mime_type"),
                optional_size("byte_size"),
                optional_number("width"),
                optional_number("height"),
                text("alt_text"),
                text("caption"),
                optional_text("original_url"),
                optional_name("storage_key"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .foreign_key(&mut reference("uploader_id", "user", SetNull))
        .take(),
        table(
            "series",
            vec![
                id("id"),
                id("publication_id"),
                name("slug"),
                name("title"),
                text("description"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .take(),
        table(
            "post",
            vec![
                id("id"),
                id("publication_id"),
                choice("kind"),
                choice("status"),
                choice("visibility"),
                name("slug"),
                text("title"),
                optional_text("excerpt"),
                text("lead"),
                choice("source_format"),
                text("body_source"),
                text("body_html"),
                text("body_text"),
                json("table_of_contents"),
                number("word_count"),
                number("reading_minutes"),
                flag("is_featured"),
                optional_id("featured_media_id"),
                optional_id("series_id"),
                number("series_position"),
                optional_id("parent_id"),
                number("position"),
                optional_text("canonical_url"),
                json("custom_fields"),
                number("comment_count"),
                optional_time("published_at"),
                number("version"),
                time("created_at"),
                time("updated_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .foreign_key(&mut reference("featured_media_id", "media", SetNull))
        .foreign_key(&mut reference("series_id", "series", SetNull))
        .foreign_key(&mut reference("parent_id", "post", SetNull))
        .take(),
        table("post_author", vec![id("post_id"), id("user_id"), number("position")])
            .primary_key(&mut key(&["post_id", "user_id"]))
            .foreign_key(&mut reference("post_id", "post", Cascade))
            .foreign_key(&mut reference("user_id", "user", Restrict))
            .take(),
        table(
            "revision",
            vec![
                id("id"),
                id("post_id"),
                optional_id("editor_id"),
                number("version"),
                text("title"),
                choice("source_format"),
                text("body_source"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("post_id", "post", Cascade))
        .foreign_key(&mut reference("editor_id", "user", SetNull))
        .take(),
        table(
            "tag",
            vec![
                id("id"),
                id("publication_id"),
                name("slug"),
                name("name"),
                text("description"),
                number("post_count"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .take(),
        table("post_tag", vec![id("post_id"), id("tag_id"), number("position")])
            .primary_key(&mut key(&["post_id", "tag_id"]))
            .foreign_key(&mut reference("post_id", "post", Cascade))
            .foreign_key(&mut reference("tag_id", "tag", Cascade))
            .take(),
        table(
            "category",
            vec![
                id("id"),
                id("publication_id"),
                optional_id("parent_id"),
                name("slug"),
                name("name"),
                text("description"),
                number("position"),
                number("post_count"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .foreign_key(&mut reference("parent_id", "category", SetNull))
        .take(),
        table(
            "post_category",
            vec![id("post_id"), id("category_id"), number("position")],
        )
        .primary_key(&mut key(&["post_id", "category_id"]))
        .foreign_key(&mut reference("post_id", "post", Cascade))
        .foreign_key(&mut reference("category_id", "category", Cascade))
        .take(),
        table(
            "comment",
            vec![
                id("id"),
                id("post_id"),
                optional_id("parent_id"),
                optional_id("author_id"),
                text("author_name"),
                optional_text("author_email"),
                optional_text("author_url"),
                choice("kind"),
                choice("status"),
                text("body_source"),
                text("body_html"),
                number("depth"),
                number("reply_count"),
                time("created_at"),
                time("updated_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("post_id", "post", Cascade))
        .foreign_key(&mut reference("parent_id", "comment", Cascade))
        .foreign_key(&mut reference("author_id", "user", SetNull))
        .take(),
        table(
            "redirect",
            vec![
                id("id"),
                id("publication_id"),
                text("path"),
                optional_id("post_id"),
                optional_id("tag_id"),
                optional_text("target_url"),
                time("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .foreign_key(&mut reference("post_id", "post", Cascade))
        .foreign_key(&mut reference("tag_id", "tag", Cascade))
        .take(),
        table(
            "import_record",
            vec![
                id("publication_id"),
                name("source"),
                name("kind"),
                name("external_id"),
                id("target_id"),
                name("digest"),
                time("imported_at"),
            ],
        )
        .primary_key(&mut key(&["publication_id", "source", "kind", "external_id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .take(),
    ]
}

/// The indexes: one for each order in which the API lists, one for each foreign key that is followed backwards.
fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        unique("publication", &["slug"]),
        unique("user", &["username"]),
        unique("user", &["email"]),
        unique("series", &["publication_id", "slug"]),
        unique("tag", &["publication_id", "slug"]),
        unique("category", &["publication_id", "slug"]),
        unique("post", &["publication_id", "kind", "slug"]),
        unique("redirect", &["publication_id", "path"]),
        // Lists of posts: of one publication, and of all; newest, last changed, by title.
        index(
            "post",
            &["publication_id", "kind", "status", "visibility", "published_at", "id"],
        ),
        index(
            "post",
            &["publication_id", "kind", "status", "visibility", "updated_at", "id"],
        ),
        index(
            "post",
            &["publication_id", "kind", "status", "visibility", "title", "id"],
        ),
        index("post", &["kind", "status", "visibility", "published_at", "id"]),
        index("post", &["kind", "status", "visibility", "updated_at", "id"]),
        index("post", &["kind", "status", "visibility", "title", "id"]),
        // Relations, from the other side.
        index("post", &["series_id", "series_position", "id"]),
        index("post", &["parent_id", "position", "id"]),
        index("post", &["featured_media_id"]),
        index("post_author", &["user_id", "post_id"]),
        index("post_tag", &["tag_id", "post_id"]),
        index("post_category", &["category_id", "post_id"]),
        index("membership", &["user_id"]),
        index("media", &["publication_id", "created_at", "id"]),
        index("media", &["uploader_id"]),
        index("revision", &["post_id", "version"]),
        index("revision", &["editor_id"]),
        index("tag", &["publication_id", "name", "id"]),
        index("tag", &["publication_id", "post_count", "id"]),
        index("category", &["parent_id", "position", "id"]),
        index("comment", &["post_id", "status", "created_at", "id"]),
        index("comment", &["parent_id", "status", "created_at", "id"]),
        index("comment", &["author_id"]),
        index("redirect", &["post_id"]),
        index("redirect", &["tag_id"]),
    ]
}
