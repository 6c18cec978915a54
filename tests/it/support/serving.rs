//! `quoin serve`, as an operator runs it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};

use super::command::quoin;

/// A server, killed when the test ends.
pub struct Serving {
    child: Child,
    pub stdout: BufReader<ChildStdout>,
    stderr: Option<BufReader<ChildStderr>>,
    /// What the log said until the server listened.
    pub log: Vec<serde_json::Value>,
}

impl Serving {
    /// Starts `quoin serve` on a free port.
    pub fn start(folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::spawn("127.0.0.1:0", Stdio::piped(), folder, variables)
    }

    /// Starts it on a port that it had before.
    pub fn start_at(address: SocketAddr, folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::spawn(&address.to_string(), Stdio::piped(), folder, variables)
    }

    /// The same, on a disk for the log that is full.
    pub fn on_a_full_log_disk(folder: &Path) -> Self {
        let full = File::options().write(true).open("/dev/full").unwrap();
        Self::spawn("127.0.0.1:0", full.into(), folder, &[])
    }

    /// Unless the variables say otherwise, it stops at once when it is told to.
    fn spawn(address: &str, log: Stdio, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = quoin(folder, &["serve", "--listen", address]);
        command
            .env("QUOIN_SERVER__DRAIN_SECONDS", "0")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take().map(BufReader::new);
        let log = Vec::new();
        Self {
            child,
            stdout,
            stderr,
            log,
        }
    }

    /// Takes the pipe with the log; who drops it leaves a log that cannot be written.
    pub fn take_log(&mut self) -> BufReader<ChildStderr> {
        self.stderr.take().unwrap()
    }

    /// Reads the log until it says where the server listens.
    pub fn address(&mut self) -> String {
        for line in self.stderr.as_mut().unwrap().by_ref().lines().map(Result::unwrap) {
            let entry: serde_json::Value = serde_json::from_str(&line).expect("a line of the log is JSON");
            if entry["message"] == "listening" {
                return entry["address"].as_str().unwrap().to_owned();
            }
            self.log.push(entry);
        }
        panic!("the server ended: {:#?}", self.log);
    }

    /// Stops it, and reads the rest of its log.
    pub fn rest_of_log(&mut self) -> Vec<serde_json::Value> {
        self.stop("-TERM");
        let lines = self.stderr.as_mut().unwrap().by_ref().lines().map(Result::unwrap);
        lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
    }

    /// The line of the log that tells how to create the first administrator.
    pub fn setup(&self) -> Option<&serde_json::Value> {
        let is_setup = |entry: &&serde_json::Value| {
            let message = entry["message"].as_str().unwrap_or_default();
            message.starts_with("no administrator exists yet; ")
        };
        self.log.iter().find(is_setup)
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(&mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Ends it as a failure of the machine would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
