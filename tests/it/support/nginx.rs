//! The real nginx, with `deploy/nginx.conf` as it stands but for its addresses and its folder.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::jobs::until;

const CONF: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/nginx.conf");

/// An nginx; it ends when this is dropped.
pub struct Nginx {
    pub address: SocketAddr,
    process: Child,
    folder: TempDir,
}

impl Nginx {
    /// Starts one in front of some servers. `script/test` says which nginx (`QUOIN_TEST_NGINX`); otherwise there is none unless
    /// it is installed.
    pub async fn start(upstream: &[SocketAddr]) -> Option<Self> {
        let program = program()?;
        // Another process may take the free port first.
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let main = write(&folder, address, upstream);
            let mut process = Command::new(&program)
                .args([
                    "-p".as_ref(),
                    folder.path().as_os_str(),
                    "-c".as_ref(),
                    main.as_os_str(),
                ])
                .args(["-e", "error.log"])
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut has_ended = false;
            until(async || {
                has_ended = process.try_wait().unwrap().is_some();
                has_ended || TcpStream::connect(address).is_ok()
            })
            .await;
            if !has_ended {
                return Some(Self {
                    address,
                    process,
                    folder,
                });
            }
            let log = std::fs::read_to_string(folder.path().join("error.log")).unwrap();
            assert!(log.contains("Address already in use"), "{log}");
        }
        panic!("no free port");
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it complained of.
    pub fn complaints(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("QUOIN_TEST_NGINX") {
        return Some(program.into());
    }
    // Debian keeps it where only root looks for programs.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join("nginx")).find(|path| path.is_file())
}

/// Writes what nginx is started with.
fn write(folder: &TempDir, address: SocketAddr, upstream: &[SocketAddr]) -> PathBuf {
    let mut conf = std::fs::read_to_string(CONF).unwrap();
    let cache = folder.path().join("cache");
    let upstream: String = upstream
        .iter()
        .map(|server| format!("    server {server} max_fails=0;\n"))
        .collect();
    for (ours, its) in [
        (
            "proxy_cache_path /var/cache/nginx/quoin ",
            format!("proxy_cache_path {} ", cache.display()),
        ),
        ("    server 127.0.0.1:8080 max_fails=0;", upstream),
        ("    listen 80;", format!("    listen {address};")),
    ] {
        assert_eq!(conf.matches(ours).count(), 1, "{ours}");
        conf = conf.replace(ours, &its);
    }
    std::fs::write(folder.path().join("quoin.conf"), conf).unwrap();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {name};\n"))
        .concat();
    // One process, so that it ends as one, and as who runs the test.
    let main = format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log error.log warn;\nevents {{}}\nhttp {{\n{temporary}\
         access_log off;\ninclude quoin.conf;\n}}\n"
    );
    let path = folder.path().join("nginx.conf");
    std::fs::write(&path, main).unwrap();
    path
}
