//! `GET /internal/file/read`: regular files under four roots, and nothing else (contract 7.3).

mod locate;
mod path;
mod route;

pub(super) use route::read;
