//! End to end through the built binary: what users type, and what they get.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod action;
mod command_line;
mod deaf_edge;
mod disk;
mod doctor;
mod faults;
mod gate;
mod init;
mod interruption;
mod invalid_input;
mod journals;
mod live;
#[cfg(target_os = "linux")]
mod ownership;
mod platform;
mod program;
mod readme;
mod recordings;
mod refused_tenants;
mod rejudge;
mod reports;
mod runtimes;
mod samples;
mod secrecy;
mod structure;
mod subjects;
mod tenant;
mod tls_front;
mod waivers;
#[cfg(target_os = "linux")]
mod watching;
