//! What stands before a platform.

use serde::{Deserialize, Serialize};

/// What stands before the platform (contract 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// Nothing.
    #[default]
    Open,
    /// A firewall that hands requests without a same-origin `Origin` to the web app, which answers an empty 404.
    WafEmpty,
    /// The same, with an HTML page as 404.
    WafHtml,
    /// The platform's own tenant guard.
    TenantGuard,
    /// Cross-origin requests are refused with an empty 403 on every path.
    StrictCors,
}

crate::vocabulary!(Edge, "edge", {
    Open => "open",
    WafEmpty => "waf-empty",
    WafHtml => "waf-html",
    TenantGuard => "tenant-guard",
    StrictCors => "strict-cors",
});
