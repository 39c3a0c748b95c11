//! What control routes act on.

use protocol::Credential;

use crate::double::Double;
use crate::edge_switch::EdgeSwitch;
use crate::fault::FaultBoard;
use crate::peer::Peers;
use crate::recorder::Recorder;

/// Handles on everything that can be driven.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) token: Credential,
    pub(crate) double: Double,
    pub(crate) edge_switch: EdgeSwitch,
    pub(crate) peers: Peers,
    pub(crate) faults: FaultBoard,
    pub(crate) recorder: Recorder,
}
