//! Finished delegations that the subject did not ask for.

use crate::reading::{Piece, Template, record, words};

record! {
    /// A finished delegation in the subject's list (contract 6.3).
    pub struct Feed {
        /// Its id.
        pub delegation: Template,
        /// Who delegated; the subject unless said otherwise.
        pub source: Template = Template { pieces: vec![Piece::Variable("workspace".into())] },
        /// Who did it.
        pub target: Template,
        /// How it ended; `completed` unless said otherwise.
        pub status: DelegationStatus = DelegationStatus::Completed,
        /// A line for people.
        pub summary: Template = Template::literal(""),
        /// The beginning of the answer.
        pub response_preview: Option<Template>,
        /// What went wrong.
        pub error: Option<Template>,
    }
}

words! {
    /// How a delegation ended.
    pub enum DelegationStatus = "status" {
        /// With an answer.
        Completed = "completed",
        /// Without one.
        Failed = "failed",
    }
}
