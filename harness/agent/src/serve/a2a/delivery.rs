//! Messages by id: a redelivered one gets the answer of the first, even if that is still being made (A2A-016).

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::Mutex;

use serde_json::Value;
use tokio::sync::watch;

use super::error::RpcError;
use crate::lock::held;

/// Enough for every message that a platform may still redeliver.
const KEPT: usize = 256;

type Answer = Result<Value, RpcError>;

/// Remembers the newest answers.
#[derive(Debug, Default)]
pub(super) struct Deliveries(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    answers: HashMap<String, watch::Receiver<Option<Answer>>>,
    order: VecDeque<String>,
}

impl Deliveries {
    /// Does the work for a new message, or waits for the work that is or was done for it.
    ///
    /// The work is a task of its own: a sender that hangs up will come back for the answer.
    pub(super) async fn answer(
        &self,
        key: &str,
        work: impl Future<Output = Answer> + Send + 'static,
    ) -> Answer {
        let mut receiver = self.join(key, work);
        let answer = receiver
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|answer| answer.clone());
        answer.unwrap_or_else(|| Err(RpcError::application("the work ended without an answer")))
    }

    fn join(
        &self,
        key: &str,
        work: impl Future<Output = Answer> + Send + 'static,
    ) -> watch::Receiver<Option<Answer>> {
        let mut known = held(&self.0);
        if let Some(receiver) = known.answers.get(key) {
            return receiver.clone();
        }
        let (sender, receiver) = watch::channel(None);
        tokio::spawn(async move {
            sender.send_replace(Some(work.await));
        });
        known.answers.insert(key.to_owned(), receiver.clone());
        known.order.push_back(key.to_owned());
        if known.order.len() > KEPT
            && let Some(oldest) = known.order.pop_front()
        {
            known.answers.remove(&oldest);
        }
        receiver
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn the_work_for_one_message_is_done_once() {
        let deliveries = Deliveries::default();
        let count = Arc::new(AtomicUsize::new(0));
        let work = || {
            let count = Arc::clone(&count);
            async move {
                tokio::task::yield_now().await;
                Ok(json!(count.fetch_add(1, Ordering::Relaxed)))
            }
        };
        let (one, two) = tokio::join!(
            deliveries.answer("m", work()),
            deliveries.answer("m", work())
        );
        assert_eq!((one, two), (Ok(json!(0)), Ok(json!(0))));
        assert_eq!(deliveries.answer("m", work()).await, Ok(json!(0)));
        assert_eq!(deliveries.answer("n", work()).await, Ok(json!(1)));
    }

    #[tokio::test]
    async fn the_oldest_answers_are_forgotten() {
        let deliveries = Deliveries::default();
        for number in 0..=KEPT {
            deliveries
                .answer(&number.to_string(), async { Ok(json!("old")) })
                .await
                .unwrap();
        }
        assert_eq!(
            deliveries.answer("0", async { Ok(json!("new")) }).await,
            Ok(json!("new"))
        );
        assert_eq!(
            deliveries.answer("256", async { Ok(json!("new")) }).await,
            Ok(json!("old"))
        );
    }
}
