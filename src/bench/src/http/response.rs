//! Finds the end of an answer in what has arrived so far. Parses no more of it than its status and its length.

/// Why an answer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Where an answer ends, and its parts within what has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    /// The status.
    pub(crate) status: u16,
    /// Where the body begins: behind the empty line.
    pub(crate) body_start: usize,
    /// The answer's bytes.
    pub(crate) end: usize,
    /// Whether the body comes in chunks, whose sizes stand between its bytes.
    pub(crate) chunked: bool,
    /// Whether the server closes the connection behind it.
    pub(crate) closes: bool,
}

/// Looks whether a whole answer has arrived; `None` where more has to come.
pub(crate) fn find(bytes: &[u8]) -> Result<Option<Whole>, Malformed> {
    let Some(head) = position(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let body_start = head + 4;
    let mut lines = bytes[..head].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let status = status(lines.next().unwrap_or_default())?;
    let mut length = None;
    let (mut chunked, mut closes) = (false, false);
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return Err(Malformed("a header line has no colon"));
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            length = Some(number(value, 10).ok_or(Malformed("content-length is not a number"))?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            chunked = value.eq_ignore_ascii_case(b"chunked");
        } else if name.eq_ignore_ascii_case(b"connection") {
            closes = value.eq_ignore_ascii_case(b"close");
        }
    }
    let body = &bytes[body_start..];
    let body_bytes = if chunked {
        match chunked_bytes(body)? {
            Some(bytes) => bytes,
            None => return Ok(None),
        }
    } else if matches!(status, 204 | 304) {
        0
    } else {
        length.ok_or(Malformed("neither content-length nor chunks"))?
    };
    let whole = Whole {
        status,
        body_start,
        end: body_start + body_bytes,
        chunked,
        closes,
    };
    Ok((body.len() >= body_bytes).then_some(whole))
}

fn status(line: &[u8]) -> Result<u16, Malformed> {
    let malformed = Malformed("not an HTTP/1.1 status line");
    let rest = line.strip_prefix(b"HTTP/1.1 ").ok_or(malformed.clone())?;
    let digits = rest.get(..3).ok_or(malformed.clone())?;
    number(digits, 10)
        .and_then(|status| u16::try_from(status).ok())
        .ok_or(malformed)
}

/// The bytes of a body in chunks, sizes and last line included; `None` where more has to come.
fn chunked_bytes(body: &[u8]) -> Result<Option<usize>, Malformed> {
    let mut place = 0;
    loop {
        let Some(rest) = body.get(place..) else { return Ok(None) };
        let Some(line) = position(rest, b"\r\n") else {
            return Ok(None);
        };
        let size = rest[..line].split(|byte| *byte == b';').next().unwrap_or_default();
        let size = number(size.trim_ascii(), 16).ok_or(Malformed("the size of a chunk is not a number"))?;
        place += line + 2;
        if size == 0 {
            // No trailers: one empty line ends it.
            return Ok((body.len() >= place + 2).then_some(place + 2));
        }
        place = place
            .checked_add(size)
            .and_then(|place| place.checked_add(2))
            .ok_or(Malformed("a chunk without end"))?;
    }
}

fn number(digits: &[u8], radix: u32) -> Option<usize> {
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 4\r\n\r\n{\"a\"";
    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n, you!\r\n0\r\n\r\n";

    #[test]
    fn an_answer_ends_by_its_length() {
        let whole = find(PLAIN).unwrap().unwrap();
        assert_eq!(
            (whole.status, whole.end, whole.chunked, whole.closes),
            (200, PLAIN.len(), false, false)
        );
        assert_eq!(&PLAIN[whole.body_start..whole.end], b"{\"a\"");
    }

    #[test]
    fn an_answer_that_has_not_all_arrived_is_waited_for() {
        for answer in [PLAIN, CHUNKED] {
            for end in 0..answer.len() {
                assert_eq!(find(&answer[..end]), Ok(None), "{end}");
            }
            let mut more = answer.to_vec();
            more.extend_from_slice(b"HTTP/1.1");
            assert_eq!(find(&more).unwrap().unwrap().end, answer.len());
        }
    }

    #[test]
    fn an_answer_without_content_has_no_body() {
        let whole = find(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
            .unwrap()
            .unwrap();
        assert_eq!(
            (whole.status, whole.end - whole.body_start, whole.closes),
            (204, 0, true)
        );
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bytes in [
            &b"HTTP/1.0 200 OK\r\n\r\n"[..],
            b"HTTP/1.1 2x0 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        ] {
            assert!(find(bytes).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
    }
}
