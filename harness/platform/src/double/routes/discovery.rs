//! `GET /registry/discover/:id` and `/registry/:id/peers` (contract 4.5, 4.6).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use http::HeaderMap;
use protocol::wire::WORKSPACE_ID_HEADER;
use serde_json::{Value, json};

use super::refusal::{NoWorkspace, RegistryGate};
use crate::double::Double;
use crate::double::access;
use crate::double::reply::{Refusal, Refused, Reply, header, refuse, reply};
use crate::double::state::{State as Rows, Workspace};

/// Says where another workspace is.
#[utoipa::path(
    get, path = "/registry/discover/{id}", tag = "registry",
    responses(
        (status = 200, description = "Its URL"),
        (status = 400, description = "No caller in X-Workspace-ID", body = Refused),
        (status = 403, description = "The two may not talk", body = Refused),
        (status = 503, description = "It is not available", body = Refused),
        RegistryGate, NoWorkspace,
    )
)]
pub(super) async fn discover(
    State(double): State<Double>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Reply {
    let caller = header(&headers, WORKSPACE_ID_HEADER);
    if caller.is_empty() {
        return refuse(400, "X-Workspace-ID header is required");
    }
    let mut state = double.state();
    Double::registry_gate(&mut state, &headers, caller)?;
    if !access::can_communicate(&state, caller, &id) {
        return refuse(403, "not authorized to discover this workspace");
    }
    let row = state
        .workspaces
        .get(&id)
        .ok_or_else(Refusal::no_workspace)?;
    let url = discovered_url(&state, row, caller)?;
    reply(200, &json!({"id": id, "url": url, "name": row.name}))
}

fn discovered_url(state: &Rows, row: &Workspace, caller: &str) -> Result<String, Refusal> {
    let is_external = |row: &Workspace| row.runtime == "external";
    if is_external(row) && !row.url.is_empty() {
        let caller_is_external = state.workspaces.get(caller).is_some_and(is_external);
        return Ok(if caller_is_external {
            row.url.clone()
        } else {
            // The first of each: an address of one's own machine means another one inside a container.
            row.url
                .replacen("127.0.0.1", "host.docker.internal", 1)
                .replacen("localhost", "host.docker.internal", 1)
        });
    }
    if let Some(url) = &row.internal_url {
        return Ok(url.clone());
    }
    if matches!(row.status.as_str(), "online" | "degraded") {
        let short: String = row.id.chars().take(12).collect();
        return Ok(format!("http://ws-{short}:8000"));
    }
    Err(Refusal::with(
        503,
        json!({"error": "workspace not available", "status": row.status}),
    ))
}

/// Lists the workspaces that one may talk to.
#[utoipa::path(
    get, path = "/registry/{id}/peers", tag = "registry", params(("q" = Option<String>, Query)),
    responses((status = 200, description = "Siblings, children and parent"), RegistryGate, NoWorkspace)
)]
pub(super) async fn peers(
    State(double): State<Double>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Reply {
    let mut state = double.state();
    Double::registry_gate(&mut state, &headers, &id)?;
    if !state.workspaces.contains_key(&id) {
        return Err(Refusal::no_workspace());
    }
    let wanted = query
        .get("q")
        .map(|text| text.to_lowercase())
        .unwrap_or_default();
    let fits = |row: &&Workspace| {
        let role = row.role.clone().unwrap_or_default();
        wanted.is_empty()
            || [&row.name, &role]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
    };
    let found = access::peers(&state, &id);
    let rows: Vec<Value> = found
        .iter()
        .filter_map(|peer| state.workspaces.get(peer))
        .filter(fits)
        .map(shown)
        .collect();
    reply(200, &Value::Array(rows))
}

fn shown(row: &Workspace) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "tier": row.tier,
        "status": row.status,
        "agent_card": row.agent_card,
        "url": row.url,
        "parent_id": row.parent_id,
        "active_tasks": row.active_tasks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(target: Workspace, caller_runtime: &str) -> (Rows, Workspace) {
        let mut state = Rows::default();
        let mut caller = Workspace::new("caller", "caller", "online");
        caller_runtime.clone_into(&mut caller.runtime);
        state.workspaces.insert("caller".into(), caller);
        (state, target)
    }

    #[test]
    fn disc_006_an_external_url_is_rewritten_for_callers_in_containers() {
        let mut target = Workspace::new("target", "target", "online");
        target.runtime = "external".into();
        target.url = "http://127.0.0.1:9/localhost".into();
        let (state, target) = family(target, "langgraph");
        let url = discovered_url(&state, &target, "caller").unwrap();
        assert_eq!(url, "http://host.docker.internal:9/host.docker.internal");
        let (state, target) = family(target, "external");
        assert_eq!(
            discovered_url(&state, &target, "caller").unwrap(),
            target.url
        );
    }

    #[test]
    fn a_workspace_that_never_registered_is_at_its_container_or_unavailable() {
        let target = Workspace::new("0123456789abcdef", "target", "online");
        let (state, mut target) = family(target, "langgraph");
        let url = discovered_url(&state, &target, "caller").unwrap();
        assert_eq!(url, "http://ws-0123456789ab:8000");
        target.status = "offline".into();
        let refusal = discovered_url(&state, &target, "caller").unwrap_err();
        assert_eq!(
            (refusal.status, &refusal.body["status"]),
            (503, &json!("offline"))
        );
    }
}
