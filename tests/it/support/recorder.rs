//! A small HTTP server that writes down what it is asked, and answers as a test says.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// How it answers: the rest of the status line with headers, and a body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn new(head: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            body: body.into(),
        }
    }
}

/// The server; it ends when this is dropped.
pub struct Recorder {
    pub address: SocketAddr,
    notes: Arc<Mutex<Notes>>,
    running: JoinHandle<()>,
}

#[derive(Default)]
struct Notes {
    asked: Vec<Asked>,
    next: VecDeque<Answer>,
}

impl Recorder {
    /// Answers everything with this, but for what is said otherwise.
    pub async fn start(usual: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let notes = Arc::new(Mutex::new(Notes::default()));
        let shared = Arc::clone(&notes);
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, usual) = (Arc::clone(&shared), usual.clone());
                // The client may go away.
                tokio::spawn(async move { serve(stream, &shared, usual).await.ok() });
            }
        });
        Self {
            address,
            notes,
            running,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says how the next requests are answered.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.notes.lock().unwrap().next.extend(answers);
    }

    /// What it was asked since this was called last.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.notes.lock().unwrap().asked)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(stream: TcpStream, notes: &Mutex<Notes>, usual: Answer) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let answer = {
        let mut notes = notes.lock().unwrap();
        notes.asked.push(Asked {
            line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
            headers,
            body: String::from_utf8(body).unwrap(),
        });
        notes.next.pop_front().unwrap_or(usual)
    };
    let Answer { head, body } = answer;
    let length = body.len();
    let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
