//! Request lines: `POST /registry/register`, `* /registry/**`.

use std::fmt;

use protocol::wire;

use crate::diagnostic::{Code, nearest};
use crate::reading::{Read, Reader, Template};
use crate::yaml::Node;

/// Those of HTTP, and the one under which requests of the Model Context Protocol stand in a journal.
const METHODS: [&str; 8] = [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    wire::MCP_METHOD,
];

/// What the first line of a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// Upper case; any if absent.
    pub method: Option<String>,
    /// A path pattern: `*` is one segment, `**` the rest.
    pub path: Template,
}

impl Read for RequestLine {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node)?;
        let parts = match text.split_once(' ') {
            Some((method, path)) if path.starts_with(['/', '$']) && !path.contains(' ') => {
                Ok((method, path))
            }
            Some((method, path)) => Err(format!(
                "a path begins with `/` and has no spaces: `{method} /{}`",
                path.trim().trim_matches('/')
            )),
            None if text.starts_with('/') => Err(format!(
                "begin with a method, or `*` for any: `POST {text}`"
            )),
            None => Err("write a method and a path: `POST /registry/register`".into()),
        };
        let parts = parts.and_then(|(method, path)| match method {
            "*" => Ok((None, path)),
            method if METHODS.contains(&method) => Ok((Some(method.to_owned()), path)),
            method => Err(match nearest(method, METHODS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}, or `*` for any", METHODS.join(", ")),
            }),
        });
        match parts {
            Ok((method, path)) => Some(Self {
                method,
                path: Template::check(path, node, reader)?,
            }),
            Err(help) => {
                let message = format!("`{text}` is not a request line");
                reader
                    .report(Code::BadRequestLine, &node.mark, message)
                    .help(help);
                None
            }
        }
    }
}

impl fmt::Display for RequestLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} {}",
            self.method.as_deref().unwrap_or("*"),
            self.path
        )
    }
}
