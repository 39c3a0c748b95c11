//! Tenants that cannot be judged against, or may not be contacted.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering;

use crate::program::{ended, proofmark};
use crate::tenant::with_tokens;
use crate::tls_front::TlsFront;

/// A server that does this with every connection.
fn serving(mut serve: impl FnMut(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(&mut serve));
    port
}

/// A server that answers every connection with these bytes.
fn answering(bytes: &'static str) -> u16 {
    serving(move |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(bytes.as_bytes());
    })
}

/// A server that takes connections and says nothing.
fn hanging() -> u16 {
    let mut taken = Vec::new();
    serving(move |stream| taken.push(stream))
}

/// A server that resets: what was sent to it and not read is answered so by the kernel.
fn resetting() -> u16 {
    serving(|mut stream| {
        let _ = stream.read(&mut [0; 1]);
    })
}

#[test]
fn a_tenant_that_cannot_be_judged_against_is_blamed_itself() {
    let directory = tempfile::tempdir().unwrap();
    let leases = directory
        .path()
        .join("leases.ndjson")
        .to_string_lossy()
        .into_owned();
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for (port, blame, said) in [
        (
            answering("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"),
            "platform",
            "answers 500",
        ),
        (answering(""), "platform", "ended the connection"),
        (resetting(), "platform", "ended the connection"),
        (
            hanging(),
            "platform",
            "did not answer `GET /health` within 10 s",
        ),
        (nobody, "platform", "cannot be reached"),
        (
            answering(
                "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n",
            ),
            "edge",
            "redirects to `elsewhere.example`",
        ),
        (
            answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
            "edge",
            "an empty 404",
        ),
        (
            answering(
                "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 16\r\n\r\n<!doctype html>\n",
            ),
            "edge",
            "the web app",
        ),
    ] {
        let url = format!("http://127.0.0.1:{port}");
        let mut command = proofmark(&[
            "run",
            "--platform",
            &url,
            "--allow-tenant",
            "127.0.0.1",
            "--leases",
            &leases,
        ]);
        let ran = ended(with_tokens(&mut command).output().unwrap());
        assert_eq!(ran.code, 3, "{said}: {}{}", ran.out, ran.error);
        assert!(
            ran.error.contains(&format!("blame: {blame}")) && ran.error.contains(said),
            "{said}: {}",
            ran.error
        );
    }
    let front = TlsFront::before(nobody, true);
    let mut command = proofmark(&[
        "run",
        "--platform",
        &front.url(),
        "--allow-tenant",
        "localhost",
        "--leases",
        &leases,
    ]);
    command.arg("--certificate-authority").arg(&front.authority);
    let ran = ended(with_tokens(&mut command).output().unwrap());
    assert!(
        ran.code == 3 && ran.error.contains("certificate of `localhost`"),
        "{}{}",
        ran.out,
        ran.error
    );
}

#[test]
fn a_host_that_is_not_allowed_is_never_contacted() {
    let front = TlsFront::before(1, false);
    for allowed in [&[][..], &["--allow-tenant", "tenant.example"]] {
        let mut command = proofmark(&["run", "--platform", &front.url()]);
        let ran = ended(with_tokens(command.args(allowed)).output().unwrap());
        assert!(
            ran.code == 2 && ran.error.contains("nothing was sent"),
            "{}{}",
            ran.out,
            ran.error
        );
    }
    assert_eq!(front.connections.load(Ordering::Relaxed), 0);
}

#[test]
fn a_rehearsal_says_what_would_be_created_and_contacts_nobody() {
    let front = TlsFront::before(1, false);
    let mut command = proofmark(&[
        "run",
        "token/*",
        "--platform",
        &front.url(),
        "--allow-tenant",
        "localhost",
        "--dry-run",
    ]);
    let ran = ended(with_tokens(&mut command).output().unwrap());
    assert!(
        ran.code == 0 && ran.out.contains("workspaces"),
        "{}{}",
        ran.out,
        ran.error
    );
    assert_eq!(front.connections.load(Ordering::Relaxed), 0);
}
