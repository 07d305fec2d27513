//! HTTP/1.1 as far as a load client of our own server needs it: kept-alive connections over TCP, whole requests out,
//! whole answers in.

mod connection;
mod response;

pub(crate) use connection::{Answer, Connection};

/// A request with a JSON body, ready to be sent.
pub(crate) fn json_request(method: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A request for a page or a form, with the cookie of a session.
pub(crate) fn page_request(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nCookie: {cookie}\r\n\r\n").into_bytes()
}

/// A form as a browser without scripts sends it.
pub(crate) fn form_request(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let request = String::from_utf8(json_request("PUT", "/v1/x", "dd_sk_1", "{\"a\":1}")).unwrap();
        assert!(request.starts_with("PUT /v1/x HTTP/1.1\r\nHost: "), "{request}");
        assert!(request.contains("\r\nContent-Length: 7\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
    }
}
