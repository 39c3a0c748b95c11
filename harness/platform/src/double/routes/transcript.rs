//! `GET /workspaces/:id/transcript`, forwarded to the URL in the agent's card (contract 4.18, TRN-005).

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::Query;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method};
use serde_json::Value;
use url::{Host, Url};

use super::auth::WorkspaceAuth;
use super::refusal::NoWorkspace;
use crate::double::outgoing::Errand;
use crate::double::reply::{Refusal, Refused, Reply, raw, refuse};
use crate::message::Carried;

/// What a workspace has to answer in.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longer transcripts are cut (D-41).
const LIMIT: usize = 1024 * 1024;

/// Fetches the transcript from the URL in the card of the agent.
#[utoipa::path(
    get, path = "/workspaces/{id}/transcript", tag = "chat",
    params(("since" = Option<String>, Query), ("limit" = Option<String>, Query)),
    responses(
        (status = 200, description = "The answer of the workspace, with its own status"),
        (status = 400, description = "The URL is refused", body = Refused),
        (status = 502, description = "The workspace cannot be reached", body = Refused),
        (status = 503, description = "The URL is empty", body = Refused),
        WorkspaceAuth, NoWorkspace,
    )
)]
pub(super) async fn forward(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Reply {
    let mut url = {
        let state = double.state();
        let row = state
            .workspaces
            .get(&id)
            .ok_or_else(Refusal::no_workspace)?;
        card_url(row.agent_card.as_ref())?
    };
    url.set_path("/transcript");
    url.set_query(None);
    let passed: Vec<_> = query
        .iter()
        .filter(|(name, _)| name == "since" || name == "limit")
        .collect();
    if !passed.is_empty() {
        url.query_pairs_mut().extend_pairs(passed);
    }
    // The caller's own bearer: an operator's is good here and bad there (D-26).
    let own = headers
        .get(AUTHORIZATION)
        .cloned()
        .map(|value| (AUTHORIZATION, value));
    let errand = Errand {
        workspace: id,
        method: Method::GET,
        url,
        headers: own.into_iter().collect(),
        body: Carried::Whole(bytes::Bytes::new()),
    };
    let (head, body) = double
        .inner
        .outgoing
        .run(errand, tokio::time::sleep(TIMEOUT))
        .await
        .map_err(|_| Refusal::new(502, "workspace unreachable"))?;
    let kind = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    Ok(raw(
        head.status.as_u16(),
        kind.unwrap_or("application/json"),
        body.up_to(LIMIT).await,
    ))
}

fn card_url(card: Option<&Value>) -> Result<Url, Refusal> {
    // No card and a card without a URL look alike in SQL.
    let text = card
        .and_then(|card| card.get("url"))
        .and_then(Value::as_str)
        .ok_or_else(Refusal::no_workspace)?;
    if text.is_empty() {
        return refuse(503, "workspace not registered (no URL on file)");
    }
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| Refusal::new(400, "invalid workspace URL"))?;
    let forbidden = match url.host() {
        Some(Host::Domain(name)) => name == "metadata" || name.starts_with("metadata."),
        Some(Host::Ipv4(address)) => address.is_link_local(),
        Some(Host::Ipv6(address)) => match IpAddr::V6(address).to_canonical() {
            IpAddr::V4(address) => address.is_link_local(),
            IpAddr::V6(address) => {
                let first = address.segments()[0];
                first & 0xffc0 == 0xfe80 || first >> 8 == 0xfd
            }
        },
        None => true,
    };
    if forbidden {
        refuse(400, "workspace URL not allowed")
    } else {
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_cards_url_decides_and_its_refusals_mislead_as_upstream_does() {
        let refusal = |card: Value| {
            card_url(Some(&card))
                .err()
                .map(|refusal| (refusal.status, refusal.body))
        };
        let missing = Some((404, json!({"error": "workspace not found"})));
        assert_eq!(refusal(json!({})), missing);
        assert_eq!(
            card_url(None)
                .err()
                .map(|refusal| (refusal.status, refusal.body)),
            missing
        );
        let text = "workspace not registered (no URL on file)";
        assert_eq!(
            refusal(json!({"url": ""})),
            Some((503, json!({"error": text})))
        );
        assert_eq!(
            refusal(json!({"url": "ftp://x"})),
            Some((400, json!({"error": "invalid workspace URL"})))
        );
        for url in [
            "http://metadata.google.internal/",
            "http://169.254.169.254/",
            "http://[fd00::1]/",
        ] {
            let wanted = Some((400, json!({"error": "workspace URL not allowed"})));
            assert_eq!(refusal(json!({"url": url})), wanted, "{url}");
        }
        assert_eq!(refusal(json!({"url": "http://127.0.0.1:9"})), None);
    }
}
