//! Asking a user at a terminal for what no flag decided.

use std::io::BufRead;

use protocol::{Profile, Revision};

use super::arguments::InitArguments;
use super::error::InitError;
use crate::cli::output::Output;

/// Where questions are put.
pub(super) trait Page {
    /// Shows a text as it is.
    fn show(&mut self, text: &str);
}

impl Page for Output {
    fn show(&mut self, text: &str) {
        self.print(text);
    }
}

/// Fills in what no flag decided; asks again after an answer that is none.
pub(super) fn ask(
    arguments: &mut InitArguments,
    answers: &mut impl BufRead,
    page: &mut impl Page,
) -> Result<(), InitError> {
    page.show(
        "What is needed to start, meet and judge a runtime; an empty answer takes what stands in brackets.\n",
    );
    let mut talk = Talk { answers, page };
    let command = talk.until(
        "What starts it (a command line; no shell is run)",
        |answer| {
            if answer.is_empty() {
                Err("there is no usual answer to this one".into())
            } else {
                Ok(answer.to_owned())
            }
        },
    )?;
    arguments.command = Some(command);
    if arguments.name.is_none() {
        arguments.name = talk.until("Its name [the program's or the directory's]", |answer| {
            Ok(optional(answer))
        })?;
    }
    if arguments.version.is_none() {
        arguments.version = talk.until("Its version [0.1.0]", |answer| Ok(optional(answer)))?;
    }
    if arguments.profile.is_none() {
        let known = Profile::ALL.map(Profile::name).join(", ");
        arguments.profile = talk.until(&format!("Its kind: {known} [container]"), parsed)?;
    }
    if arguments.revision.is_none() {
        let known = Revision::ALL.map(Revision::name).join(", ");
        arguments.revision = talk.until(
            &format!("The contract's version that it claims: {known} [r2]"),
            parsed,
        )?;
    }
    let registers = arguments.profile.unwrap_or_default().registers();
    if arguments.heartbeat.is_none() && registers {
        arguments.heartbeat =
            talk.until("Between its heartbeats, such as 30s [measured]", |answer| {
                if answer.is_empty() {
                    Ok(None)
                } else {
                    crate::cli::duration::parse(answer).map(Some)
                }
            })?;
    }
    if arguments.token_file.is_none() {
        arguments.token_file = talk.until(
            "Where it keeps its token, below its home [the contract's ${CONFIGS}/.auth_token]",
            |answer| {
                if !answer.is_empty() {
                    super::words::token_file(answer).map_err(|error| error.to_string())?;
                }
                Ok(optional(answer))
            },
        )?;
    }
    Ok(())
}

fn optional(answer: &str) -> Option<String> {
    (!answer.is_empty()).then(|| answer.to_owned())
}

fn parsed<T>(answer: &str) -> Result<Option<T>, String>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if answer.is_empty() {
        Ok(None)
    } else {
        answer
            .parse()
            .map(Some)
            .map_err(|error: T::Err| error.to_string())
    }
}

/// Questions on one side, answers on the other.
struct Talk<'t, R, P> {
    answers: &'t mut R,
    page: &'t mut P,
}

impl<R: BufRead, P: Page> Talk<'_, R, P> {
    fn until<T>(
        &mut self,
        question: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, InitError> {
        loop {
            self.page.show(&format!("{question}: "));
            let mut answer = String::new();
            match self.answers.read_line(&mut answer) {
                Ok(length) if length > 0 => {}
                Ok(_) | Err(_) => return Err(InitError::NoAnswer),
            }
            match read(answer.trim()) {
                Ok(meant) => return Ok(meant),
                Err(why) => self.page.show(&format!("  {why}\n")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    impl Page for String {
        fn show(&mut self, text: &str) {
            self.push_str(text);
        }
    }

    fn nothing() -> InitArguments {
        InitArguments {
            command: None,
            name: None,
            version: None,
            profile: None,
            revision: None,
            heartbeat: None,
            without: Vec::new(),
            token_file: None,
            to: "runtime.yaml".into(),
            force: false,
        }
    }

    #[test]
    fn an_answer_that_is_none_is_asked_for_again() {
        let mut arguments = nothing();
        let mut page = String::new();
        let answers =
            "\npython3 a.py\nmine\n\ntoaster\nexternal-poll\nr2+\nsoon\n30s\n/etc/token\n~/token\n";
        ask(&mut arguments, &mut answers.as_bytes(), &mut page).unwrap();
        assert_eq!(arguments.command.as_deref(), Some("python3 a.py"));
        assert_eq!(
            (arguments.name.as_deref(), arguments.version),
            (Some("mine"), None)
        );
        assert_eq!(
            (arguments.profile, arguments.revision),
            (Some(Profile::ExternalPoll), Some(Revision::R2Plus))
        );
        assert_eq!(arguments.heartbeat, Some(Duration::from_secs(30)));
        assert_eq!(arguments.token_file.as_deref(), Some("~/token"));
        for said in [
            "no usual answer",
            "unknown profile `toaster`",
            "such as 250ms, 2s or 1m",
            "`/etc/token` lies outside",
        ] {
            assert!(page.contains(said), "{said} is not in\n{page}");
        }
    }

    #[test]
    fn what_a_flag_decided_is_not_asked_and_silence_writes_nothing() {
        let mut arguments = InitArguments {
            profile: Some(Profile::McpTools),
            name: Some("mine".into()),
            ..nothing()
        };
        let mut page = String::new();
        ask(&mut arguments, &mut "serve\n\n\n\n".as_bytes(), &mut page).unwrap();
        assert!(
            !page.contains("kind") && !page.contains("name [") && !page.contains("heartbeats"),
            "{page}"
        );
        let ended = ask(
            &mut nothing(),
            &mut "serve\n".as_bytes(),
            &mut String::new(),
        );
        assert!(matches!(ended, Err(InitError::NoAnswer)));
    }
}
