//! One import runs per publication, whatever process it is in; who holds it is named, and the dead hold nothing for long.

use chrono::TimeDelta;
use entity::{media, process};
use quoin::domain::process::{EXPIRES_AFTER, StartError, Work, start};
use quoin::import::{self, ImportError, Options};
use quoin::store::Store;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait};

use crate::support::TestDb;
use crate::support::command::{Outcome, quoin};
use crate::support::database::CONNECTIONS;
use crate::support::held::Held;
use crate::support::site::{FIXTURE, Silent, Site, export, item};

/// Another process on the database, as it were.
async fn other(database: &TestDb) -> Store {
    Store::open(database.url(), CONNECTIONS).await.unwrap()
}

async fn processes(store: &Store) -> Vec<process::Model> {
    process::Entity::find().all(store.read()).await.unwrap()
}

/// Makes every process one that was last seen so long ago.
async fn age(store: &Store, time: TimeDelta) {
    let update = process::Entity::update_many().col_expr(process::Column::SeenAt, Expr::val(entity::now() - time));
    update.exec(store.read()).await.unwrap();
}

fn files(count: u32) -> String {
    let url = |id| format!("<wp:attachment_url>https://gulls.example/{id}.png</wp:attachment_url>");
    export(
        &(1..=count)
            .map(|id| item("attachment", id, "File", &url(id)))
            .collect::<String>(),
    )
}

#[tokio::test]
async fn a_second_import_is_refused_at_once_while_the_first_one_writes() {
    let database = TestDb::new().await;
    let work = || Work::Import("gulls".into());
    let first = start(database.store(), work()).await.unwrap();
    let writing = database.store().write().await.unwrap();
    let second = start(&other(&database).await, work()).await;
    assert!(matches!(second, Err(StartError::Running(_))), "{second:?}");
    writing.rollback().await.unwrap();
    first.end().await;
}

#[tokio::test]
async fn a_second_import_into_a_publication_is_refused_with_who_runs_the_first() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (source, hold) = Held::new(folder.path(), &files(300));
    let options = Options::default();
    let second = async {
        let held = hold.begun().await;
        let path = folder.path().join("site.xml");
        std::fs::write(&path, files(300)).unwrap();
        let mut command = quoin(folder.path(), &["import", "wordpress", "site.xml"]);
        command.env("DATABASE_URL", site.database.url());
        let line = tokio::task::spawn_blocking(move || Outcome::of(&mut command).failed())
            .await
            .unwrap();
        let holder = &processes(site.database.store()).await[0].holder;
        let expected = "an import into the publication `gulls` has been running since ";
        assert!(line.starts_with(expected) && line.contains(holder.as_str()), "{line}");
        assert!(holder.ends_with(&format!("process {}", std::process::id())), "{holder}");
        held.go();
    };
    let (first, ()) = tokio::join!(site.import_source(source, &options), second);
    assert_eq!(first.unwrap().total().created, 300);
    assert_eq!(media::Entity::find().all(site.read()).await.unwrap().len(), 300);
    assert!(processes(site.database.store()).await.is_empty());
}

#[tokio::test]
async fn imports_into_other_publications_run_beside_it_and_whole_instances_do_not() {
    let database = TestDb::new().await;
    let (store, other) = (database.store(), other(&database).await);
    let first = start(store, Work::Import("gulls".into())).await.unwrap();
    let terns = start(&other, Work::Import("terns".into())).await.unwrap();
    start(&other, Work::Import("gulls".into())).await.unwrap_err();
    start(&other, Work::ImportInstance).await.unwrap_err();
    start(&other, Work::Export).await.unwrap().end().await;
    start(&other, Work::Serve).await.unwrap().end().await;
    first.end().await;
    terns.end().await;
    let whole = start(store, Work::ImportInstance).await.unwrap();
    let error = start(&other, Work::Import("gulls".into()))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("an import of a whole instance has been running since "),
        "{error}"
    );
    whole.end().await;
    assert!(processes(store).await.is_empty());
}

#[tokio::test]
async fn of_imports_that_begin_at_once_one_runs() {
    let database = TestDb::new().await;
    let (store, other) = (database.store(), other(&database).await);
    let begin = (0..8).map(|number| {
        let store = if number % 2 == 0 { store } else { &other };
        start(store, Work::Import("gulls".into()))
    });
    let begun = futures_util::future::join_all(begin).await;
    assert_eq!(begun.iter().filter(|begun| begun.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_dead_process_holds_its_publication_for_two_minutes() {
    let database = TestDb::new().await;
    let store = database.store();
    let dead = process::ActiveModel {
        id: ActiveValue::Set(uuid::Uuid::now_v7()),
        activity: ActiveValue::Set(process::Activity::Import),
        publication: ActiveValue::Set(Some("gulls".into())),
        holder: ActiveValue::Set("nobody".into()),
        started_at: ActiveValue::Set(entity::now()),
        seen_at: ActiveValue::Set(entity::now()),
    };
    dead.insert(store.read()).await.unwrap();
    age(store, EXPIRES_AFTER - TimeDelta::seconds(30)).await;
    start(store, Work::Import("gulls".into())).await.unwrap_err();
    age(store, EXPIRES_AFTER + TimeDelta::seconds(1)).await;
    let next = start(store, Work::Import("gulls".into())).await.unwrap();
    assert_eq!(processes(store).await.len(), 1, "the dead one is gone");
    next.end().await;
}

#[tokio::test]
async fn an_import_that_was_taken_over_writes_nothing_more() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (source, hold) = Held::new(folder.path(), &files(3));
    let options = Options::default();
    let take_over = async {
        let held = hold.begun().await;
        let store = site.database.store();
        age(store, EXPIRES_AFTER + TimeDelta::seconds(1)).await;
        let next = start(&other(&site.database).await, Work::Import("gulls".into()))
            .await
            .unwrap();
        held.go();
        next
    };
    let (imported, next) = tokio::join!(site.import_source(source, &options), take_over);
    let error = imported.unwrap_err().to_string();
    assert!(
        error.starts_with("the lease of this import expired after 2 minutes"),
        "{error}"
    );
    assert!(media::Entity::find().all(site.read()).await.unwrap().is_empty());
    next.end().await;
}

#[tokio::test]
async fn an_import_that_is_stopped_can_be_run_again_at_once() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (source, hold) = Held::new(folder.path(), &files(3));
    let (store, options) = (site.database.store().clone(), Options::default());
    let mut held = None;
    let begun = async { held = Some(hold.begun().await) };
    let stopped = import::run(store, site.files(), Box::new(source), &options, &mut Silent, begun).await;
    assert!(matches!(stopped, Err(ImportError::Interrupted)), "{stopped:?}");
    drop(held);
    assert!(processes(site.database.store()).await.is_empty());
    assert_eq!(site.import(&files(3)).await.total().created, 3);
}

#[tokio::test]
async fn a_process_that_is_told_to_stop_leaves_nothing_behind() {
    let database = TestDb::new().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("site.xml"), FIXTURE).unwrap();
    for arguments in [
        &["import", "wordpress", "site.xml", "--dry-run"][..],
        &["export", "site.tgz"],
    ] {
        let mut command = quoin(folder.path(), arguments);
        Outcome::of(command.env("DATABASE_URL", database.url())).succeeded();
        assert!(processes(database.store()).await.is_empty(), "{arguments:?}");
    }
}
