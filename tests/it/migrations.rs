//! The migrations build just what the entities say, up, down and up again.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use migration::{Migrator, MigratorTrait};
use quoin::app;
use quoin::store::Store;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Statement};

use crate::support::TestDb;

/// Column -> whether it may be null.
type Columns = BTreeMap<String, bool>;

fn expected<E: EntityTrait>() -> (String, Columns) {
    let columns = E::Column::iter().map(|column| (column.as_str().to_owned(), column.def().is_null()));
    (E::default().table_name().to_owned(), columns.collect())
}

fn entities() -> BTreeMap<String, Columns> {
    [
        expected::<entity::category::Entity>(),
        expected::<entity::cdn_purge::Entity>(),
        expected::<entity::change::Entity>(),
        expected::<entity::change_clock::Entity>(),
        expected::<entity::comment::Entity>(),
        expected::<entity::import_record::Entity>(),
        expected::<entity::listing::Entity>(),
        expected::<entity::listing_count::Entity>(),
        expected::<entity::media::Entity>(),
        expected::<entity::media_upload::Entity>(),
        expected::<entity::media_use::Entity>(),
        expected::<entity::media_variant::Entity>(),
        expected::<entity::membership::Entity>(),
        expected::<entity::navigation_item::Entity>(),
        expected::<entity::post::Entity>(),
        expected::<entity::post_author::Entity>(),
        expected::<entity::post_category::Entity>(),
        expected::<entity::post_tag::Entity>(),
        expected::<entity::preview_token::Entity>(),
        expected::<entity::process::Entity>(),
        expected::<entity::publication::Entity>(),
        expected::<entity::redirect::Entity>(),
        expected::<entity::revision::Entity>(),
        expected::<entity::schema_compatibility::Entity>(),
        expected::<entity::series::Entity>(),
        expected::<entity::tag::Entity>(),
        expected::<entity::password::Entity>(),
        expected::<entity::identity::Entity>(),
        expected::<entity::session::Entity>(),
        expected::<entity::refresh_token::Entity>(),
        expected::<entity::replica::Entity>(),
        expected::<entity::authorization_code::Entity>(),
        expected::<entity::sign_in_attempt::Entity>(),
        expected::<entity::one_time_link::Entity>(),
        expected::<entity::oauth_client::Entity>(),
        expected::<entity::consent::Entity>(),
        expected::<entity::api_key::Entity>(),
        expected::<entity::invitation::Entity>(),
        expected::<entity::signing_key::Entity>(),
        expected::<entity::revocation::Entity>(),
        expected::<entity::audit_event::Entity>(),
        expected::<entity::job::Entity>(),
        expected::<entity::trusted_document::Entity>(),
        expected::<entity::user::Entity>(),
    ]
    .into()
}

/// The tables that are there, the migrations' own apart.
async fn tables(database: &TestDb) -> BTreeMap<String, Columns> {
    let connection = database.store().read();
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT table_name AS t, column_name AS c, is_nullable = 'YES' AS n FROM information_schema.columns \
             WHERE table_schema = 'public'"
        }
        _ => {
            "SELECT m.name AS t, p.name AS c, p.\"notnull\" = 0 AS n FROM sqlite_master m, pragma_table_info(m.name) p \
             WHERE m.type = 'table'"
        }
    };
    let rows = connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    for row in rows {
        let table: String = row.try_get("", "t").unwrap();
        let column: String = row.try_get("", "c").unwrap();
        tables
            .entry(table)
            .or_default()
            .insert(column, row.try_get("", "n").unwrap());
    }
    tables.retain(|table, _| table != "seaql_migrations" && !table.starts_with("sqlite_"));
    tables
}

#[tokio::test]
async fn migrated_tables_match_the_entities_up_down_and_up() {
    let database = TestDb::empty().await;
    let connection = &database.store().read().connections();
    Migrator::up(connection, None).await.unwrap();
    assert_eq!(tables(&database).await, entities());
    Migrator::down(connection, None).await.unwrap();
    assert_eq!(tables(&database).await, BTreeMap::new());
    Migrator::up(connection, None).await.unwrap();
    assert_eq!(tables(&database).await, entities());
}

#[tokio::test]
async fn every_row_reads_back_as_the_entity() {
    let site = crate::support::Gazette::new().await;
    let tag = site.tag("lead").await;
    let post = site.post("a", 1, |post| post.tags = vec![tag]).await;
    site.comment(post, 2, |_| {}).await;
    let read = site.store().read();
    let found = entity::post::Entity::find_by_id(post).one(read).await.unwrap().unwrap();
    assert_eq!(
        found.published_at,
        Some(crate::support::minute(1)),
        "to the microsecond"
    );
    assert_eq!(found.slug, "a");
    assert!(
        entity::publication::Entity::find_by_id(site.publication)
            .one(read)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        entity::user::Entity::find_by_id(site.ann)
            .one(read)
            .await
            .unwrap()
            .is_some()
    );
    assert!(entity::tag::Entity::find_by_id(tag).one(read).await.unwrap().is_some());
    assert_eq!(entity::membership::Entity::find().all(read).await.unwrap().len(), 1);
    assert_eq!(entity::revision::Entity::find().all(read).await.unwrap().len(), 1);
    assert_eq!(entity::comment::Entity::find().all(read).await.unwrap().len(), 1);
}

#[tokio::test]
async fn names_from_before_a_migration_are_compared_without_case_after_it() {
    let site = crate::support::Gazette::new().await;
    let tag = site.tag("Über").await;
    let connection = &site.store().read().connections();
    let step = Migrator::migrations()
        .iter()
        .rev()
        .position(|step| step.name() == "m20261130_000022_folded_names");
    let steps = step.unwrap() as u32 + 1;
    Migrator::down(connection, Some(steps)).await.unwrap();
    Migrator::up(connection, None).await.unwrap();
    let tag = entity::tag::Entity::find_by_id(tag)
        .one(connection)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((tag.name.as_str(), tag.folded_name.as_str()), ("ÜBER", "über"));
}

#[tokio::test]
async fn processes_that_start_at_once_migrate_once() {
    let database = TestDb::empty().await;
    let mut stores = Vec::new();
    for _ in 0..4 {
        stores.push(Store::open(database.url(), 1).await.unwrap());
    }
    for migrated in join_all(stores.iter().map(app::migrate)).await {
        migrated.unwrap();
    }
    assert_eq!(tables(&database).await, entities());
}
