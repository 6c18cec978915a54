//! The program: hands over to the commands.

use std::process::ExitCode;

// Requests and imports make many small, short-lived values, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    quoin::cli::run()
}
