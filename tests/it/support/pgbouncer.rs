//! The real `PgBouncer` in front of the test server.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use reqwest::Url;
use tempfile::TempDir;

use super::TestDb;
use super::jobs::until;

/// A `PgBouncer`; it ends when this is dropped.
pub struct PgBouncer {
    port: u16,
    process: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts one whose clients have a connection for a session, or for a transaction. None on SQLite. `script/test` says which
    /// program (`QUOIN_TEST_PGBOUNCER`); otherwise there is none unless it is installed.
    pub async fn start(database: &TestDb, pool_mode: &str) -> Option<Self> {
        let server = Url::parse(database.url())
            .ok()
            .filter(|url| url.scheme() == "postgres")?;
        let program = program()?;
        // Another process may take the free port first.
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            // It runs as nobody where the suite runs as root.
            std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let users = folder.path().join("users.txt");
            std::fs::write(&users, format!("\"{}\" \"\"\n", server.username())).unwrap();
            let conf = folder.path().join("pgbouncer.ini");
            let settings = format!(
                "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {pool_mode}\n",
                server.host_str().unwrap(),
                server.port().unwrap_or(5432),
                users.display()
            );
            std::fs::write(&conf, settings).unwrap();
            let mut command = Command::new(&program);
            if rustix::process::getuid().is_root() {
                command.args(["-u", "nobody"]);
            }
            let mut process = command.arg(&conf).stderr(Stdio::null()).spawn().unwrap();
            let mut has_ended = false;
            until(async || {
                has_ended = process.try_wait().unwrap().is_some();
                has_ended || TcpStream::connect(("127.0.0.1", port)).is_ok()
            })
            .await;
            if !has_ended {
                return Some(Self {
                    port,
                    process,
                    _folder: folder,
                });
            }
        }
        panic!("PgBouncer does not start");
    }

    /// Where a database is reached through it.
    pub fn url(&self, database: &TestDb) -> String {
        let mut url = Url::parse(database.url()).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("QUOIN_TEST_PGBOUNCER") {
        return Some(program.into());
    }
    // Debian keeps it where only root looks for programs.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders
        .map(|folder| folder.join("pgbouncer"))
        .find(|path| path.is_file())
}
