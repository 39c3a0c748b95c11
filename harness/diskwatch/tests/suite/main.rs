//! The watcher at work: sample writers in several languages, faults, and everything a tree of processes can do.
//!
//! The watcher wants a process of its own, so this executable starts itself again as the helper and as sample writers.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod author;
mod comparison;
mod conduct;
mod faults;
mod helper;
mod language;
mod law;
mod orders;
mod place;
mod refused;
mod threads;
mod user;
mod writer;
mod writers;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("__watch") => helper::serve(&arguments[2..]),
        Some("__orphan") => helper::orphan(),
        Some("__probe") => helper::probe(),
        Some("__writer") => writer::main(),
        _ => {
            let trials: Vec<Trial> = [
                writers::trials(),
                faults::trials(),
                orders::trials(),
                refused::trials(),
                comparison::trials(),
                conduct::trials(),
                place::trials(),
                threads::trials(),
            ]
            .into_iter()
            .flatten()
            .collect();
            let copies = helper::open_to_all();
            user::COPIES.set(copies.path().to_owned()).unwrap();
            let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
            drop(copies);
            conclusion.exit();
        }
    }
}

/// A trial that panics when it fails.
fn trial(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
}
