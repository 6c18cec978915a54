//! What cannot be imported is refused in one line, and nothing is left half-done.

use std::fs::File;
use std::future::pending;
use std::net::TcpListener;
use std::path::Path;

use quoin::app;
use quoin::import::wordpress::Wordpress;
use quoin::import::{self, ImportError, Options};
use quoin::store::files::FileStore;
use quoin::store::{Store, connect};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::support::command::{Outcome, quoin};
use crate::support::site::{FIXTURE, Silent, Site, article, export};

fn import(folder: &Path, more: &[&str]) -> Outcome {
    let mut arguments = vec!["import", "wordpress", "site.xml"];
    arguments.extend(more);
    Outcome::of(&mut quoin(folder, &arguments))
}

fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("site.xml"), text).unwrap();
    folder
}

#[test]
fn a_file_that_is_no_export_is_refused() {
    let folder = folder_with("<html></html>");
    let line = import(folder.path(), &[]).failed();
    assert!(line.starts_with("site.xml:1:1: this is no WordPress export"), "{line}");
    let folder = tempfile::tempdir().unwrap();
    let line = import(folder.path(), &[]).failed();
    assert!(line.starts_with("cannot read site.xml: No such file"), "{line}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn wrong_use_is_told_from_failure() {
    let folder = folder_with(FIXTURE);
    for arguments in [
        &["import"][..],
        &["import", "wordpress"],
        &["import", "scroll", "site.xml"],
        &["import", "wordpress", "site.xml", "--wet-run"],
        &["import", "wordpress", "site.xml", "--report"],
    ] {
        assert_eq!(
            Outcome::of(&mut quoin(folder.path(), arguments)).code,
            Some(2),
            "{arguments:?}"
        );
    }
    assert_eq!(import(folder.path(), &[]).code, Some(0));
}

#[tokio::test]
async fn nothing_of_a_malformed_file_is_imported() {
    let site = Site::new().await;
    let many: String = (0..300).map(|id| article(id, "A", "")).collect();
    let broken = export(&(many + "<item><title>a & b</title></item>"));
    let error = site.import_with(&broken, &Options::default()).await.unwrap_err();
    assert!(matches!(error, ImportError::Source(_)));
    assert!(
        error
            .to_string()
            .contains("export.xml:306:16: the XML is not well-formed"),
        "{error}"
    );
    assert!(site.rows().await.iter().all(|(_, rows)| rows.is_empty()));
}

#[test]
fn an_unreachable_database_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = folder_with(FIXTURE);
    let url = format!("postgres://quoin:hunter2@127.0.0.1:{port}/quoin");
    let mut command = quoin(folder.path(), &["import", "wordpress", "site.xml"]);
    let line = Outcome::of(command.env("DATABASE_URL", url)).failed();
    assert!(
        line.starts_with("cannot reach the database postgres://quoin:***@"),
        "{line}"
    );
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let folder = folder_with(FIXTURE);
    let line = import(folder.path(), &["--report", "/dev/full"]).failed();
    assert!(line.starts_with("cannot write /dev/full: No space left"), "{line}");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = quoin(folder.path(), &["import", "wordpress", "site.xml"]);
    let line = Outcome::of(command.stdout(full)).failed();
    assert!(
        line.starts_with("cannot write to standard output: No space left"),
        "{line}"
    );
}

/// A database of a bounded size stands for a disk: SQLite fails in the same way on both.
#[tokio::test]
async fn a_full_disk_is_told_and_the_import_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("quoin.db").display());
    let connection = connect(&url, 1).await.unwrap();
    let store = Store::new(connection.clone());
    app::migrate(&store).await.unwrap();
    let bound = async |pages: u32| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        connection.execute_unprepared(&pragma).await.unwrap();
    };
    let text = format!("<content:encoded>{}</content:encoded>", "words ".repeat(500));
    let posts: String = (0..400).map(|id| article(id, "A", &text)).collect();
    let path = folder.path().join("site.xml");
    std::fs::write(&path, export(&posts)).unwrap();
    let run = async || {
        let source = Box::new(Wordpress::open(&path).unwrap());
        let files = FileStore::new(folder.path().join("media"));
        import::run(
            store.clone(),
            files,
            source,
            &Options::default(),
            &mut Silent,
            pending(),
        )
        .await
    };
    let posts = async || entity::post::Entity::find().all(store.read()).await.unwrap().len();

    bound(1_000).await;
    let error = run().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the database failed: database or disk is full; run the import again to go on"
    );
    let kept = posts().await;
    assert!(
        kept > 0 && kept < 400 && kept % 100 == 0,
        "whole batches are kept: {kept}"
    );
    bound(1_000_000).await;
    let report = run().await.unwrap();
    let articles = report.tallies["article"];
    assert_eq!((articles.created, articles.unchanged), (400 - kept as u64, kept as u64));
    assert_eq!(posts().await, 400);
}
