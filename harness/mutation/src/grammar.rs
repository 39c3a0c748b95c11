//! Which grammatical role a place in a file has.

use std::collections::HashSet;
use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Block, Expr, Macro};

/// Says what a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Can stand in parentheses.
    Expression,
    /// One or several whole statements, or the expression at the end of a block.
    Statements,
}

/// Knows the expressions, statements and macros of a file by their places.
#[derive(Debug, Default)]
pub(crate) struct Grammar {
    expressions: HashSet<Range<usize>>,
    /// The statements of each block.
    blocks: Vec<Vec<Range<usize>>>,
    macros: Vec<Range<usize>>,
}

impl Grammar {
    pub(crate) fn of(file: &syn::File) -> Self {
        let mut grammar = Self::default();
        grammar.visit_file(file);
        grammar
    }

    /// Says what the place is; none if it is a part of something, or several things.
    pub(crate) fn kind(&self, place: &Range<usize>, text: &str) -> Option<Kind> {
        let is_run = |block: &&Vec<Range<usize>>| {
            block.iter().any(|first| first.start == place.start)
                && block.iter().any(|last| last.end == place.end)
        };
        if self.blocks.iter().any(|block| is_run(&block)) {
            return Some(Kind::Statements);
        }
        // The grammar ends at a macro; in one, what reads as an expression is taken for one.
        let in_macro = || {
            self.macros
                .iter()
                .any(|within| within.start < place.start && place.end < within.end)
                && syn::parse_str::<Expr>(text).is_ok()
        };
        (self.expressions.contains(place) || in_macro()).then_some(Kind::Expression)
    }
}

impl<'ast> Visit<'ast> for Grammar {
    fn visit_expr(&mut self, expression: &'ast Expr) {
        self.expressions.insert(expression.span().byte_range());
        visit::visit_expr(self, expression);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.blocks.push(
            block
                .stmts
                .iter()
                .map(|statement| statement.span().byte_range())
                .collect(),
        );
        visit::visit_block(self, block);
    }

    fn visit_macro(&mut self, within: &'ast Macro) {
        self.macros.push(within.span().byte_range());
    }
}
