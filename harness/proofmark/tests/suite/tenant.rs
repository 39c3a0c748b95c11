//! A live platform: a stand-alone double in a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use crate::program::{Ran, ended, proofmark};
use crate::tls_front::TlsFront;

pub(crate) const ADMIN: &str = "an-operators-token-for-trials";
pub(crate) const CONTROL: &str = "a-control-token-for-trials";

/// A platform in a process of its own.
pub(crate) struct Platform {
    child: Child,
    pub(crate) port: u16,
    directory: tempfile::TempDir,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let mut child = with_tokens(&mut proofmark(&[
            "platform",
            "--port",
            "0",
            "--revision",
            "r1",
        ]))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("PLATFORM_URL=") {
            line.clear();
            assert!(
                lines.read_line(&mut line).unwrap() > 0,
                "the platform did not start"
            );
        }
        let port = line.trim().rsplit(':').next().unwrap().parse().unwrap();
        // A program that prints into a closed pipe ends.
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = lines.read_to_end(&mut rest);
        });
        Self {
            child,
            port,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn leases(&self) -> String {
        self.directory
            .path()
            .join("leases.ndjson")
            .to_string_lossy()
            .into_owned()
    }

    /// `proofmark VERB` against it, through a front.
    pub(crate) fn command(&self, front: &TlsFront, verb: &str, words: &[&str]) -> Command {
        let mut command = proofmark(&[
            verb,
            "--platform",
            &front.url(),
            "--allow-tenant",
            "localhost",
        ]);
        command
            .arg("--certificate-authority")
            .arg(&front.authority)
            .args(["--leases", &self.leases()]);
        command.args(["--request-rate", "5000"]).args(words);
        with_tokens(&mut command);
        command
    }

    pub(crate) fn run(&self, front: &TlsFront, verb: &str, words: &[&str]) -> Ran {
        ended(self.command(front, verb, words).output().unwrap())
    }

    /// A run in the middle of which something of it is on the platform.
    pub(crate) fn creating(&self, front: &TlsFront) -> Child {
        let mut command = self.command(front, "run", &["heartbeat/*"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !std::fs::read_to_string(self.leases()).is_ok_and(|text| text.contains("created")) {
            assert!(
                child.try_wait().unwrap().is_none(),
                "the run ended before anything was created"
            );
            std::thread::yield_now();
        }
        child
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn with_tokens(command: &mut Command) -> &mut Command {
    command
        .env("PROOFMARK_ADMIN_TOKEN", ADMIN)
        .env("PROOFMARK_CONTROL_TOKEN", CONTROL)
}
