//! Multipart forms, read as a stream: at most one chunk and one boundary are in memory.
//!
//! Written here because the usual parser refuses control characters in names, which CHAT-005 wants sanitised.

use std::io::BufRead as _;

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};

use super::part_head::{PartHead, read};

/// A form's headers are never longer.
const HEAD_LIMIT: usize = 16 * 1024;

/// Says why the body cannot be read as a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MultipartError {
    #[error("the body is not a complete multipart form")]
    Malformed,
    #[error("the body is longer than a form may be")]
    TooLong,
}

/// Reads parts one after the other.
#[derive(Debug)]
pub(super) struct Multipart<S> {
    stream: S,
    buffer: BytesMut,
    /// Line break and boundary: what ends a part.
    delimiter: Vec<u8>,
    in_part: bool,
}

impl<S> Multipart<S>
where
    S: Stream<Item = Result<Bytes, MultipartError>> + Unpin,
{
    pub(super) fn new(stream: S, boundary: &str) -> Self {
        // What precedes the first boundary is a part to be skipped.
        Self {
            stream,
            buffer: BytesMut::from(&b"\r\n"[..]),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            in_part: true,
        }
    }

    /// Goes to the next part, skipping what is left of this one; none after the last.
    pub(super) async fn next_part(&mut self) -> Result<Option<PartHead>, MultipartError> {
        while self.chunk().await?.is_some() {}
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(None);
        }
        // After the boundary comes a line break; headers, if any; and an empty line.
        let end = loop {
            match self
                .buffer
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                Some(end) => break end,
                None if self.buffer.len() > HEAD_LIMIT => return Err(MultipartError::Malformed),
                None => self.fill().await?,
            }
        };
        let head = self.buffer.split_to(end);
        self.buffer.advance(4);
        self.in_part = true;
        Ok(Some(read(&head)))
    }

    /// Gives the next bytes of this part; none at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, MultipartError> {
        while self.in_part {
            if let Some(position) = find(&self.buffer, &self.delimiter) {
                if position > 0 {
                    return Ok(Some(self.buffer.split_to(position).freeze()));
                }
                self.buffer.advance(self.delimiter.len());
                self.in_part = false;
                break;
            }
            // A delimiter may have begun in the last bytes.
            let certain = (self.buffer.len() + 1).saturating_sub(self.delimiter.len());
            if certain > 0 {
                return Ok(Some(self.buffer.split_to(certain).freeze()));
            }
            self.fill().await?;
        }
        Ok(None)
    }

    async fn fill(&mut self) -> Result<(), MultipartError> {
        match self.stream.next().await {
            Some(Ok(bytes)) => {
                self.buffer.extend_from_slice(&bytes);
                Ok(())
            }
            Some(Err(error)) => Err(error),
            None => Err(MultipartError::Malformed),
        }
    }
}

/// Reads the boundary out of a content type.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type
        .trim()
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        let fits = key.trim().eq_ignore_ascii_case("boundary") && (1..=200).contains(&value.len());
        fits.then(|| value.to_owned())
    })
}

/// Finds a delimiter, looking closer only at line breaks; the standard search for one byte is the fast one.
fn find(buffer: &[u8], delimiter: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let mut rest = &buffer[from..];
        let skipped = rest.skip_until(b'\r').ok().filter(|skipped| *skipped > 0)?;
        let position = from + skipped - 1;
        if buffer[position..].starts_with(delimiter) {
            return Some(position);
        }
        from += skipped;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    fn parts(body: &[u8], size: usize) -> Result<Vec<(String, Vec<u8>)>, MultipartError> {
        let chunks: Vec<Result<Bytes, MultipartError>> = body
            .chunks(size)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        let mut form = Multipart::new(stream::iter(chunks), "edge");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut parts = Vec::new();
            while let Some(head) = form.next_part().await? {
                let mut content = Vec::new();
                while let Some(chunk) = form.chunk().await? {
                    content.extend_from_slice(&chunk);
                }
                parts.push((head.name, content));
            }
            Ok(parts)
        })
    }

    #[test]
    fn preamble_headerless_parts_and_epilogue_are_no_obstacle() {
        let body = b"before\r\n--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--edge\r\n\r\ntwo\r\n--edge--\r\nafter";
        assert_eq!(
            parts(body, 5).unwrap(),
            [
                ("a".to_owned(), b"one".to_vec()),
                (String::new(), b"two".to_vec())
            ]
        );
    }

    #[test]
    fn a_body_that_ends_early_is_an_error() {
        for body in [
            &b""[..],
            b"hello",
            b"--edge\r\n\r\nx",
            b"--edge",
            b"--edge\r\nContent-Type: x\r\n\r\nx\r\n--edg",
        ] {
            assert_eq!(
                parts(body, 3),
                Err(MultipartError::Malformed),
                "{}",
                String::from_utf8_lossy(body)
            );
        }
        assert_eq!(parts(b"--edge--", 3), Ok(Vec::new()));
    }

    #[test]
    fn the_boundary_is_found_or_the_type_is_wrong() {
        assert_eq!(
            boundary("multipart/form-data; boundary=edge").as_deref(),
            Some("edge")
        );
        assert_eq!(
            boundary("Multipart/Form-Data; charset=x; Boundary=\"an edge\"").as_deref(),
            Some("an edge")
        );
        for other in [
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "text/x; boundary=e",
        ] {
            assert_eq!(boundary(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_content_survives_any_cutting(
            contents in prop::collection::vec(prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'-'), any::<u8>()], 0..40), 0..4),
            size in 1usize..50,
        ) {
            let mut body = Vec::new();
            for content in &contents {
                body.extend_from_slice(b"--edge\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\n");
                body.extend_from_slice(content);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"--edge--\r\n");
            let read = parts(&body, size).unwrap();
            prop_assert_eq!(read.into_iter().map(|(_, content)| content).collect::<Vec<_>>(), contents);
        }
    }
}
