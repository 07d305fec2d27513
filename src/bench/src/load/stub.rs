//! A server and its traffic for the tests of loads.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::Traffic;
use crate::http::Answer;

/// A server that answers each request after that time.
pub(super) async fn server(after: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 64];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    tokio::time::sleep(after).await;
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    if stream.write_all(answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// So many requests, each worth two units.
pub(super) struct Pings(Cell<u32>);

impl Pings {
    pub(super) fn new(count: u32) -> Self {
        Self(Cell::new(count))
    }
}

impl Traffic for Pings {
    fn next(&self, request: &mut Vec<u8>) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        *request = b"ping".to_vec();
        left > 0
    }

    fn judge(&self, answer: Answer<'_>) -> Result<u64> {
        answer.expect(&[200])?;
        Ok(2)
    }
}
