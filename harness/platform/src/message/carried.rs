//! A message body on its way: read whole if it is small, passed on as a stream otherwise.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, StreamBody};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

/// Up to this many bytes a body is read whole before it goes on; a larger one is streamed and recorded as opaque.
pub(crate) const KEPT_WHOLE: u64 = 2 * 1024 * 1024;

/// A body that was read whole, or the beginning of a stream.
pub(crate) enum Carried {
    /// All bytes.
    Whole(Bytes),
    /// Too large to wait for.
    Streamed {
        /// The declared length, or what was read until the limit was passed.
        declared: u64,
        /// All bytes, the ones read already included.
        stream: Body,
    },
}

impl Carried {
    /// The body to pass on.
    pub(crate) fn into_body(self) -> Body {
        match self {
            Self::Whole(bytes) => Body::from(bytes),
            Self::Streamed { stream, .. } => stream,
        }
    }
}

/// Reads a body whole, unless it declares more than [`KEPT_WHOLE`] or turns out to be longer.
pub(crate) async fn take<B>(body: B) -> Result<Carried, B::Error>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    take_until(body, None).await
}

/// The same, unless it has not ended when its time has come: it is one that its reader waits for piece by piece, such as events.
pub(crate) async fn take_within<B>(body: B, patience: Duration) -> Result<Carried, B::Error>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    take_until(body, Some(Instant::now() + patience)).await
}

async fn take_until<B>(mut body: B, until: Option<Instant>) -> Result<Carried, B::Error>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    if let Some(declared) = body.size_hint().exact().filter(|&size| size > KEPT_WHOLE) {
        return Ok(Carried::Streamed {
            declared,
            stream: Body::new(body),
        });
    }
    let mut read = BytesMut::new();
    loop {
        let frame = match until {
            None => body.frame().await,
            Some(until) => match tokio::time::timeout_at(until, body.frame()).await {
                Ok(frame) => frame,
                Err(_) => return Ok(begun(read, body)),
            },
        };
        let Some(frame) = frame else {
            return Ok(Carried::Whole(read.freeze()));
        };
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        read.extend_from_slice(&data);
        if read.len() as u64 > KEPT_WHOLE {
            return Ok(begun(read, body));
        }
    }
}

/// The stream of a body whose beginning was read already.
fn begun<B>(read: BytesMut, rest: B) -> Carried
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    let declared = read.len() as u64;
    let first = (!read.is_empty()).then(|| Ok::<_, axum::Error>(Frame::data(read.freeze())));
    let rest = rest.map_err(axum::Error::new).into_data_stream();
    let rest = futures_util::StreamExt::map(rest, |data| data.map(Frame::data));
    let all = futures_util::StreamExt::chain(futures_util::stream::iter(first), rest);
    Carried::Streamed {
        declared,
        stream: Body::new(StreamBody::new(all)),
    }
}

/// What went through a stream.
pub(crate) struct Passed {
    /// Bytes.
    pub(crate) size: u64,
    /// The hash of all bytes in hexadecimal.
    pub(crate) sha256: String,
    /// All of it, if it was no more than [`KEPT_WHOLE`].
    pub(crate) kept: Option<Bytes>,
    /// Whether the end was reached.
    pub(crate) whole: bool,
}

/// A stream that counts, hashes and keeps what goes through it, and reports once when it ends or is dropped.
pub(crate) struct Tally<F: FnOnce(Passed)> {
    inner: Body,
    size: u64,
    hash: Sha256,
    kept: BytesMut,
    report: Option<F>,
}

impl<F: FnOnce(Passed)> Tally<F> {
    /// Wraps a stream.
    pub(crate) fn new(inner: Body, report: F) -> Self {
        Self {
            inner,
            size: 0,
            hash: Sha256::new(),
            kept: BytesMut::new(),
            report: Some(report),
        }
    }

    fn pass(&mut self, data: &[u8]) {
        self.size += data.len() as u64;
        self.hash.update(data);
        if self.size <= KEPT_WHOLE {
            self.kept.extend_from_slice(data);
        } else {
            self.kept = BytesMut::new();
        }
    }

    fn finish(&mut self, whole: bool) {
        if let Some(report) = self.report.take() {
            let sha256 = hexadecimal(&std::mem::take(&mut self.hash).finalize());
            let kept = (self.size <= KEPT_WHOLE).then(|| std::mem::take(&mut self.kept).freeze());
            report(Passed {
                size: self.size,
                sha256,
                kept,
                whole,
            });
        }
    }
}

impl<F: FnOnce(Passed) + Unpin> HttpBody for Tally<F> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    self.pass(data);
                }
                // A server stops polling once a declared length is reached.
                if self.inner.is_end_stream() {
                    self.finish(true);
                }
            }
            Some(Err(_)) => self.finish(false),
            None => self.finish(true),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<F: FnOnce(Passed)> Drop for Tally<F> {
    fn drop(&mut self) {
        self.finish(false);
    }
}

/// Bytes as lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn a_small_body_is_read_whole_and_a_large_one_is_passed_on() {
        let small = take(Body::from("hello")).await.unwrap();
        assert!(matches!(small, Carried::Whole(bytes) if bytes == "hello"));
        let size = usize::try_from(KEPT_WHOLE).unwrap() + 1;
        let large = take(Body::from(vec![7; size])).await.unwrap();
        let Carried::Streamed { declared, stream } = large else {
            panic!("read whole")
        };
        assert_eq!(declared, KEPT_WHOLE + 1);
        assert_eq!(stream.collect().await.unwrap().to_bytes().len(), size);
    }

    #[tokio::test]
    async fn an_undeclared_length_is_found_out_without_losing_a_byte() {
        let chunk = Bytes::from(vec![1; 700_000]);
        let chunks = (0..4).map(move |_| Ok::<_, axum::Error>(Frame::data(chunk.clone())));
        let body = Body::new(StreamBody::new(futures_util::stream::iter(chunks)));
        let Carried::Streamed { stream, .. } = take(body).await.unwrap() else {
            panic!("read whole")
        };
        assert_eq!(stream.collect().await.unwrap().to_bytes().len(), 2_800_000);
    }

    #[tokio::test]
    async fn what_does_not_end_in_time_is_passed_on_as_it_comes() {
        let first = futures_util::stream::iter([Ok::<_, axum::Error>(Frame::data(Bytes::from(
            "data: 1\n\n",
        )))]);
        let endless = futures_util::StreamExt::chain(first, futures_util::stream::pending());
        let carried = take_within(
            Body::new(StreamBody::new(endless)),
            Duration::from_millis(5),
        )
        .await
        .unwrap();
        let Carried::Streamed { mut stream, .. } = carried else {
            panic!("read whole")
        };
        let frame = stream.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(frame, "data: 1\n\n");
    }

    #[tokio::test]
    async fn a_tally_reports_once_what_went_through() {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        let tally = Tally::new(Body::from("abc"), move |passed: Passed| {
            seen.lock()
                .unwrap()
                .push((passed.size, passed.sha256, passed.kept, passed.whole));
        });
        tally.collect().await.unwrap();
        let reports = reports.lock().unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            *reports,
            [(3, abc.to_owned(), Some(Bytes::from("abc")), true)]
        );
    }
}
