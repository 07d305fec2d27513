//! One kept-alive connection: a request at a time, its answer read into a buffer that is used again.

use std::net::SocketAddr;

use anyhow::{Context, Result, anyhow, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::response::{self, Malformed};

/// What a buffer begins with; it grows where an answer needs more.
const BUFFER_BYTES: usize = 16 * 1024;
/// The largest answer.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A connection to a server of ours.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, within the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    /// The status.
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: &'a [u8],
    /// The body; of one in chunks with their sizes.
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// Refuses an answer of another status than these.
    pub(crate) fn expect(self, statuses: &[u16]) -> Result<Self> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        let body: String = String::from_utf8_lossy(self.body).chars().take(600).collect();
        Err(anyhow!("the server answered {}: {body}", self.status))
    }

    /// The value of a header, where there is one; the first of several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(self.head).ok()?;
        head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; BUFFER_BYTES],
        })
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await.context("sending failed")?;
        let mut filled = 0;
        loop {
            if filled == self.buffer.len() {
                if filled >= ANSWER_BYTES_MAX {
                    bail!("an answer of more than {ANSWER_BYTES_MAX} bytes");
                }
                self.buffer.resize(filled * 2, 0);
            }
            let read = self
                .stream
                .read(&mut self.buffer[filled..])
                .await
                .context("reading failed")?;
            if read == 0 {
                bail!("the server closed the connection");
            }
            filled += read;
            let found = response::find(&self.buffer[..filled]);
            let found = found.map_err(|Malformed(why)| anyhow!("the answer cannot be read: {why}"))?;
            let Some(whole) = found else { continue };
            if whole.closes || filled != whole.end {
                bail!("the server does not keep the connection");
            }
            return Ok(Answer {
                status: whole.status,
                head: &self.buffer[..whole.body_start],
                body: &self.buffer[whole.body_start..whole.end],
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers each connection's requests with these parts, whatever they are.
    async fn server(parts: &'static [&'static [u8]]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                for part in parts {
                    stream.write_all(part).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn answers_in_parts_are_put_together_and_the_connection_is_used_again() {
        let parts: &[&[u8]] = &[b"HTTP/1.1 200 OK\r\ncontent-", b"length: 5\r\nX-A: b\r\n\r\nhe", b"llo"];
        let mut connection = Connection::open(server(parts).await).await.unwrap();
        for _ in 0..3 {
            let answer = connection.exchange(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
            assert_eq!((answer.status, answer.body), (200, &b"hello"[..]));
            assert_eq!(answer.header("x-a"), Some("b"));
            assert!(answer.expect(&[201]).is_err());
        }
    }

    #[tokio::test]
    async fn an_answer_larger_than_the_buffer_is_read() {
        let body: &'static [u8] = vec![b'x'; BUFFER_BYTES * 3].leak();
        let head: &'static [u8] = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len())
            .into_bytes()
            .leak();
        let address = server(vec![head, body].leak()).await;
        let mut connection = Connection::open(address).await.unwrap();
        assert_eq!(connection.exchange(b"x").await.unwrap().body.len(), body.len());
    }

    #[tokio::test]
    async fn an_end_in_between_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connection = Connection::open(address).await.unwrap();
        drop(listener.accept().await.unwrap());
        assert!(connection.exchange(b"x").await.is_err());
    }
}
