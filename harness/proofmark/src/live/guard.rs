//! What keeps a run from leaving anything behind when it breaks down in the middle.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use super::run::LiveRun;

/// A run that broke down: a mistake of ours.
#[derive(Debug)]
pub struct Breakdown {
    /// What the panic said.
    pub why: String,
    /// What it created and could not be given back, and why.
    pub left_behind: Vec<String>,
}

/// Runs something to its end. If it panics, what was created on the live platform is given back all the same.
pub async fn guarded<T>(
    live: Option<LiveRun>,
    run: impl Future<Output = T>,
) -> Result<T, Breakdown> {
    match AssertUnwindSafe(run).catch_unwind().await {
        Ok(done) => Ok(done),
        Err(panic) => {
            let left_behind = match live {
                Some(live) => live.release_all().await,
                None => Vec::new(),
            };
            Err(Breakdown {
                why: said(&*panic),
                left_behind,
            })
        }
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it did not say why")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use platform::{Gateway, Recorder, Tenant, TenantSettings, World};
    use protocol::{Redactor, Revision};

    use super::*;
    use crate::live::{LeaseJournal, LiveSettings, Offers};

    #[tokio::test]
    async fn a_panic_leaves_nothing_on_the_platform() {
        let directory = tempfile::tempdir().unwrap();
        let leases = directory.path().join("leases.ndjson");
        let platform = Gateway::start(World::default(), Recorder::start(Redactor::new()))
            .await
            .unwrap();
        let tenant = Tenant::open(&TenantSettings::at(platform.origin(), "127.0.0.1")).unwrap();
        let live = LiveRun::begin(LiveSettings {
            tenant: tenant.clone(),
            offers: Offers::of_an_operator(Revision::R1),
            leases: leases.clone(),
            max_creates: 2,
            public_url: None,
            existing: None,
        })
        .unwrap();
        let before = tenant.workspaces().await.unwrap().len();
        let (held, seen) = (live.clone(), tenant.clone());
        let ended: Result<(), _> = guarded(Some(live), async move {
            held.create(Some("http://localhost:9"), None, false)
                .await
                .unwrap();
            assert_eq!(seen.workspaces().await.unwrap().len(), before + 1);
            panic!("of all things")
        })
        .await;
        let breakdown = ended.unwrap_err();
        assert_eq!(
            (breakdown.why.as_str(), breakdown.left_behind.len()),
            ("of all things", 0)
        );
        assert_eq!(tenant.workspaces().await.unwrap().len(), before);
        assert!(
            LeaseJournal::outstanding(&leases, &tenant.origin())
                .unwrap()
                .is_empty()
        );
    }
}
