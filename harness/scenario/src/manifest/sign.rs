//! What shows that a runtime is ready.

use serde_json::{Value, json};

use super::rendering::Rendering;
use crate::diagnostic::Code;
use crate::reading::{Field, Read, Reader, Schema, Tag as _, tags};
use crate::yaml::Node;

/// A sign of readiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// A request of the subject that was answered with 2xx.
    Request {
        /// `POST`, or any method.
        method: Option<String>,
        /// A path, `*` in it is one segment.
        path: Rendering,
    },
    /// A path on its port that is answered with 2xx.
    Http(String),
    /// Its port accepts connections.
    Tcp,
    /// MCP's `initialize` was answered.
    Initialised,
}

tags! {
    /// What shows that a runtime is ready.
    enum SignKind {
        /// A request of it that the platform answered with 2xx: `GET /workspaces/${WORKSPACE_ID}/activity`.
        Journal => "journal",
        /// A path on its port that is answered with 2xx.
        Http => "http",
        /// Its port accepts connections.
        Tcp => "tcp",
        /// It answered MCP's `initialize`.
        Mcp => "mcp",
    }

    fn fields(self) -> Vec<Field> {
        let (key, description) = (self.name(), self.description());
        vec![match self {
            Self::Journal | Self::Http => Field::optional::<String>(key, description),
            Self::Tcp => Field::optional::<bool>(key, description),
            Self::Mcp => Field { shape: |_| json!({ "enum": ["initialize"] }), ..Field::nothing(key, description) },
        }]
    }
}

impl Read for Sign {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut keys = reader.keys(node)?;
        let given = SignKind::given(&mut keys);
        keys.finish(reader);
        let [(kind, value)] = given.as_slice() else {
            reader
                .report(Code::MissingKey, &node.mark, "a sign of readiness is not exactly one thing")
                .help("write one of `journal: GET /path`, `http: /path`, `tcp: true` and `mcp: initialize`");
            return None;
        };
        match kind {
            SignKind::Journal => request_sign(value, reader),
            SignKind::Http => Path::read(value, reader).map(Self::Http),
            SignKind::Tcp => bool::read(value, reader).map(|_| Self::Tcp),
            SignKind::Mcp => {
                if reader.text(value)? != "initialize" {
                    no_sign(value, reader);
                }
                Some(Self::Initialised)
            }
        }
    }

    fn shape(schema: &mut Schema) -> Value {
        let description = "One sign of readiness; exactly one key.";
        schema.map("Sign", description, || {
            Field::of_family::<SignKind>(Vec::new())
        })
    }
}

pub(super) fn no_sign(node: &Node, reader: &mut Reader<'_>) {
    reader
        .report(Code::BadValue, &node.mark, "this is no sign of readiness")
        .help("write `mcp: initialize`, for a runtime with `stdio: mcp`");
}

fn request_sign(node: &Node, reader: &mut Reader<'_>) -> Option<Sign> {
    let line = reader.text(node)?;
    let Some((method, path)) = line
        .split_once(' ')
        .filter(|(_, path)| path.starts_with(['/', '$']))
    else {
        reader
            .report(
                Code::BadRequestLine,
                &node.mark,
                format!("`{line}` is not a request line"),
            )
            .help("write a method (or `*`) and a path: `GET /workspaces/${WORKSPACE_ID}/activity`");
        return None;
    };
    let path = Rendering::check(path, node, reader)?;
    Some(Sign::Request {
        method: (method != "*").then(|| method.to_owned()),
        path,
    })
}

/// A path on the runtime's port.
pub(super) struct Path;

impl Read<String> for Path {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
        let path = reader.text(node)?;
        if !path.starts_with('/') || path.contains([' ', '?', '#']) {
            reader
                .report(
                    Code::BadRequestLine,
                    &node.mark,
                    format!("`{path}` is not a path"),
                )
                .help("a path begins with `/`: `/a2a`");
        }
        Some(path)
    }
}
