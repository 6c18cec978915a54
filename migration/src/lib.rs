//! The steps that build the database, in order. A step that has been released is never edited: a new one follows it.

mod layout;
mod m20261122_000001_ground;
mod m20261122_000002_accounts;
mod m20261122_000003_desk;
mod m20261122_000004_jobs;
mod m20261122_000005_media;
mod m20261122_000006_organisation;
mod m20261123_000007_changes;
mod m20261123_000008_cdn_purge;
mod m20261123_000009_trusted_documents;
mod m20261129_000010_processes;
mod m20261129_000011_upload_quotas;
mod m20261129_000012_category_counts;
mod m20261129_000016_compatibility;
mod m20261130_000017_superseded_revisions;
mod m20261130_000018_listings;
mod m20261130_000019_desk_lists;
mod m20261130_000020_title_trigrams;
mod m20261130_000021_ended_access;
mod m20261130_000022_folded_names;
pub mod portable;

use sea_orm_migration::prelude::*;

pub use layout::{applied, columns};
pub use sea_orm_migration::{IntoSchemaManagerConnection, MigratorTrait, SchemaManager};

/// Runs the steps; the table `seaql_migrations` remembers which are done.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_ground::Migration),
            Box::new(m20261122_000002_accounts::Migration),
            Box::new(m20261122_000003_desk::Migration),
            Box::new(m20261122_000004_jobs::Migration),
            Box::new(m20261122_000006_organisation::Migration),
            Box::new(m20261122_000005_media::Migration),
            Box::new(m20261123_000007_changes::Migration),
            Box::new(m20261123_000008_cdn_purge::Migration),
            Box::new(m20261123_000009_trusted_documents::Migration),
            Box::new(m20261129_000010_processes::Migration),
            Box::new(m20261129_000011_upload_quotas::Migration),
            Box::new(m20261129_000012_category_counts::Migration),
            Box::new(m20261129_000016_compatibility::Migration),
            Box::new(m20261130_000017_superseded_revisions::Migration),
            Box::new(m20261130_000018_listings::Migration),
            Box::new(m20261130_000019_desk_lists::Migration),
            Box::new(m20261130_000020_title_trigrams::Migration),
            Box::new(m20261130_000021_ended_access::Migration),
            Box::new(m20261130_000022_folded_names::Migration),
        ]
    }
}
