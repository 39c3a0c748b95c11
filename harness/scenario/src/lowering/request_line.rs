//! Request lines: `POST /registry/register`, `* /registry/**`.

use protocol::wire;

use super::context::Context;
use crate::diagnostic::{Code, nearest};
use crate::language::Text;
use crate::plan::Template;

/// Those of HTTP, and the one under which requests of the Model Context Protocol stand in a journal.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", wire::MCP_METHOD];

impl Context<'_> {
    /// Method (none for `*`) and path pattern.
    pub(crate) fn request_line(&mut self, text: &Text) -> (Option<String>, Template) {
        let (method, path) = match text.value.split_once(' ') {
            Some((method, path)) if path.starts_with(['/', '$']) && !path.contains(' ') => (method, path),
            Some((method, path)) => {
                let help = format!(
                    "a path begins with `/` and has no spaces: `{method} /{}`",
                    path.trim().trim_matches('/')
                );
                return self.bad_request_line(text, help);
            }
            None if text.value.starts_with('/') => {
                return self.bad_request_line(
                    text,
                    format!("begin with a method, or `*` for any: `POST {}`", text.value),
                );
            }
            None => {
                return self
                    .bad_request_line(text, "write a method and a path: `POST /registry/register`".into());
            }
        };
        if method != "*" && !METHODS.contains(&method) {
            let help = match nearest(method, METHODS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}, or `*` for any", METHODS.join(", ")),
            };
            return self.bad_request_line(text, help);
        }
        let template = self.template_in(path, text);
        ((method != "*").then(|| method.to_owned()), template)
    }

    fn bad_request_line(&mut self, text: &Text, help: String) -> (Option<String>, Template) {
        let message = format!("`{}` is not a request line", text.value);
        self.report(Code::BadRequestLine, text, message, |it| it.help(help));
        (None, Template::literal("/"))
    }

    /// Path and query of a call.
    pub(crate) fn call_path(&mut self, text: &Text) -> Template {
        if !text.value.starts_with(['/', '$']) {
            let message = format!("`{}` is not a path", text.value);
            self.report(Code::BadRequestLine, text, message, |it| {
                it.help(format!("a path begins with `/`: `/{}`", text.value))
            });
        }
        self.template(text)
    }
}
