//! A way to a server of TCP that can break as networks do.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// They are forwarded.
    Open,
    /// They are swallowed in silence, and no connection is closed: the host has vanished.
    BlackHole,
}

/// A proxy on a port of this machine; it ends when this is dropped.
pub struct TcpProxy {
    pub address: SocketAddr,
    target: SocketAddr,
    /// Whether connections that are opened from now on work.
    way: watch::Sender<Way>,
    /// Each connection has the way that it was opened with, until all are swallowed.
    swallowed: Arc<watch::Sender<u64>>,
    accepting: Mutex<Option<AbortHandle>>,
}

impl TcpProxy {
    /// In front of a server.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            target,
            way: watch::Sender::new(Way::Open),
            swallowed: Arc::new(watch::Sender::new(0)),
            accepting: Mutex::default(),
        };
        proxy.accept(listener);
        proxy
    }

    /// The host vanishes: what is open, and what is opened, gets no answer.
    pub fn vanish(&self) {
        self.way.send_replace(Way::BlackHole);
        self.replace();
    }

    /// The host vanishes, and another takes its name at once: what is open gets no answer, what is opened does.
    pub fn replace(&self) {
        self.swallowed.send_modify(|times| *times += 1);
    }

    /// The host, or another of its name, is back. What was open before stays dead.
    pub fn come_back(&self) {
        self.way.send_replace(Way::Open);
    }

    /// The server is stopped: every connection is closed, and none accepted.
    pub async fn stop(&self) {
        let accepting = self.accepting.lock().unwrap().take().expect("accepting");
        accepting.abort();
        // It has ended once its port can be had.
        super::jobs::until(async || std::net::TcpListener::bind(self.address).is_ok()).await;
    }

    /// The server is started again.
    pub async fn start(&self) {
        let mut listener = TcpListener::bind(self.address).await;
        super::jobs::until(async || {
            if listener.is_err() {
                listener = TcpListener::bind(self.address).await;
            }
            listener.is_ok()
        })
        .await;
        self.accept(listener.unwrap());
    }

    fn accept(&self, listener: TcpListener) {
        let (target, way, swallowed) = (self.target, self.way.subscribe(), Arc::clone(&self.swallowed));
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let way = *way.borrow();
                let swallowed = swallowed.subscribe();
                connections.spawn(async move {
                    // An end of the connection is no failure of the test.
                    let _ = forward(client, target, way, swallowed).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        *self.accepting.lock().unwrap() = Some(accepting.abort_handle());
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.lock().unwrap().take() {
            accepting.abort();
        }
    }
}

async fn forward(
    mut client: TcpStream,
    target: SocketAddr,
    way: Way,
    mut swallowed: watch::Receiver<u64>,
) -> io::Result<()> {
    if way == Way::Open {
        let mut server = TcpStream::connect(target).await?;
        let (mut to_client, mut to_server) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
        loop {
            tokio::select! {
                read = server.read(&mut to_client) => match read? {
                    0 => return Ok(()),
                    length => client.write_all(&to_client[..length]).await?,
                },
                read = client.read(&mut to_server) => match read? {
                    0 => return Ok(()),
                    length => server.write_all(&to_server[..length]).await?,
                },
                _ = swallowed.changed() => break,
            }
        }
        // The server sees its client go no more than the client sees it.
        while client.read(&mut to_server).await? > 0 {}
        return server.shutdown().await;
    }
    let mut nothing = vec![0; 16 * 1024];
    while client.read(&mut nothing).await? > 0 {}
    Ok(())
}
