//! A small web server for the tests, for answers that no real one gives.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The server's own address, without a slash at the end.
    pub base: String,
    pub path: String,
    /// The lines of the head, in lower case.
    pub head: String,
    pub body: String,
}

/// What it answers.
pub enum Reply {
    /// These bytes, head and all.
    Bytes(Vec<u8>),
    /// Nothing, for as long as the client waits.
    Silence,
}

/// A server that stops when it is dropped.
pub struct Stage {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    running: JoinHandle<()>,
}

impl Stage {
    pub async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let log = Arc::clone(&asked);
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move { serve(stream, address, &log, answer.as_ref()).await });
            }
        });
        Self {
            address,
            asked,
            running,
        }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that it was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often it was asked for a path.
    pub fn times(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    address: SocketAddr,
    log: &Mutex<Vec<Asked>>,
    answer: &(impl Fn(&Asked) -> Reply + Send + Sync),
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    let asked = Asked {
        base: format!("http://{address}"),
        path,
        head: head.to_lowercase(),
        body: String::from_utf8(body).unwrap(),
    };
    log.lock().unwrap().push(asked.clone());
    match answer(&asked) {
        // The client may have gone away.
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Silence => {
            let _ = stream.read_u8().await;
        }
    }
}

/// An answer of JSON.
pub fn json(body: &serde_json::Value) -> Reply {
    answer("200 OK", "application/json", &body.to_string())
}

/// An answer of any kind.
pub fn answer(status: &str, media_type: &str, body: &str) -> Reply {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    Reply::Bytes(format!("{head}\r\n{body}").into_bytes())
}

/// An answer that leads elsewhere.
pub fn redirect(to: &str) -> Reply {
    Reply::Bytes(super::old_site::moved(to))
}
