//! What an operator gets to connect an external agent: addresses, a token and two snippets to paste (contract 4.10).

use http::HeaderMap;
use protocol::Credential;
use protocol::wire::{HEARTBEAT, REGISTER};
use serde_json::{Value, json};

use crate::double::reply::header;

/// The block of a newly created external workspace; the snippets name the token's variable, so that the token stands in the
/// answer once.
pub(super) fn block(workspace: &str, token: &Credential, headers: &HeaderMap) -> Value {
    let platform = platform_url(headers);
    let register = format!("{platform}{REGISTER}");
    let heartbeat = format!("{platform}{HEARTBEAT}");
    let curl = format!(
        r#"# AGENT_URL is where the platform reaches your agent.
WORKSPACE_AUTH_TOKEN="<paste from create response>"
curl -fsS -X POST "{register}" \
  -H "Authorization: Bearer $WORKSPACE_AUTH_TOKEN" \
  -H "Content-Type: application/json" \
  -H "Origin: {platform}" \
  -d '{{"id": "{workspace}", "url": "'"$AGENT_URL"'", "agent_card": {{"name": "my agent"}}}}'
"#
    );
    let python = format!(
        r#"import json, os, urllib.request

PLATFORM_URL = "{platform}"
WORKSPACE_ID = "{workspace}"
AUTH_TOKEN = "<paste from create response>"

body = {{"id": WORKSPACE_ID, "url": os.environ["AGENT_URL"], "agent_card": {{"name": "my agent"}}}}
request = urllib.request.Request(
    PLATFORM_URL + "/registry/register",
    json.dumps(body).encode(),
    {{"Authorization": "Bearer " + AUTH_TOKEN, "Content-Type": "application/json", "Origin": PLATFORM_URL}},
)
print(urllib.request.urlopen(request).read().decode())
"#
    );
    json!({
        "workspace_id": workspace,
        "platform_url": platform,
        "auth_token": token.reveal(),
        "registry_endpoint": register,
        "heartbeat_endpoint": heartbeat,
        "curl_register_template": curl,
        "python_snippet": python,
    })
}

/// The address under which the platform was asked, as proxies on the way tell it.
fn platform_url(headers: &HeaderMap) -> String {
    let told = |name: &str| Some(header(headers, name)).filter(|text| !text.is_empty());
    let scheme = told("x-forwarded-proto").unwrap_or("http");
    let host = told("x-forwarded-host")
        .or(told("host"))
        .unwrap_or_default();
    format!("{scheme}://{}", host.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_platform_is_where_it_was_asked_for() {
        assert_eq!(
            platform_url(&headers(&[("host", "p:8080")])),
            "http://p:8080"
        );
        let proxied = headers(&[
            ("host", "p"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "t.example/"),
        ]);
        assert_eq!(platform_url(&proxied), "https://t.example");
    }

    #[test]
    fn adm_001_the_token_stands_in_the_block_once() {
        let token = Credential::new("t".repeat(43));
        let block = block("w", &token, &headers(&[("host", "p")]));
        assert_eq!(block.to_string().matches(token.reveal()).count(), 1);
        assert_eq!(block["registry_endpoint"], "http://p/registry/register");
        assert!(
            block["python_snippet"]
                .as_str()
                .unwrap()
                .contains("AUTH_TOKEN = \"<paste")
        );
    }
}
