//! `POST /internal/chat/uploads/ingest`: files of a chat, streamed to disk (contract 7.3).

mod batch;
mod multipart;
mod part_head;
mod route;
mod sanitise;

pub(super) use route::ingest;
