//! What the gateway adds to a request on its way to a live platform, on loopback.
//!
//! Direct and forwarded requests take turns, so that a busy machine slows both alike; the medians count. Run it with `cargo bench -p
//! proofmark-platform`; it fails where more is added than is promised.

use std::error::Error;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use platform::{Gateway, Recorder, Tenant, TenantSettings, World};
use protocol::Redactor;
use reqwest::Client;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PAIRS: usize = 2000;
const WARM_UP: usize = 200;
/// What the way through the gateway may add.
const AT_MOST: Duration = Duration::from_millis(1);

fn main() -> ExitCode {
    // With `--test` nothing is measured.
    if !std::env::args().any(|argument| argument == "--bench") {
        return say("measures with `cargo bench` only")
            .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let measured = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(measure()));
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "the measurement failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Measures, and says whether what is added is no more than promised.
async fn measure() -> Result<bool> {
    let platform = Gateway::start(World::default(), Recorder::start(Redactor::new())).await?;
    let tenant = Tenant::open(&TenantSettings {
        // Far more than are asked for one after the other, so that none waits for its turn.
        requests_per_second: 1_000_000_000,
        ..TenantSettings::at(platform.origin(), "127.0.0.1")
    })?;
    let free = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = free.local_addr()?;
    drop(free);
    let recorder = Recorder::start(Redactor::new());
    let gateway = Gateway::start_before(tenant, World::default(), recorder, address).await?;
    let client = Client::builder().no_proxy().build()?;
    let (mut direct, mut forwarded) = (Vec::new(), Vec::new());
    for turn in 0..WARM_UP + PAIRS {
        let (near, far) = (
            ask(&client, &platform.origin()).await?,
            ask(&client, &gateway.origin()).await?,
        );
        if turn >= WARM_UP {
            direct.push(near);
            forwarded.push(far);
        }
    }
    let mut added: Vec<_> = direct
        .iter()
        .zip(&forwarded)
        .map(|(near, far)| far.saturating_sub(*near))
        .collect();
    let [direct, forwarded, added] =
        [&mut direct, &mut forwarded, &mut added].map(|all| median(all));
    say(&format!(
        "{PAIRS} requests each, medians: direct {direct:.1?}, through the gateway {forwarded:.1?}"
    ))?;
    say(&format!(
        "added {added:.1?}; at most {AT_MOST:?} are promised"
    ))?;
    gateway.close().await;
    platform.close().await;
    Ok(added <= AT_MOST)
}

/// One heartbeat, read whole.
async fn ask(client: &Client, origin: &str) -> Result<Duration> {
    let body = r#"{"workspace_id":"7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11"}"#;
    let begun = Instant::now();
    let request = client
        .post(format!("{origin}/registry/heartbeat"))
        .header("origin", origin)
        .body(body);
    let answer = request.send().await?;
    answer.bytes().await?;
    Ok(begun.elapsed())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
