//! A real mail server for one test: Python's aiosmtpd, in a process of its own.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/smtp_server.py");

/// A mail server; it ends when this is dropped.
pub struct SmtpServer {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    _input: ChildStdin,
    pub port: u64,
}

impl SmtpServer {
    /// Starts one, unless `QUOIN_TEST_SMTP`, a Python that has aiosmtpd, is not set; `script/test` sets it.
    pub fn start() -> Option<Self> {
        let python = std::env::var_os("QUOIN_TEST_SMTP")?;
        let mut process = Command::new(python)
            .arg(PROGRAM)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut server = Self {
            process,
            lines,
            _input: input,
            port: 0,
        };
        server.port = server.next()["port"].as_u64().unwrap();
        Some(server)
    }

    /// What happened next; waits for it.
    pub fn next(&mut self) -> Value {
        let line = self.lines.next().expect("the server runs").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Stops it, and returns what happened that nobody has asked for.
    pub fn stop(mut self) -> Vec<Value> {
        let _ = self.process.kill();
        self.lines
            .by_ref()
            .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
            .collect()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
