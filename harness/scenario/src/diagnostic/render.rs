//! Diagnostics as text with source lines and carets.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use itertools::Itertools as _;

use super::Diagnostic;

/// Renders every diagnostic, one after the other, with a blank line between them.
pub fn render(diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let pictures = diagnostics
        .iter()
        .map(|diagnostic| picture(&renderer, diagnostic))
        .join("\n\n");
    let mut text = pictures;
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn picture(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let path = diagnostic.file.display().to_string();
    let primary = AnnotationKind::Primary
        .span(diagnostic.span.range.clone())
        .label(diagnostic.label.as_deref());
    let context = diagnostic.context.iter().map(|(span, label)| {
        AnnotationKind::Context
            .span(span.range.clone())
            .label(label.as_str())
    });
    let snippet = Snippet::source(&*diagnostic.source)
        .path(path)
        .annotation(primary)
        .annotations(context);
    let mut groups = vec![
        Level::ERROR
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code)
            .element(snippet),
    ];
    if let Some(help) = &diagnostic.help {
        groups.push(Group::with_title(
            Level::HELP.secondary_title(help.as_str()),
        ));
    }
    renderer.render(&groups)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn the_picture_has_place_line_caret_and_help() {
        let text = "title: x\nwitin: 5s\n";
        let diagnostic = Diagnostic {
            code: "S002",
            message: "unknown key `witin`".into(),
            file: PathBuf::from("token/x.yaml"),
            source: Arc::from(text),
            span: Span::new(text, 9..14),
            label: Some("not a key here".into()),
            help: Some("did you mean `within`?".into()),
            context: Vec::new(),
        };
        let plain = render(std::slice::from_ref(&diagnostic), false);
        for part in [
            "error[S002]: unknown key `witin`",
            "token/x.yaml:2:1",
            "^^^^^ not a key here",
            "help: did you mean",
        ] {
            assert!(plain.contains(part), "{part} is not in\n{plain}");
        }
        assert!(render(&[diagnostic], true).contains('\u{1b}'));
        assert_eq!(render(&[], false), "");
    }
}
