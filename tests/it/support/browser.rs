//! A real browser, which `script/clients/browser/` drives.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Runs one of the scripts there, and gives what it prints. The server of the test must run on another thread.
pub async fn browse(script: &str, arguments: Vec<String>) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("script/clients/browser");
    let script = folder.join(script);
    let browsing = move || Command::new("node").arg(script).args(arguments).output();
    let output = tokio::task::spawn_blocking(browsing).await.unwrap().expect("node");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}
