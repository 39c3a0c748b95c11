//! The options that were typed, to be typed again.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command};

/// What was typed of the options of a verb. One that is not a switch of these comes back as it was written.
#[derive(Debug, Default)]
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    /// The options among what a command line matched; one that takes all words that follow stands last.
    pub(super) fn of(verb: &Command, matches: &ArgMatches) -> Self {
        let typed = verb.get_arguments().filter(|argument| {
            matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
        });
        let (rest, options): (Vec<_>, Vec<_>) = typed
            .filter_map(|argument| Some((argument, argument.get_long()?)))
            .partition(|(argument, _)| takes_the_rest(argument));
        let written = options.into_iter().chain(rest).map(|(argument, long)| {
            let id = argument.get_id().to_string();
            if !argument.get_action().takes_values() {
                return (id, format!(" --{long}"));
            }
            let values = matches.get_raw(&id).into_iter().flatten();
            let values: Vec<String> = values
                .map(|value| shell_words::quote(&value.to_string_lossy()).into_owned())
                .collect();
            let line = if takes_the_rest(argument) {
                format!(" --{long} {}", values.join(" "))
            } else {
                values
                    .iter()
                    .map(|value| [" --", long, " ", value].concat())
                    .collect()
            };
            (id, line)
        });
        Self(written.collect())
    }

    /// Those of a group, each with a space before it.
    pub(super) fn among<A: Args>(&self) -> String {
        self.chosen(|id| of_group::<A>().any(|known| known == id))
    }

    /// Those of no group, each with a space before it.
    pub(super) fn beyond<A: Args, B: Args>(&self, others: &[&str]) -> String {
        self.chosen(|id| {
            !others.contains(&id)
                && of_group::<A>()
                    .chain(of_group::<B>())
                    .all(|known| known != id)
        })
    }

    fn chosen(&self, is_chosen: impl Fn(&str) -> bool) -> String {
        self.0
            .iter()
            .filter(|(id, _)| is_chosen(id))
            .map(|(_, line)| line.as_str())
            .collect()
    }
}

fn takes_the_rest(argument: &Arg) -> bool {
    argument
        .get_num_args()
        .is_some_and(|number| number.max_values() > 1)
}

fn of_group<A: Args>() -> impl Iterator<Item = String> {
    let group = A::augment_args(Command::new("group"));
    group
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect::<Vec<_>>()
        .into_iter()
}
