//! What an operator does on a tenant: workspaces and their tokens, all of them named so that they can be found again.

use axum::body::Body;
use http::{Method, Request};
use protocol::journal::{FailureKind, HarnessFailure};
use protocol::{Credential, wire};
use serde_json::{Value, json};

use super::tenant::{ANSWER, Tenant, text_of};
use super::trouble::{TenantTrouble, shape_of};

/// A workspace that was created.
#[derive(Debug, Clone)]
pub struct CreatedWorkspace {
    /// Its id.
    pub id: String,
    /// A token that came with it.
    pub token: Option<Credential>,
}

/// A workspace as the tenant lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceOnTenant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: String,
}

/// Why an operator's act failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    /// The tenant could not be asked.
    #[error("{0}")]
    Trouble(#[from] TenantTrouble),
    /// It refused.
    #[error("the platform refused to {what}: {answer}")]
    Refused {
        /// What was asked.
        what: String,
        /// What it answered.
        answer: String,
    },
}

impl From<OperatorError> for HarnessFailure {
    fn from(error: OperatorError) -> Self {
        let kind = match &error {
            OperatorError::Trouble(trouble) => trouble.kind(),
            OperatorError::Refused { .. } => FailureKind::Platform,
        };
        Self {
            kind,
            text: error.to_string(),
        }
    }
}

impl Tenant {
    /// Creates a workspace; `external` is one whose runtime runs elsewhere. With a URL nothing is minted before it registers.
    pub async fn create_workspace(
        &self,
        name: &str,
        url: Option<&str>,
        parent: Option<&str>,
        external: bool,
    ) -> Result<CreatedWorkspace, OperatorError> {
        let mut body = json!({ "name": name });
        if external {
            body["external"] = true.into();
            body["runtime"] = "external".into();
        }
        for (field, value) in [("url", url), ("parent_id", parent)] {
            if let Some(value) = value {
                body[field] = value.into();
            }
        }
        let what = format!("create the workspace `{name}`");
        let answer = self
            .operate(Method::POST, "/workspaces", Some(&body), &what)
            .await?;
        let id =
            answer
                .get("id")
                .and_then(Value::as_str)
                .ok_or_else(|| OperatorError::Refused {
                    what,
                    answer: "an answer without an id".into(),
                })?;
        let token = answer
            .pointer("/connection/auth_token")
            .and_then(Value::as_str)
            .map(Credential::new);
        Ok(CreatedWorkspace {
            id: id.to_owned(),
            token,
        })
    }

    /// Deletes a workspace and everything below it; one that is gone already is no error.
    pub async fn delete_workspace(&self, id: &str) -> Result<(), OperatorError> {
        if self.control_token().is_some() {
            return self.control_delete(id).await;
        }
        let path = format!("/workspaces/{id}?confirm=true&purge=true");
        match self
            .operate(
                Method::DELETE,
                &path,
                None,
                &format!("delete the workspace {id}"),
            )
            .await
        {
            Err(OperatorError::Refused { answer, .. }) if answer.starts_with("404") => Ok(()),
            other => other.map(drop),
        }
    }

    /// Every workspace that is not removed.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceOnTenant>, OperatorError> {
        let answer = self
            .operate(Method::GET, "/workspaces", None, "list the workspaces")
            .await?;
        let list = answer
            .as_array()
            .or_else(|| answer["workspaces"].as_array());
        let text =
            |row: &Value, field: &str| row.get(field).and_then(Value::as_str).map(str::to_owned);
        Ok(list
            .into_iter()
            .flatten()
            .filter_map(|row| {
                Some(WorkspaceOnTenant {
                    id: text(row, "id")?,
                    name: text(row, "name").unwrap_or_default(),
                    status: text(row, "status").unwrap_or_default(),
                })
            })
            .filter(|row| row.status != "removed")
            .collect())
    }

    /// Registers a workspace's runtime at an address, as that runtime would: with the token that it has, if it has one. Gives the token that
    /// was minted for it otherwise.
    pub async fn register(
        &self,
        workspace: &str,
        token: Option<&Credential>,
        url: &str,
        name: &str,
    ) -> Result<Option<Credential>, OperatorError> {
        let card = json!({ "name": name, "url": url, "version": "1.0.0" });
        let body =
            json!({ "id": workspace, "url": url, "agent_card": card, "delivery_mode": "push" });
        let what = format!("register the peer `{name}`");
        let text = self
            .ask(Method::POST, wire::REGISTER, Some(&body), token, &what)
            .await?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        Ok(answer["auth_token"].as_str().map(Credential::new))
    }

    /// Issues a token to a workspace.
    pub async fn issue_token(&self, workspace: &str) -> Result<Credential, OperatorError> {
        if self.control_token().is_some() {
            return self.control_token_for(workspace).await;
        }
        let path = format!("/workspaces/{workspace}/tokens");
        let what = format!("issue a token to {workspace}");
        let answer = self.operate(Method::POST, &path, None, &what).await?;
        let token = answer["auth_token"].as_str().map(Credential::new);
        token.ok_or_else(|| OperatorError::Refused {
            what,
            answer: "an answer without a token".into(),
        })
    }

    /// Puts another token in the place of all that are live. There is no moment without one, at which a register would mint its own.
    pub async fn replace_tokens(&self, workspace: &str) -> Result<Credential, OperatorError> {
        let path = format!("/workspaces/{workspace}/tokens");
        let what = format!("replace the tokens of {workspace}");
        let before = self
            .operate(Method::GET, &format!("{path}?limit=200"), None, &what)
            .await?;
        let token = self.issue_token(workspace).await?;
        for id in ids_of(&before) {
            self.operate(Method::DELETE, &format!("{path}/{id}"), None, &what)
                .await?;
        }
        Ok(token)
    }

    /// Revokes every token of a workspace, and counts them.
    pub async fn revoke_tokens(&self, workspace: &str) -> Result<u32, OperatorError> {
        if self.control_token().is_some() {
            return self.control_revoke(workspace).await;
        }
        let path = format!("/workspaces/{workspace}/tokens");
        let what = format!("revoke the tokens of {workspace}");
        let answer = self
            .operate(Method::GET, &format!("{path}?limit=200"), None, &what)
            .await?;
        let ids = ids_of(&answer);
        for id in &ids {
            self.operate(Method::DELETE, &format!("{path}/{id}"), None, &what)
                .await?;
        }
        Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX))
    }

    /// Asks something as the operator; only JSON with a status of success is an answer.
    pub(super) async fn operate(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        what: &str,
    ) -> Result<Value, OperatorError> {
        let text = self
            .ask(method, path, body, self.admin_token(), what)
            .await?;
        serde_json::from_str(&text).map_err(|_| OperatorError::Refused {
            what: what.to_owned(),
            answer: shape_of(200, None, &text),
        })
    }

    /// Asks something on a control route.
    pub(super) async fn control_text(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        what: &str,
    ) -> Result<String, OperatorError> {
        self.ask(method, path, body, self.control_token(), what)
            .await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        bearer: Option<&Credential>,
        what: &str,
    ) -> Result<String, OperatorError> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("origin", self.origin());
        if let Some(token) = bearer {
            request = request.header(
                "authorization",
                format!("{}{}", wire::BEARER_PREFIX, token.reveal()),
            );
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request
            .body(body)
            .map_err(|error| TenantTrouble::Address(error.to_string()))?;
        let answer = self.send(request, ANSWER).await?;
        let status = answer.status();
        let media_type = answer
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        let media_type = media_type.map(str::to_owned);
        let text = text_of(answer).await?;
        if status.is_success() {
            return Ok(text);
        }
        let stated = serde_json::from_str::<Value>(&text)
            .ok()
            .and_then(|body| body["error"].as_str().map(str::to_owned));
        let reason =
            stated.unwrap_or_else(|| shape_of(status.as_u16(), media_type.as_deref(), &text));
        Err(OperatorError::Refused {
            what: what.to_owned(),
            answer: format!("{} {reason}", status.as_u16()),
        })
    }
}

/// The ids in a list of tokens.
fn ids_of(list: &Value) -> Vec<String> {
    let tokens = list["tokens"].as_array().into_iter().flatten();
    tokens
        .filter_map(|token| token["id"].as_str().map(str::to_owned))
        .collect()
}
