//! Why a live platform cannot be judged against, and what to do about it.

use protocol::journal::FailureKind;

/// What is wrong between us and a tenant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TenantTrouble {
    /// Its host is not one that may be contacted.
    #[error(
        "`{host}` is not allowed: nothing was sent; say `--allow-tenant {host}` if it is yours to test"
    )]
    NotAllowed {
        /// The host of the address.
        host: String,
    },
    /// The address is not valid.
    #[error("`{0}` is not the address of a platform; write `https://tenant.example`")]
    Address(String),
    /// A certificate authority could not be read.
    #[error("cannot read the certificate authority: {0}")]
    Authority(String),
    /// Nothing listens there, or the name does not resolve.
    #[error(
        "the platform cannot be reached ({0}); see whether the address is right and the tenant is up"
    )]
    Unreachable(String),
    /// The certificate is not to be trusted.
    #[error(
        "the certificate of `{host}` is not valid ({why}); renew it, or name its authority by `--certificate-authority FILE`"
    )]
    Certificate {
        /// The host.
        host: String,
        /// What the TLS library says.
        why: String,
    },
    /// It accepts connections and does not answer.
    #[error(
        "the platform did not answer `GET /health` within {seconds} s; it hangs, or a proxy before it does"
    )]
    Hangs {
        /// How long was waited.
        seconds: u64,
    },
    /// The connection was reset or closed.
    #[error(
        "the platform ended the connection instead of answering ({0}); look at what stands before it"
    )]
    Broken(String),
    /// It redirects, which we do not follow.
    #[error(
        "the platform redirects to `{to}`, which was not contacted; name that address itself if it is the tenant's"
    )]
    Redirects {
        /// The host it names.
        to: String,
    },
    /// It answers with an error.
    #[error(
        "the platform answers {status} to `GET /health`; it is unhealthy, and no runtime can be judged until it recovers"
    )]
    Ill {
        /// The status.
        status: u16,
    },
    /// Something else answers in its place.
    #[error(
        "{shape} instead of the platform's health: requests do not reach the platform; look at the edge's routes and its rules about `Origin`"
    )]
    Eaten {
        /// What the answer looks like.
        shape: String,
    },
}

impl TenantTrouble {
    /// Whose failure it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Eaten { .. } | Self::Redirects { .. } | Self::Certificate { .. } => {
                FailureKind::Edge
            }
            Self::NotAllowed { .. }
            | Self::Address(_)
            | Self::Authority(_)
            | Self::Unreachable(_)
            | Self::Hangs { .. }
            | Self::Broken(_)
            | Self::Ill { .. } => FailureKind::Platform,
        }
    }

    /// Whether it was a usage error.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NotAllowed { .. } | Self::Address(_) | Self::Authority(_)
        )
    }
}

/// What an answer that is no data looks like, for people: who answers 404 in the platform's place can be told by it.
pub(crate) fn shape_of(status: u16, media_type: Option<&str>, body: &str) -> String {
    let body = body.trim();
    let is_page = media_type.is_some_and(|kind| kind.contains("html")) || body.starts_with('<');
    match (body.is_empty(), is_page) {
        (true, _) => format!("an empty {status} (the shape of an edge)"),
        (_, true) => format!("a {status} with a web page (the shape of the web app)"),
        _ if body.starts_with('{') => format!("a {status} with JSON (the shape of the API)"),
        _ => format!("a {status} with other text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_404_is_told_by_its_shape() {
        assert!(shape_of(404, None, "").contains("edge"));
        assert!(
            shape_of(404, Some("text/html; charset=utf-8"), "<!DOCTYPE html>").contains("web app")
        );
        assert!(
            shape_of(404, Some("application/json"), r#"{"error":"not found"}"#).contains("API")
        );
        assert!(shape_of(404, Some("text/plain"), "404 page not found").contains("other text"));
    }

    #[test]
    fn what_was_typed_is_usage_and_what_answers_is_blamed() {
        let usage = TenantTrouble::NotAllowed {
            host: "tenant.example".into(),
        };
        assert!(usage.is_usage() && usage.to_string().contains("nothing was sent"));
        let eaten = TenantTrouble::Eaten {
            shape: shape_of(404, None, ""),
        };
        assert_eq!((eaten.is_usage(), eaten.kind()), (false, FailureKind::Edge));
        assert_eq!(
            TenantTrouble::Ill { status: 500 }.kind(),
            FailureKind::Platform
        );
    }
}
