//! Many clients that all come at once, each on a connection of its own, and ask until a file of requests is through: what
//! a server costs that has kept nothing yet. Ends with the line that `benches/send.lua` ends with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Sends the lines of a file, each once and at least one for each client, as the path of a GET or the JSON of a POST
#[derive(Parser)]
struct Arguments {
    /// Where the server listens
    #[arg(long)]
    address: SocketAddr,
    #[arg(long)]
    method: Method,
    #[arg(long)]
    file: PathBuf,
    /// How many come at once
    #[arg(long)]
    clients: usize,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Method {
    Get,
    Post,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn request(method: Method, line: &str) -> Vec<u8> {
    let accept = "Host: 127.0.0.1\r\nAccept: application/graphql-response+json\r\n";
    match method {
        Method::Get => format!("GET {line} HTTP/1.1\r\n{accept}\r\n"),
        Method::Post => format!(
            "POST /graphql HTTP/1.1\r\n{accept}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{line}",
            line.len()
        ),
    }
    .into_bytes()
}

/// Reads one answer to its end; whether it was good.
async fn answer(stream: &mut BufReader<TcpStream>) -> Result<bool, Failure> {
    let (mut line, mut length, mut is_good) = (String::new(), None, None);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if is_good.is_none() {
            is_good = Some(line.contains(" 200"));
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse()?);
        }
    }
    let mut body = vec![0; length.ok_or("an answer without its length")?];
    stream.read_exact(&mut body).await?;
    Ok(is_good == Some(true))
}

/// Asks until nothing is left; how long each answer took, and how many were not good.
async fn client(
    stream: TcpStream,
    requests: Arc<[Vec<u8>]>,
    next: Arc<AtomicUsize>,
    count: usize,
) -> Result<(Vec<Duration>, usize), Failure> {
    let (mut stream, mut times, mut failures) = (BufReader::new(stream), Vec::new(), 0);
    loop {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        if turn >= count {
            return Ok((times, failures));
        }
        let begun = Instant::now();
        stream.write_all(&requests[turn % requests.len()]).await?;
        if !answer(&mut stream).await? {
            failures += 1;
        }
        times.push(begun.elapsed());
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let lines = std::fs::read_to_string(&arguments.file)?;
    let requests: Arc<[_]> = lines.lines().map(|line| request(arguments.method, line)).collect();
    if requests.is_empty() {
        return Err("there is nothing to ask".into());
    }
    let count = requests.len().max(arguments.clients);
    let mut streams = Vec::with_capacity(arguments.clients);
    for _ in 0..arguments.clients {
        let stream = TcpStream::connect(arguments.address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let clients: Vec<_> = streams
        .into_iter()
        .map(|stream| tokio::spawn(client(stream, Arc::clone(&requests), Arc::clone(&next), count)))
        .collect();
    let (mut times, mut failures) = (Vec::with_capacity(count), 0);
    for client in clients {
        let (some, failed) = client.await??;
        times.extend(some);
        failures += failed;
    }
    let taken = begun.elapsed();
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    let per_second = f64::from(u32::try_from(count)?) / taken.as_secs_f64();
    println!("{per_second:.1} {:.2} {:.2} {failures} {count}", at(50), at(99));
    Ok(())
}
