//! Reading and dropping the rest of a refused body.
//!
//! A refusal goes out before the body has arrived. Closing the connection then would reset it, and the sender would
//! lose the refusal; so the rest is read and dropped, within bounds.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;

const LONGEST: Duration = Duration::from_secs(5);
const MOST: usize = 128 * 1024 * 1024;

/// Drops the rest of a body in the background.
pub(super) fn discard(body: Body) {
    tokio::spawn(tokio::time::timeout(LONGEST, async move {
        let mut stream = body.into_data_stream();
        let mut read = 0;
        while let Some(Ok(chunk)) = stream.next().await {
            read += chunk.len();
            if read > MOST {
                break;
            }
        }
    }));
}
