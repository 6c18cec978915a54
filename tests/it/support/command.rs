//! The program itself, as an operator starts it.

use std::path::Path;
use std::process::{Command, Output};

/// `quoin` with these arguments, run in `folder` with an empty environment.
pub fn quoin(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quoin"));
    command.current_dir(folder).env_clear().args(arguments);
    command
}

/// What a command left behind.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: status.code(),
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }

    /// Asserts that the command succeeded, and returns what it printed.
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.stdout
    }

    /// Asserts that the command failed with one clear line, which it returns without its `quoin: `.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self:#?}");
        let line = self
            .stderr
            .strip_prefix("quoin: ")
            .and_then(|line| line.strip_suffix('\n'))
            .map(str::to_owned);
        let line = line.unwrap_or_else(|| panic!("not one line of ours: {self:#?}"));
        assert!(!line.contains('\n') && !line.contains("backtrace"), "{self:#?}");
        line
    }
}
