//! Names on the wire: headers and the platform's paths (contract sections 1-7).

/// The caller of an A2A post (contract 5.1).
pub const WORKSPACE_ID_HEADER: &str = "x-workspace-id";
/// The tenant's organisation, one of the proofs that open the tenant guard (contract 1.2).
pub const ORGANISATION_HEADER: &str = "x-molecule-org-id";
/// The exact prefix of a bearer credential: case-sensitive, one space (contract section 3).
pub const BEARER_PREFIX: &str = "Bearer ";
/// Stands for the HTTP method in the record of a JSON-RPC message to an MCP server; its path is the JSON-RPC method.
pub const MCP_METHOD: &str = "MCP";

/// Liveness of the platform.
pub const HEALTH: &str = "/health";
/// Contract 4.2.
pub const REGISTER: &str = "/registry/register";
/// Contract 4.3.
pub const HEARTBEAT: &str = "/registry/heartbeat";

/// Where the platform forwards chat uploads on a workspace (contract 7.2).
pub const UPLOAD_INGEST: &str = "/internal/chat/uploads/ingest";
/// Where the platform reads files from a workspace (contract 7.2).
pub const FILE_READ: &str = "/internal/file/read";
/// Where a workspace serves its agent card (contract 9.6).
pub const AGENT_CARD: &str = "/.well-known/agent-card.json";

/// The file of the workspace's auth token below its configs directory (contract 9.7).
pub const TOKEN_FILE: &str = ".auth_token";
/// The file of the platform's inbound secret below the configs directory (contract 9.7).
pub const SECRET_FILE: &str = ".platform_inbound_secret";

/// Whether an exchange on this platform path needs no proof at the edge (contract 1.2, tenant guard).
pub fn open_at_the_edge(path: &str, revision: crate::Revision) -> bool {
    matches!(path, HEALTH | "/metrics" | REGISTER | HEARTBEAT)
        || (path == "/buildinfo" && revision >= crate::Revision::R2)
        || path.starts_with("/cp/")
}

/// The target workspace when the path is an A2A post's (`/workspaces/:id/a2a`).
pub fn a2a_target(path: &str) -> Option<&str> {
    let id = path.strip_prefix("/workspaces/")?.strip_suffix("/a2a")?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Revision;

    #[test]
    fn only_exact_paths_are_open_at_the_edge() {
        assert!(open_at_the_edge("/registry/register", Revision::R1));
        assert!(!open_at_the_edge("/registry/register/", Revision::R1));
        assert!(!open_at_the_edge("//registry/register", Revision::R1));
        assert!(!open_at_the_edge("/buildinfo", Revision::R1));
        assert!(open_at_the_edge("/buildinfo", Revision::R2));
    }

    #[test]
    fn an_a2a_path_names_its_target() {
        assert_eq!(a2a_target("/workspaces/w1/a2a"), Some("w1"));
        assert_eq!(a2a_target("/workspaces//a2a"), None);
        assert_eq!(a2a_target("/workspaces/w1/x/a2a"), None);
        assert_eq!(a2a_target("/workspaces/w1/activity"), None);
    }
}
