//! Texts with variables: `Bearer ${auth_token}`.

use std::fmt;

/// A text with variables, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// Literal texts and variables in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Taken as it is.
    Literal(String),
    /// The value of a variable.
    Variable(String),
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `${` without `}`.
    #[error("`${{` is never closed")]
    Open,
    /// `${}`.
    #[error("a variable without a name")]
    Nameless,
}

impl Template {
    /// Parses a text; `$${` stands for a literal `${`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let before = rest.get(..start).unwrap_or_default();
            let after = rest.get(start + 2..).unwrap_or_default();
            if let Some(escaped) = before.strip_suffix('$') {
                literal.push_str(escaped);
                literal.push_str("${");
                rest = after;
                continue;
            }
            literal.push_str(before);
            let end = after.find('}').ok_or(TemplateError::Open)?;
            let name = after.get(..end).unwrap_or_default().trim();
            if name.is_empty() {
                return Err(TemplateError::Nameless);
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Variable(name.to_owned()));
            rest = after.get(end + 1..).unwrap_or_default();
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self { pieces })
    }

    /// A template without variables.
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            pieces: vec![Piece::Literal(text.into())],
        }
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.write_str(text)?,
                Piece::Variable(name) => write!(out, "${{{name}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn literals_and_variables_alternate() {
        let template = Template::parse("Bearer ${auth_token}!").unwrap();
        assert_eq!(
            template.pieces,
            [
                Piece::Literal("Bearer ".into()),
                Piece::Variable("auth_token".into()),
                Piece::Literal("!".into())
            ]
        );
        assert_eq!(
            Template::parse("$${x}").unwrap().pieces,
            [Piece::Literal("${x}".into())]
        );
        assert_eq!(Template::parse("${x"), Err(TemplateError::Open));
        assert_eq!(Template::parse("${ }"), Err(TemplateError::Nameless));
    }

    proptest! {
        #[test]
        fn a_text_without_a_dollar_is_one_literal(text in "[^$]{1,40}") {
            prop_assert_eq!(Template::parse(&text).unwrap(), Template::literal(text));
        }
    }
}
