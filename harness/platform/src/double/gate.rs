//! The gates of contract section 3.

use http::HeaderMap;
use protocol::wire::BEARER_PREFIX;

use super::double::Double;
use super::reply::{Refusal, bearer, header, refuse};
use super::spelling::is_uuid;
use super::state::State;
use crate::edge::same_origin;

const MISSING: &str = "missing workspace auth token";
const INVALID: &str = "invalid workspace auth token";

impl Double {
    /// The workspace of a valid bearer (`ValidateToken` without a given workspace).
    pub(super) fn bearer_owner(state: &mut State, headers: &HeaderMap) -> Option<String> {
        let owner = state.tokens.owner(bearer(headers)?)?;
        state
            .workspaces
            .get(&owner)
            .is_some_and(|row| !row.removed())
            .then_some(owner)
    }

    /// `ValidateToken`: the bearer is a live token of this workspace, which is not removed.
    fn validates(state: &mut State, headers: &HeaderMap, workspace: &str) -> bool {
        Self::bearer_owner(state, headers).is_some_and(|owner| owner == workspace)
    }

    /// The rule shared by registry, discovery and A2A: a workspace without a live token passes.
    fn gate(
        state: &mut State,
        headers: &HeaderMap,
        workspace: &str,
        (missing, invalid): (&str, &str),
    ) -> Result<(), Refusal> {
        // A text that is no UUID makes the lookup fail, and a failed lookup lets through.
        if !is_uuid(workspace) || state.tokens.live(workspace).next().is_none() {
            return Ok(());
        }
        if bearer(headers).is_none() {
            return refuse(401, missing);
        }
        if Self::validates(state, headers, workspace) {
            Ok(())
        } else {
            refuse(401, invalid)
        }
    }

    /// `requireWorkspaceToken`: register, heartbeat, update-card; also discovery's gate, and the one inside some handlers.
    pub(super) fn registry_gate(
        state: &mut State,
        headers: &HeaderMap,
        workspace: &str,
    ) -> Result<(), Refusal> {
        Self::gate(state, headers, workspace, (MISSING, INVALID))
    }

    /// `validateCallerToken` of the A2A proxy.
    pub(super) fn caller_gate(
        state: &mut State,
        headers: &HeaderMap,
        caller: &str,
    ) -> Result<(), Refusal> {
        Self::gate(
            state,
            headers,
            caller,
            ("missing caller auth token", "invalid caller auth token"),
        )
    }

    /// `WorkspaceAuth`: no grandfathering; a same-origin request passes without a bearer, never with a bad one
    /// (WAF-033).
    pub(super) fn workspace_gate(
        &self,
        headers: &HeaderMap,
        workspace: &str,
    ) -> Result<(), Refusal> {
        match bearer(headers) {
            Some(token) if self.is_admin(token) => Ok(()),
            Some(_) if Self::validates(&mut self.state(), headers, workspace) => Ok(()),
            Some(_) => refuse(401, INVALID),
            None if self.trusts_same_origin() && same_origin(headers) => Ok(()),
            None => refuse(401, MISSING),
        }
    }

    /// `AdminAuth`: open as long as there is neither an operator's token nor any live token; without an operator's token
    /// any live workspace token will do.
    pub(super) fn admin_gate(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let configured = self.inner.admin_token.is_some();
        let mut state = self.state();
        if !configured && !state.tokens.any_live() {
            return Ok(());
        }
        let token = bearer(headers).ok_or_else(|| Refusal::new(401, "admin auth required"))?;
        let passes = if configured {
            self.is_admin(token)
        } else {
            Self::bearer_owner(&mut state, headers).is_some()
        };
        if passes {
            Ok(())
        } else {
            refuse(401, "invalid admin auth token")
        }
    }

    /// The gate of the route for test tokens: an operator's token if there is one, with or without `Bearer `.
    pub(super) fn test_token_gate(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = header(headers, "authorization");
        let token = given.strip_prefix(BEARER_PREFIX).unwrap_or(given).trim();
        if self.inner.admin_token.is_none() || self.is_admin(token) {
            Ok(())
        } else {
            refuse(401, "admin auth required")
        }
    }

    fn is_admin(&self, token: &str) -> bool {
        self.inner
            .admin_token
            .as_ref()
            .is_some_and(|admin| admin.reveal() == token)
    }
}
