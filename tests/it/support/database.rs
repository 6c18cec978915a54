//! A database per test. `QUOIN_TEST_DATABASE` says of which kind (`sqlite`, the default, or `postgres`), so that one
//! suite runs on both; `script/test` does that.

use std::path::Path;

use quoin::app;
use quoin::store::{Store, connect};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Enough for a test that reads while it writes.
pub const CONNECTIONS: u32 = 4;

/// A database that nobody else uses and that goes away with this value.
pub struct TestDb {
    store: Store,
    url: String,
    place: Place,
    outbox: TempDir,
    media: TempDir,
}

/// Where the database is; dropping it removes the database.
enum Place {
    Sqlite { _folder: TempDir },
    Postgres { name: String },
}

impl TestDb {
    /// A database with every table and no rows.
    pub async fn new() -> Self {
        static POSTGRES: OnceCell<String> = OnceCell::const_new();
        if server().is_some() {
            Self::postgres(Some(POSTGRES.get_or_init(postgres_template).await)).await
        } else {
            Self::migrated_sqlite().await
        }
    }

    /// The same, on SQLite whatever the suite runs on.
    pub async fn migrated_sqlite() -> Self {
        static SQLITE: OnceCell<Vec<u8>> = OnceCell::const_new();
        Self::sqlite(Some(SQLITE.get_or_init(sqlite_template).await)).await
    }

    /// A database without tables.
    pub async fn empty() -> Self {
        if server().is_some() {
            Self::postgres(None).await
        } else {
            Self::sqlite(None).await
        }
    }

    /// The store on this database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A folder for the letters that are sent.
    pub fn outbox(&self) -> &Path {
        self.outbox.path()
    }

    /// A folder for files.
    pub fn media(&self) -> &Path {
        self.media.path()
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address in the words of those who want TLS, with a certificate that is not looked at and with one that is; none
    /// of SQLite, which needs none.
    pub async fn urls_with_tls(&self) -> Vec<String> {
        if server().is_none() {
            return Vec::new();
        }
        let setting = Statement::from_string(DbBackend::Postgres, "SHOW data_directory");
        let folder = self.store.read().query_one_raw(setting).await.unwrap().unwrap();
        let folder: String = folder.try_get_by_index(0).unwrap();
        vec![
            format!("{}?sslmode=require", self.url),
            format!("{}?sslmode=verify-full&sslrootcert={folder}/server.crt", self.url),
        ]
    }

    /// Ends every connection to it, as a restart of its server would; SQLite has no server.
    pub async fn end_connections(&self) {
        if let Place::Postgres { name } = &self.place {
            let its = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            administer(&its).await;
        }
    }

    async fn sqlite(template: Option<&Vec<u8>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        if let Some(template) = template {
            std::fs::write(&file, template).unwrap();
        }
        let url = sqlite_url(&file);
        Self {
            store: open(&url).await,
            url,
            place: Place::Sqlite { _folder: folder },
            outbox: tempfile::tempdir().unwrap(),
            media: tempfile::tempdir().unwrap(),
        }
    }

    async fn postgres(template: Option<&String>) -> Self {
        let name = format!("quoin_test_{}", Uuid::now_v7().simple());
        let template = template
            .map(|template| format!(" TEMPLATE {template}"))
            .unwrap_or_default();
        administer(&format!("CREATE DATABASE {name}{template}")).await;
        let url = postgres_url(&name);
        Self {
            store: open(&url).await,
            url,
            place: Place::Postgres { name },
            outbox: tempfile::tempdir().unwrap(),
            media: tempfile::tempdir().unwrap(),
        }
    }
}

impl Drop for Place {
    /// Best effort, since the server is a throw-away one. On a thread with a runtime of its own, because the test's
    /// runtime cannot be waited for here.
    fn drop(&mut self) {
        let Self::Postgres { name } = self else { return };
        let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(administer(&statement));
        });
        let _ = dropped.join();
    }
}

/// The address of the PostgreSQL server; none: the suite runs on SQLite.
fn server() -> Option<String> {
    let kind = std::env::var("QUOIN_TEST_DATABASE").unwrap_or_else(|_| "sqlite".to_owned());
    match kind.as_str() {
        "sqlite" => None,
        "postgres" => Some(std::env::var("QUOIN_TEST_POSTGRES").expect(
            "QUOIN_TEST_POSTGRES should name a throw-away server, like postgres://user@127.0.0.1:5433; \
             script/test starts one",
        )),
        other => panic!("QUOIN_TEST_DATABASE is {other:?}; it should be sqlite or postgres"),
    }
}

/// The address of the test server for Redis, if the suite runs with one.
pub fn redis_url() -> Option<String> {
    std::env::var("QUOIN_TEST_REDIS").ok()
}

/// The bytes of a migrated database.
async fn sqlite_template() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.db");
    migrated(&sqlite_url(&file)).await;
    std::fs::read(&file).unwrap()
}

/// The name of a migrated database, made once per process.
async fn postgres_template() -> String {
    let name = format!("quoin_template_{}", Uuid::now_v7().simple());
    administer(&format!("CREATE DATABASE {name}")).await;
    migrated(&postgres_url(&name)).await;
    name
}

/// Migrates a database and leaves it without connections, as a template must be.
async fn migrated(url: &str) {
    let store = Store::new(connect(url, CONNECTIONS).await.unwrap());
    app::migrate(&store).await.unwrap();
    store.read().close().await.unwrap();
}

/// Runs a statement on the server's own database.
async fn administer(statement: &str) {
    let connection = connect(&postgres_url("postgres"), 1)
        .await
        .expect("the server of QUOIN_TEST_POSTGRES answers");
    connection.execute_unprepared(statement).await.unwrap();
    connection.close().await.unwrap();
}

async fn open(url: &str) -> Store {
    Store::open(url, CONNECTIONS).await.unwrap()
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn postgres_url(database: &str) -> String {
    format!("{}/{database}", server().unwrap().trim_end_matches('/'))
}
