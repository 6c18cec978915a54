//! A place that sites are brought into, and sites to bring in.

use std::future::pending;
use std::path::PathBuf;

use async_graphql::Request;
use quoin::domain::Viewer;
use quoin::graphql::Api;
use quoin::import::record::{Record, Source, SourceError, Stopped, Survey};
use quoin::import::report::Report;
use quoin::import::wordpress::Wordpress;
use quoin::import::{self, ImportError, Options, Progress};
use quoin::store::Pool;
use quoin::store::files::FileStore;
use sea_orm::EntityTrait;
use serde_json::Value;
use tempfile::TempDir;

use super::TestDb;
use super::accounts::accounts;
use super::answer::data;
use super::files::library;

/// The site with every trap.
pub const FIXTURE: &str = include_str!("../../fixtures/wordpress/site.xml");

/// An installation to import into.
pub struct Site {
    pub database: TestDb,
    folder: TempDir,
}

impl Site {
    /// With nothing in it.
    pub async fn new() -> Self {
        Self {
            database: TestDb::new().await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Reads from the database.
    pub fn read(&self) -> &Pool {
        self.database.store().read()
    }

    /// The media store, which need not exist yet.
    pub fn files(&self) -> FileStore {
        FileStore::new(self.media_folder())
    }

    /// Where the media store is.
    pub fn media_folder(&self) -> PathBuf {
        self.folder.path().join("media")
    }

    /// Imports a WordPress export as it would be by default.
    pub async fn import(&self, export: &str) -> Report {
        self.import_with(export, &Options::default()).await.unwrap()
    }

    /// Imports a WordPress export.
    pub async fn import_with(&self, export: &str, options: &Options) -> Result<Report, ImportError> {
        let path = self.folder.path().join("export.xml");
        std::fs::write(&path, export).unwrap();
        self.import_source(Wordpress::open(&path).unwrap(), options).await
    }

    /// Imports anything.
    pub async fn import_source(&self, source: impl Source + 'static, options: &Options) -> Result<Report, ImportError> {
        let store = self.database.store().clone();
        Box::pin(import::run(
            store,
            self.files(),
            Box::new(source),
            options,
            &mut Silent,
            pending(),
        ))
        .await
    }

    /// The API of the site.
    pub async fn api(&self) -> Api {
        let store = self.database.store();
        let library = library(store, &self.media_folder());
        Api::new(store.clone(), accounts(store, self.database.outbox()).await, library)
    }

    /// What the API answers an anonymous reader.
    pub async fn query(&self, query: impl Into<Request>) -> Value {
        let response = self.api().await.execute(query.into(), Viewer::Anonymous).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        data(response)
    }

    /// Every row of every table, by table.
    pub async fn rows(&self) -> Vec<(&'static str, Vec<String>)> {
        macro_rules! rows {
            ($($table:ident)*) => {
                vec![$((stringify!($table), {
                    let rows = entity::$table::Entity::find().all(self.read()).await.unwrap();
                    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
                    rows.sort();
                    rows
                }),)*]
            };
        }
        rows!(
            publication membership user post post_author revision tag post_tag category post_category series media
            media_use comment redirect import_record
        )
    }
}

/// Progress that nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn surveyed(&mut self, _: u64) {}
    fn advanced(&mut self) {}
}

/// A source of ready-made records; `broken_after` so many it fails.
pub struct Records {
    pub records: Vec<Record>,
    pub broken_after: Option<usize>,
}

impl Records {
    /// These, to the end.
    pub fn of(records: Vec<Record>) -> Self {
        Self {
            records,
            broken_after: None,
        }
    }
}

impl Source for Records {
    fn survey(&mut self) -> Result<Survey, SourceError> {
        Ok(Survey {
            source: "test:records".into(),
            title: Some("Records".into()),
            ..Survey::default()
        })
    }

    fn read(&mut self, emit: &mut dyn FnMut(Record) -> Result<(), Stopped>) -> Result<(), SourceError> {
        for (index, record) in self.records.iter().enumerate() {
            if self.broken_after == Some(index) {
                return Err(SourceError::Stopped);
            }
            emit(record.clone())?;
        }
        Ok(())
    }
}

/// An export of `https://gulls.example`, titled Gulls, around these elements of its channel.
pub fn export(elements: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Gulls</title><wp:wxr_version>1.2</wp:wxr_version><wp:base_blog_url>https://gulls.example</wp:base_blog_url>
{elements}
</channel></rss>"#
    )
}

/// A published item whose slug is its title's; `more` are further elements, of which the last of a name counts.
pub fn item(kind: &str, id: u32, title: &str, more: &str) -> String {
    format!(
        "<item><title>{title}</title><wp:post_id>{id}</wp:post_id><wp:post_type>{kind}</wp:post_type>\
         <wp:status>publish</wp:status><wp:post_date_gmt>2020-01-01 00:00:00</wp:post_date_gmt>{more}</item>\n"
    )
}

/// A published article.
pub fn article(id: u32, title: &str, more: &str) -> String {
    item("post", id, title, more)
}

/// A tag of an item.
pub fn tagged(slug: &str) -> String {
    format!(r#"<category domain="post_tag" nicename="{slug}">{slug}</category>"#)
}

/// An approved comment of an item.
pub fn comment(id: u32, parent: u32) -> String {
    format!(
        "<wp:comment><wp:comment_id>{id}</wp:comment_id><wp:comment_author>Reader</wp:comment_author>\
         <wp:comment_date_gmt>2020-01-02 00:00:00</wp:comment_date_gmt><wp:comment_content>Words {id}</wp:comment_content>\
         <wp:comment_approved>1</wp:comment_approved><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"
    )
}
