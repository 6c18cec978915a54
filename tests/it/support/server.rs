//! Quoin on a free port of this machine, and clients for it.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use quoin::domain::accounts::Accounts;
use quoin::domain::media::{Library, MediaSettings};
use quoin::graphql::Api;
use quoin::http::{HttpSettings, bind, listen};
use quoin::limit::{Limiter, Quota};
use quoin::provider::{ProviderOptions, Providers};
use quoin::store::Store;
use quoin::store::files::FileStore;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, Url};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::TestDb;
use super::accounts::accounts_with;
use super::database::CONNECTIONS;
use super::files::library_with;

pub use super::accounts::BASE_URL;

/// A server that stops when it is dropped.
pub struct TestServer {
    pub address: SocketAddr,
    pub accounts: Accounts,
    /// Where letters lie.
    pub outbox: PathBuf,
    pub client: Client,
    pub store: Store,
    pub files: FileStore,
    pub library: Library,
    database: Arc<TestDb>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<std::io::Result<()>>>,
}

impl TestServer {
    /// With the settings of a new installation.
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// With some settings changed.
    pub async fn with(change: impl FnOnce(&mut HttpSettings)) -> Self {
        Self::on(TestDb::new().await, change).await
    }

    /// Where it is reached is also where it says that it is, and people sign in and up without end.
    pub async fn at_home() -> Self {
        Self::at_home_with(|_| (), |_| None).await
    }

    /// As `at_home`, with other settings, and perhaps with an outside provider for its address.
    pub async fn at_home_with(
        change: impl FnOnce(&mut HttpSettings),
        provider: impl FnOnce(&Url) -> Option<Providers>,
    ) -> Self {
        let port = listen("127.0.0.1:0".parse().unwrap()).expect("a free port");
        let home: Url = format!("http://{}", port.local_addr().unwrap()).parse().unwrap();
        let providers = provider(&home).unwrap_or_else(no_providers);
        let widened = |settings: &mut HttpSettings| {
            settings.limits.sign_ins = Quota::per_minute("sign-ins", 1_000);
            change(settings);
        };
        Self::begin(TestDb::new().await, port, Some(home), providers, widened, |_| (), None).await
    }

    /// On a database, with some settings changed.
    pub async fn on(database: TestDb, change: impl FnOnce(&mut HttpSettings)) -> Self {
        let port = listen("127.0.0.1:0".parse().unwrap()).expect("a free port");
        Self::begin(database, port, None, no_providers(), change, |_| (), None).await
    }

    /// With some settings of the library changed.
    pub async fn with_library(change: impl FnOnce(&mut MediaSettings)) -> Self {
        let port = listen("127.0.0.1:0".parse().unwrap()).expect("a free port");
        Self::begin(TestDb::new().await, port, None, no_providers(), |_| (), change, None).await
    }

    /// With its files elsewhere.
    pub async fn keeping(files: FileStore) -> Self {
        let port = listen("127.0.0.1:0".parse().unwrap()).expect("a free port");
        let database = TestDb::new().await;
        Self::begin(database, port, None, no_providers(), |_| (), |_| (), Some(files)).await
    }

    /// Another process, as it were, on the same database.
    pub async fn replica(&self, change: impl FnOnce(&mut HttpSettings)) -> Self {
        let port = listen("127.0.0.1:0".parse().unwrap()).expect("a free port");
        let store = Store::open(self.database.url(), CONNECTIONS).await.unwrap();
        let database = Arc::clone(&self.database);
        Self::begin_on(database, store, port, None, no_providers(), change, |_| (), None).await
    }

    /// On a database that it reaches by a store of its own.
    pub async fn through(database: TestDb, store: Store, change: impl FnOnce(&mut HttpSettings)) -> Self {
        let port = listen("127.0.0.1:0".parse().unwrap()).expect("a free port");
        let database = Arc::new(database);
        Self::begin_on(database, store, port, None, no_providers(), change, |_| (), None).await
    }

    async fn begin(
        database: TestDb,
        port: TcpListener,
        home: Option<Url>,
        providers: Providers,
        change: impl FnOnce(&mut HttpSettings),
        change_library: impl FnOnce(&mut MediaSettings),
        files: Option<FileStore>,
    ) -> Self {
        let store = database.store().clone();
        Self::begin_on(
            Arc::new(database),
            store,
            port,
            home,
            providers,
            change,
            change_library,
            files,
        )
        .await
    }

    #[allow(clippy::too_many_arguments)] // Each test changes another one.
    async fn begin_on(
        database: Arc<TestDb>,
        store: Store,
        port: TcpListener,
        home: Option<Url>,
        providers: Providers,
        change: impl FnOnce(&mut HttpSettings),
        change_library: impl FnOnce(&mut MediaSettings),
        files: Option<FileStore>,
    ) -> Self {
        let mut settings = HttpSettings::default();
        settings.listen.set_port(0);
        // Tests write behind its back.
        settings.cache.memory_bytes = 0;
        change(&mut settings);
        let outbox = database.outbox().to_owned();
        let accounts = accounts_with(&store, &outbox, |settings| {
            if let Some(home) = home {
                settings.base_url = home;
            }
        });
        let accounts = accounts.await;
        let files = files.unwrap_or_else(|| FileStore::new(database.media().to_owned()));
        let library = library_with(&store, files, change_library);
        let api = Api::new(store.clone(), accounts.clone(), library.clone());
        let files = library.files.clone();
        let server = bind(port, settings, api, Limiter::in_memory(), providers).expect("a server");
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
            Duration::ZERO
        }));
        Self {
            address,
            accounts,
            outbox,
            client: http_client().build().unwrap(),
            store,
            files,
            library,
            database,
            stop: Some(stop),
            running: Some(running),
        }
    }

    /// The database that it serves.
    pub fn database(&self) -> &TestDb {
        &self.database
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A POST of JSON from a client of today.
    pub fn request(&self, body: &Value) -> RequestBuilder {
        self.client
            .post(self.url("/graphql"))
            .header("Accept", "application/graphql-response+json")
            .json(body)
    }

    pub async fn query(&self, query: &str) -> Response {
        self.request(&json!({ "query": query }))
            .send()
            .await
            .expect("an answer")
    }

    /// Sends bytes as they are, and gives back everything that comes until the server closes the connection.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(self.address)
            .await
            .expect("a connection");
        stream.write_all(bytes).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Tells the server to stop; what `run` gave back is the result of the task.
    pub fn stop(&mut self) -> JoinHandle<std::io::Result<()>> {
        let _ = self.stop.take().expect("still running").send(());
        self.running.take().expect("still running")
    }
}

/// A client that opens a connection for each request. The server closes one that was idle for five seconds, and on a busy
/// machine a client may send a request on it before it notices.
pub fn http_client() -> ClientBuilder {
    Client::builder().pool_max_idle_per_host(0)
}

/// The status of an answer, and the code and message of its first error.
pub async fn refusal(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.expect("JSON");
    assert!(body.get("data").is_none(), "a refusal has no data: {body}");
    let error = &body["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (status, text(&error["extensions"]["code"]), text(&error["message"]))
}

fn no_providers() -> Providers {
    let options = ProviderOptions {
        callback_base: "http://127.0.0.1".parse().expect("an address"),
        allow_private_addresses: true,
        timeout: std::time::Duration::from_secs(10),
    };
    Providers::new([], &options).expect("none")
}
