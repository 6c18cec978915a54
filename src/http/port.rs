//! The port: bound, and closed without losing connections.

use std::io;
use std::net::{SocketAddr, TcpListener};

use tokio::net::TcpSocket;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// Binds a port; 0 chooses a free one. Connections wait until the server runs.
///
/// # Errors
/// When it cannot be had, for one since another process has it.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A port of a server that has just ended may be taken again.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Takes no more connections, while those that wait can still be accepted: closing the port resets them. Clients that want
/// another ask again after a second, when the port is closed and they learn so.
///
/// # Errors
/// When the system cannot do that.
#[cfg(target_os = "linux")]
pub fn take_no_more(port: &TcpListener) -> io::Result<()> {
    use socket2::{SockFilter, SockRef};

    // A classic BPF program (Linux, Documentation/networking/filter.rst), which sees each segment from its TCP header on: it
    // drops those whose flags (RFC 9293 section 3.1, byte 13) are SYN without ACK.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    let program = [
        SockFilter::new(0x30, 0, 0, FLAGS),
        SockFilter::new(0x54, 0, 0, SYN | ACK),
        SockFilter::new(0x15, 0, 1, SYN),
        SockFilter::new(0x06, 0, 0, 0),
        SockFilter::new(0x06, 0, 0, u32::MAX),
    ];
    SockRef::from(port).attach_filter(&program)
}

/// Elsewhere connections that wait when the port is closed are reset.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn take_no_more(_: &TcpListener) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_waits_is_accepted_and_nothing_more() {
        let port = listen("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let address = port.local_addr().expect("an address");
        let mut waiting = TcpStream::connect(address).expect("waits");
        take_no_more(&port).expect("is done");
        let refused = TcpStream::connect_timeout(&address, Duration::from_millis(50));
        assert_eq!(refused.expect_err("is not taken").kind(), io::ErrorKind::TimedOut);

        port.set_nonblocking(false).expect("is set");
        let (mut accepted, _) = port.accept().expect("waits");
        waiting.write_all(b"?").expect("is sent");
        let mut question = [0];
        accepted.read_exact(&mut question).expect("comes");
        accepted.write_all(b"!").expect("is sent");
        let mut answer = [0];
        waiting.read_exact(&mut answer).expect("comes");
        assert_eq!((question, answer), (*b"?", *b"!"));
    }
}
