//! Faults on the wire between a runtime and the platform.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::journal::Header;

/// Something that happens to a runtime's requests on a path. In a plan its texts are templates, whose variables only a stage can fill in.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault<Text = String> {
    /// What it is called in the journal and when it is lifted.
    pub label: String,
    /// Only requests with this method; any method otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path, a [`PathPattern`](crate::PathPattern): `*` stands for one segment, `**` for any rest.
    #[schema(value_type = String)]
    pub path: Text,
    /// How often it fires; until it is lifted otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How many matching requests pass before it fires for the first time, counted since it was set.
    #[serde(default, rename = "from_call")]
    pub after_calls: u32,
    /// Whether the platform processes the request first, so that only the answer is lost.
    #[serde(default)]
    pub after_platform: bool,
    /// What happens.
    #[schema(value_type = FaultEffect)]
    pub effect: FaultEffect<Text>,
}

/// What a fault does, such as `"reset"` or `{"status": {"status": 503}}`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultEffect<Text = String> {
    /// Answers in the platform's place.
    Status {
        /// The status code.
        #[serde(deserialize_with = "status_of_an_answer")]
        status: u16,
        /// Headers of the answer.
        #[serde(default = "Vec::new")]
        #[schema(value_type = Vec<Header>)]
        headers: Vec<Header<Text>>,
        /// Its body; empty otherwise.
        #[serde(default = "Option::default")]
        #[schema(value_type = Option<String>)]
        body: Option<Text>,
    },
    /// Lets the real answer come later.
    Delay {
        /// By so many milliseconds.
        #[serde(rename = "milliseconds", with = "milliseconds")]
        #[schema(value_type = u64)]
        by: Duration,
    },
    /// Gives no answer; the real one comes when the fault is lifted.
    Hang,
    /// Resets the connection before any byte of an answer.
    Reset,
    /// Declares the real answer's length, sends half of it and closes.
    Truncate,
    /// Sends the real answer slowly.
    Drip {
        /// Bytes at a time.
        chunk: usize,
        /// Milliseconds between them.
        #[serde(rename = "milliseconds", with = "milliseconds")]
        #[schema(value_type = u64)]
        every: Duration,
    },
    /// Changes the top level of the real answer if it is a JSON object; other answers pass unchanged.
    Edit {
        /// Fields to set; an explicit `null` is sent as `null`.
        #[serde(default)]
        #[schema(value_type = Object)]
        set: Map<String, Value>,
        /// Fields to leave out.
        #[serde(default)]
        remove: Vec<String>,
    },
}

crate::vocabulary! {
    /// Which of its effects a fault has.
    #[expect(missing_docs, reason = "the effects say what they are")]
    pub enum FaultEffectKind = "effect" {
        Status = "status",
        Delay = "delay",
        Hang = "hang",
        Reset = "reset",
        Truncate = "truncate",
        Drip = "drip",
        Edit = "edit",
    }
}

impl<Text> Fault<Text> {
    /// A fault on a path that fires on every request, before the platform sees it, until it is lifted.
    pub fn new(label: impl Into<String>, path: impl Into<Text>, effect: FaultEffect<Text>) -> Self {
        Self {
            label: label.into(),
            method: None,
            path: path.into(),
            times: None,
            after_calls: 0,
            after_platform: false,
            effect,
        }
    }

    /// The same fault with its texts mapped, or the first error; `json` maps the texts inside JSON.
    pub fn try_map<Other, Error>(
        &self,
        text: impl Fn(&Text) -> Result<Other, Error>,
        json: impl Fn(&Value) -> Result<Value, Error>,
    ) -> Result<Fault<Other>, Error> {
        Ok(Fault {
            label: self.label.clone(),
            method: self.method.clone(),
            path: text(&self.path)?,
            times: self.times,
            after_calls: self.after_calls,
            after_platform: self.after_platform,
            effect: self.effect.try_map(text, json)?,
        })
    }
}

impl<Text> FaultEffect<Text> {
    /// Which effect it is, by its word in files and on the wire.
    pub fn kind(&self) -> FaultEffectKind {
        match self {
            Self::Status { .. } => FaultEffectKind::Status,
            Self::Delay { .. } => FaultEffectKind::Delay,
            Self::Hang => FaultEffectKind::Hang,
            Self::Reset => FaultEffectKind::Reset,
            Self::Truncate => FaultEffectKind::Truncate,
            Self::Drip { .. } => FaultEffectKind::Drip,
            Self::Edit { .. } => FaultEffectKind::Edit,
        }
    }

    fn try_map<Other, Error>(
        &self,
        text: impl Fn(&Text) -> Result<Other, Error>,
        json: impl Fn(&Value) -> Result<Value, Error>,
    ) -> Result<FaultEffect<Other>, Error> {
        Ok(match self {
            Self::Status {
                status,
                headers,
                body,
            } => FaultEffect::Status {
                status: *status,
                headers: headers
                    .iter()
                    .map(|Header { name, value }| {
                        Ok(Header {
                            name: name.clone(),
                            value: text(value)?,
                        })
                    })
                    .collect::<Result<_, _>>()?,
                body: body.as_ref().map(text).transpose()?,
            },
            Self::Delay { by } => FaultEffect::Delay { by: *by },
            Self::Hang => FaultEffect::Hang,
            Self::Reset => FaultEffect::Reset,
            Self::Truncate => FaultEffect::Truncate,
            Self::Drip { chunk, every } => FaultEffect::Drip {
                chunk: *chunk,
                every: *every,
            },
            Self::Edit { set, remove } => FaultEffect::Edit {
                set: set
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), json(value)?)))
                    .collect::<Result<_, _>>()?,
                remove: remove.clone(),
            },
        })
    }
}

/// What happens to a request: `answers 503`, `hangs`.
impl<Text> fmt::Display for FaultEffect<Text> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status, .. } => write!(out, "answers {status}"),
            Self::Delay { by } => write!(out, "is delayed by {by:?}"),
            Self::Hang => out.write_str("hangs"),
            Self::Reset => out.write_str("is reset"),
            Self::Truncate => out.write_str("is truncated"),
            Self::Drip { .. } => out.write_str("drips"),
            Self::Edit { .. } => out.write_str("is edited"),
        }
    }
}

/// Reads the status of a final answer.
pub(crate) fn status_of_an_answer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    if (200..=599).contains(&status) {
        return Ok(status);
    }
    Err(de::Error::custom(format_args!(
        "{status} cannot be the status of an answer: 200 to 599 can"
    )))
}

/// Durations on the wire.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        u64::try_from(duration.as_millis())
            .unwrap_or(u64::MAX)
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_needs_a_label_a_path_and_an_effect() {
        let fault = json!({"label": "down", "path": "/registry/**", "effect": "reset"});
        let fault: Fault = serde_json::from_value(fault).unwrap();
        assert_eq!(
            fault,
            Fault::new("down", "/registry/**", FaultEffect::Reset)
        );
        let effect: FaultEffect =
            serde_json::from_value(json!({"status": {"status": 503}})).unwrap();
        assert_eq!(
            effect,
            FaultEffect::Status {
                status: 503,
                headers: Vec::new(),
                body: None
            }
        );
        for wrong in [
            json!({"label": "a", "path": "/"}),
            json!({"label": "a", "path": "/", "effect": "melt"}),
        ] {
            assert!(serde_json::from_value::<Fault>(wrong).is_err());
        }
        let error =
            serde_json::from_value::<FaultEffect>(json!({"status": {"status": 101}})).unwrap_err();
        assert!(error.to_string().contains("200 to 599 can"), "{error}");
    }

    #[test]
    fn durations_are_milliseconds_on_the_wire() {
        let drip: FaultEffect = FaultEffect::Drip {
            chunk: 3,
            every: Duration::from_millis(20),
        };
        let written = json!({"drip": {"chunk": 3, "milliseconds": 20}});
        assert_eq!(serde_json::to_value(&drip).unwrap(), written);
        assert_eq!(
            serde_json::from_value::<FaultEffect>(written).unwrap(),
            drip
        );
    }

    #[test]
    fn every_text_of_a_fault_is_filled_in() {
        let effect = FaultEffect::Status {
            status: 503,
            headers: vec![Header {
                name: "retry-after".into(),
                value: "${x}",
            }],
            body: Some("${x}"),
        };
        let fault: Fault<&str> = Fault::new("down", "/${x}", effect);
        let filled = fault.try_map(
            |text| Ok::<_, ()>(text.replace("${x}", "1")),
            |json| Ok(json.clone()),
        );
        let effect = FaultEffect::Status {
            status: 503,
            headers: vec![Header {
                name: "retry-after".into(),
                value: "1".into(),
            }],
            body: Some("1".into()),
        };
        assert_eq!(filled, Ok(Fault::new("down", "/1", effect)));
        assert_eq!(fault.effect.to_string(), "answers 503");
        let edit = FaultEffect::Edit {
            set: Map::from_iter([("a".into(), json!("${x}"))]),
            remove: vec![],
        };
        let edited: Result<Fault, _> =
            Fault::<&str>::new("edit", "/", edit).try_map(|_| Err("no text"), |_| Ok(json!(2)));
        assert_eq!(edited, Err("no text"));
    }
}
