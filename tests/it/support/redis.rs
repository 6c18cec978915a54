//! A Redis of a test's own, which can be killed and comes back with what it had.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::database::redis_url;

/// A server, killed when the test ends.
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl RedisServer {
    /// A server, if the suite runs with Redis.
    pub fn start() -> Option<Self> {
        redis_url()?;
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut server = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free.local_addr().unwrap().port(),
            child: None,
        };
        drop(free);
        server.begin();
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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
        command
            .args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--appendonly",
                "yes",
                "--dir",
            ])
            .arg(self.folder.path())
            .stdout(Stdio::piped());
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
