//! The grammar of directives.

use std::time::Duration;

/// The contract closes this list (ACT-002).
const ACTIVITY_TYPES: [&str; 7] = [
    "a2a_send",
    "a2a_receive",
    "task_update",
    "agent_log",
    "skill_promotion",
    "memory_write",
    "error",
];

/// No test needs longer work, and a typing mistake must not block for hours.
const LONGEST_WORK: u64 = 600_000;

/// Says what a message asks the agent to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    Send {
        peer: String,
        text: String,
    },
    Notify {
        text: String,
    },
    Delegate {
        peer: String,
        task: String,
    },
    Report {
        activity_type: String,
        summary: String,
    },
    Discover {
        peer: String,
    },
    Peers,
    Workspace,
    State,
    UpdateCard {
        description: String,
    },
    Work(Duration),
    Fail {
        text: String,
    },
    /// Cannot be obeyed; holds the whole reply.
    Misspelt(String),
}

/// Reads a directive; none if the text is not one.
pub(crate) fn parse(text: &str) -> Option<Directive> {
    let rest = text.strip_prefix("proofmark ")?;
    let (verb, arguments) = split(rest);
    Some(
        read(verb, arguments)
            .unwrap_or_else(|reason| Directive::Misspelt(format!("{verb} failed: {reason}"))),
    )
}

fn read(verb: &str, arguments: &str) -> Result<Directive, &'static str> {
    let required = |text: &str| {
        if text.is_empty() {
            Err("too few arguments")
        } else {
            Ok(text.to_owned())
        }
    };
    let two = || {
        let (first, second) = split(arguments);
        Ok::<_, &'static str>((required(first)?, required(second)?))
    };
    match verb {
        "send" => two().map(|(peer, text)| Directive::Send { peer, text }),
        "notify" => required(arguments).map(|text| Directive::Notify { text }),
        "delegate" => two().map(|(peer, task)| Directive::Delegate { peer, task }),
        "report" => {
            let (activity_type, summary) = two()?;
            if !ACTIVITY_TYPES.contains(&activity_type.as_str()) {
                return Err("unknown activity type");
            }
            Ok(Directive::Report {
                activity_type,
                summary,
            })
        }
        "discover" => required(split(arguments).0).map(|peer| Directive::Discover { peer }),
        "peers" => Ok(Directive::Peers),
        "workspace" => Ok(Directive::Workspace),
        "state" => Ok(Directive::State),
        "update-card" => {
            required(arguments).map(|description| Directive::UpdateCard { description })
        }
        "work" => match arguments.parse() {
            Ok(milliseconds) if milliseconds <= LONGEST_WORK => {
                Ok(Directive::Work(Duration::from_millis(milliseconds)))
            }
            _ => Err("not a number of milliseconds up to 600000"),
        },
        "fail" => required(arguments).map(|text| Directive::Fail { text }),
        _ => Err("unknown directive"),
    }
}

/// Splits off the first word.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_verb_is_understood() {
        let id = "22222222-2222-4222-8222-222222222222";
        for (text, directive) in [
            (
                format!("proofmark send {id} a  b\nc"),
                Directive::Send {
                    peer: id.to_owned(),
                    text: "a  b\nc".to_owned(),
                },
            ),
            (
                format!("proofmark delegate {id} dig"),
                Directive::Delegate {
                    peer: id.to_owned(),
                    task: "dig".to_owned(),
                },
            ),
            (
                format!("proofmark discover {id}"),
                Directive::Discover {
                    peer: id.to_owned(),
                },
            ),
            (
                "proofmark notify hello you".to_owned(),
                Directive::Notify {
                    text: "hello you".to_owned(),
                },
            ),
            (
                "proofmark report agent_log all well".to_owned(),
                Directive::Report {
                    activity_type: "agent_log".to_owned(),
                    summary: "all well".to_owned(),
                },
            ),
            ("proofmark peers".to_owned(), Directive::Peers),
            ("proofmark workspace\n".to_owned(), Directive::Workspace),
            ("proofmark state".to_owned(), Directive::State),
            (
                "proofmark update-card New one.".to_owned(),
                Directive::UpdateCard {
                    description: "New one.".to_owned(),
                },
            ),
            (
                "proofmark work 250".to_owned(),
                Directive::Work(Duration::from_millis(250)),
            ),
            (
                "proofmark fail badly".to_owned(),
                Directive::Fail {
                    text: "badly".to_owned(),
                },
            ),
        ] {
            assert_eq!(parse(&text), Some(directive), "{text}");
        }
    }

    #[test]
    fn mistakes_are_answered_and_other_texts_are_no_directives() {
        for (text, reply) in [
            ("proofmark send", "send failed: too few arguments"),
            ("proofmark send peer", "send failed: too few arguments"),
            (
                "proofmark report gossip x",
                "report failed: unknown activity type",
            ),
            (
                "proofmark work soon",
                "work failed: not a number of milliseconds up to 600000",
            ),
            ("proofmark dance", "dance failed: unknown directive"),
        ] {
            assert_eq!(parse(text), Some(Directive::Misspelt(reply.to_owned())));
        }
        for text in [
            "",
            "proofmark",
            "Proofmark peers",
            " proofmark peers",
            "hello\nproofmark peers",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_only_the_first_word_decides(text in "\\PC{0,60}") {
            let directive = parse(&format!("proofmark {text}"));
            prop_assert!(directive.is_some());
            if !text.starts_with("proofmark ") {
                prop_assert_eq!(parse(&text), None);
            }
        }

        #[test]
        fn the_text_of_a_message_arrives_unchanged(
            peer in "[a-f0-9-]{1,36}", text in "[a-zA-Z0-9](\\PC{0,40}[a-zA-Z0-9])?",
        ) {
            prop_assert_eq!(
                parse(&format!("proofmark send {peer} {text}")),
                Some(Directive::Send { peer, text })
            );
        }
    }
}
