//! What stands before a platform.

use utoipa::ToSchema;

crate::vocabulary! {
    /// What stands before the platform (contract 1.2).
    pub enum Edge: Default, ToSchema = "edge" {
        /// Nothing.
        #[default]
        Open = "open",
        /// A firewall that hands requests without a same-origin `Origin` to the web app, which answers an empty 404.
        WafEmpty = "waf-empty",
        /// The same, with an HTML page as 404.
        WafHtml = "waf-html",
        /// The platform's own tenant guard.
        TenantGuard = "tenant-guard",
        /// Cross-origin requests are refused with an empty 403 on every path.
        StrictCors = "strict-cors",
    }
}
