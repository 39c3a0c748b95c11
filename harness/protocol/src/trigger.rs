//! What a harness can make a runtime do; the runtime's manifest says by which means.

crate::vocabulary! {
    /// An act of a runtime that a scenario can ask for.
    pub enum Trigger: PartialOrd, Ord = "trigger" {
        /// It sends a message to another workspace.
        PeerMessage = "peer-message",
        /// It tells its user something.
        NotifyUser = "notify-user",
        /// It sends a message to itself.
        SelfMessage = "self-message",
    }
}
