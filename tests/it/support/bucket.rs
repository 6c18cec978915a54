//! A real server that speaks S3 and checks signatures, and a bucket there.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use quoin::store::files::{BucketSettings, FileStore, Secrets};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Who Quoin is there.
pub const ACCOUNT: &str = "press-account";
/// How it proves that.
pub const KEY: &str = "the key of the press";

/// A bucket that goes away when it is dropped, with its server.
pub struct Bucket {
    pub endpoint: String,
    /// Where files are put together on this machine.
    pub spool: TempDir,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl Bucket {
    /// On a thread of its own: some tests wait for commands on theirs.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("press")).unwrap();
        let service = service(folder.path());
        let (started, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let running = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(serve(service, &started, stopped));
        });
        Self {
            endpoint: format!("http://{}", address.recv().unwrap()),
            spool: tempfile::tempdir().unwrap(),
            folder,
            stop: Some(stop),
            running: Some(running),
        }
    }

    /// How the bucket is opened.
    pub fn settings(&self) -> BucketSettings {
        BucketSettings {
            bucket: "press".into(),
            region: "us-east-1".into(),
            endpoint: Some(self.endpoint.clone()),
            secrets: Some(Secrets {
                access_key_id: ACCOUNT.into(),
                secret_access_key: KEY.into(),
            }),
            prefix: "quoin".into(),
        }
    }

    /// A store in the bucket.
    pub fn files(&self) -> FileStore {
        self.files_with(|_| ())
    }

    /// The same, opened otherwise.
    pub fn files_with(&self, change: impl FnOnce(&mut BucketSettings)) -> FileStore {
        let mut settings = self.settings();
        change(&mut settings);
        FileStore::in_bucket(self.spool.path().to_owned(), &settings).unwrap()
    }

    /// The keys of what lies in the bucket.
    pub fn keys(&self) -> Vec<String> {
        let bucket = self.folder.path().join("press");
        let all = walkdir::WalkDir::new(&bucket).into_iter().filter_map(Result::ok);
        let files = all.filter(|entry| entry.file_type().is_file());
        let mut keys: Vec<_> = files
            .map(|entry| entry.path().strip_prefix(&bucket).unwrap().to_str().unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    }

    /// Ends the server, as a fault would.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(running) = self.running.take() {
            running.join().unwrap();
        }
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.stop();
    }
}

fn service(folder: &Path) -> S3Service {
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    service.set_auth(SimpleAuth::from_single(ACCOUNT, KEY));
    service.build()
}

async fn serve(service: S3Service, started: &mpsc::Sender<SocketAddr>, mut stopped: oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    started.send(listener.local_addr().unwrap()).unwrap();
    let server = Builder::new(TokioExecutor::new());
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            _ = &mut stopped => return,
        };
        let connection = server
            .serve_connection(TokioIo::new(stream), service.clone())
            .into_owned();
        // The client may go away.
        tokio::spawn(async move { drop(connection.await) });
    }
}
