//! A Redis of a test's own, which can be killed and comes back with what it had.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use quoin::shared::Redis;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};
use tempfile::TempDir;

use super::database::redis_url;

/// Far more than Redis takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// A Redis as processes share it, which is waited for however busy the machine is.
pub fn patient(url: &str) -> Redis {
    Redis::with_timeout(url, LONG).unwrap()
}

/// A connection of the test's own. The client would give up after half a second.
pub async fn connect(url: &str) -> MultiplexedConnection {
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(LONG))
        .set_response_timeout(Some(LONG));
    let client = Client::open(url).unwrap();
    let connecting = client.get_multiplexed_async_connection_with_config(&settings);
    connecting.await.unwrap()
}

/// A server, killed when the test ends.
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    speaks_tls: bool,
    child: Option<Child>,
}

impl RedisServer {
    /// A server, if the suite runs with Redis.
    pub fn start() -> Option<Self> {
        Self::speaking(false)
    }

    /// The same, which speaks TLS alone, with [a certificate](Self::certificate) of its own.
    pub fn start_with_tls() -> Option<Self> {
        Self::speaking(true)
    }

    fn speaking(speaks_tls: bool) -> Option<Self> {
        redis_url()?;
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut server = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free.local_addr().unwrap().port(),
            speaks_tls,
            child: None,
        };
        drop(free);
        if speaks_tls {
            server.certify();
        }
        server.begin();
        Some(server)
    }

    pub fn url(&self) -> String {
        let scheme = if self.speaks_tls { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Where its certificate lies, which nobody has signed but itself.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("redis.crt")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("redis.key")
    }

    fn certify(&self) {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"])
            .args([
                "-subj",
                "/CN=localhost",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ])
            .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
            .arg(self.key())
            .arg("-out")
            .arg(self.certificate())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Kills it, or starts it again.
    pub fn toggle(&mut self) {
        match self.child.take() {
            Some(child) => end(child),
            None => self.begin(),
        }
    }

    fn begin(&mut self) {
        let mut command = Command::new("redis-server");
        let port = self.port.to_string();
        command
            .args(["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"])
            .args(["--bind", "127.0.0.1", "--appendonly", "yes", "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::piped());
        if self.speaks_tls {
            command
                .args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"])
                .arg("--tls-cert-file")
                .arg(self.certificate())
                .arg("--tls-key-file")
                .arg(self.key())
                .arg("--tls-ca-cert-file")
                .arg(self.certificate());
        } else {
            command.args(["--port", &port]);
        }
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stdout.take().unwrap());
        let mut lines = log.lines().map(Result::unwrap);
        assert!(
            lines.any(|line| line.contains("Ready to accept connections")),
            "Redis starts"
        );
        self.child = Some(child);
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            end(child);
        }
    }
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}
