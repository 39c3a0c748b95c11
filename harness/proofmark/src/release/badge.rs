//! The badge: one line about a decision, as a picture and as an endpoint of shields.io.

use serde_json::{Value, json};

use super::deciding::{Decision, Ground};
use super::merging::MergedRun;

/// What a badge shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// What was judged by, such as `molecule-container/r2+`.
    pub label: String,
    /// The decision.
    pub message: String,
    /// Its colour.
    pub colour: Colour,
}

/// The colour of a badge's right half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// The name that shields.io knows.
    name: &'static str,
    /// Dark enough for white letters.
    fill: &'static str,
}

impl Colour {
    /// Conformant.
    const GREEN: Self = Self {
        name: "brightgreen",
        fill: "#2a7d2e",
    };
    /// A waiver must go.
    const YELLOW: Self = Self {
        name: "yellow",
        fill: "#8a6100",
    };
    /// Not conformant.
    const RED: Self = Self {
        name: "red",
        fill: "#b3261e",
    };
    /// Nothing can be said.
    const GREY: Self = Self {
        name: "lightgrey",
        fill: "#6b6b6b",
    };
}

impl Badge {
    /// The badge of a decision.
    pub fn new(run: &MergedRun, decision: &Decision) -> Self {
        let (kept, judged) = run.kept();
        let (message, colour) = match decision.causes.first().map(|cause| cause.ground) {
            None => (format!("conformant {kept}/{judged}"), Colour::GREEN),
            Some(Ground::Violated | Ground::Regression) => {
                ("not conformant".to_owned(), Colour::RED)
            }
            Some(Ground::Incomplete) => ("incomplete".to_owned(), Colour::GREY),
            Some(Ground::Waiver) => (format!("a waiver must go {kept}/{judged}"), Colour::YELLOW),
        };
        let label = format!(
            "molecule-{}/{}",
            run.identity.claims.profile, run.identity.claims.revision
        );
        Self {
            label,
            message,
            colour,
        }
    }

    /// The picture, which needs nothing else.
    pub fn svg(&self) -> String {
        let (label, message) = (escaped(&self.label), escaped(&self.message));
        let (left, right) = (width(&self.label), width(&self.message));
        let (label_length, message_length) = (left - 2 * PADDING, right - 2 * PADDING);
        let (label_middle, message_middle) = (left / 2, left + right / 2);
        let whole = left + right;
        let fill = self.colour.fill;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" viewBox="0 0 {whole} 20" role="img" aria-label="{label}: {message}">
  <title>{label}: {message}</title>
  <clipPath id="edge"><rect width="{whole}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#edge)">
    <rect width="{left}" height="20" fill="#444"/>
    <rect x="{left}" width="{right}" height="20" fill="{fill}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
    <text x="{label_middle}" y="14" textLength="{label_length}">{label}</text>
    <text x="{message_middle}" y="14" textLength="{message_length}">{message}</text>
  </g>
</svg>
"##
        )
    }

    /// What an endpoint of shields.io answers.
    pub fn endpoint(&self) -> Value {
        json!({
            "schemaVersion": 1,
            "label": self.label,
            "message": self.message,
            "color": self.colour.name,
        })
    }
}

/// Left and right of a text, in pixels.
const PADDING: usize = 7;

/// A half with its text in it, in pixels.
fn width(text: &str) -> usize {
    // Tenths of a pixel in Verdana at 11 pixels; the text is fitted to the sum, so that another font only looks narrower or wider.
    let tenths: usize = text
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' => 30,
            'f' | 't' | 'r' | '/' | '-' | ' ' => 46,
            'm' => 107,
            'w' | '+' => 90,
            'A'..='Z' => 75,
            _ => 67,
        })
        .sum();
    tenths.div_ceil(10) + 2 * PADDING
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_says_the_words_and_needs_nothing_from_elsewhere() {
        let badge = Badge {
            label: "molecule-container/r2+".into(),
            message: "conformant 167/167".into(),
            colour: Colour::GREEN,
        };
        let svg = badge.svg();
        assert!(
            svg.contains(">molecule-container/r2+</text>")
                && svg.contains(">conformant 167/167</text>")
        );
        assert!(
            !svg.replace("http://www.w3.org/2000/svg", "")
                .contains("http"),
            "{svg}"
        );
        assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        let odd = Badge {
            label: "<&\">".into(),
            ..badge.clone()
        };
        assert!(odd.svg().contains(">&lt;&amp;&quot;&gt;</text>"));
        assert_eq!(
            badge.endpoint(),
            json!({ "schemaVersion": 1, "label": "molecule-container/r2+", "message": "conformant 167/167", "color": "brightgreen" })
        );
    }
}
