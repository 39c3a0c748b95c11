//! Laws of the language: what is written reads back, and no text makes the parser panic.

use proptest::prelude::*;
use protocol::Vocabulary;
use serde_json::{Value, json};

use super::call::{Call, PeerReply, Tell, UploadFile};
use super::check::{Check, ClosingEvent};
use super::condition::{Condition, Fitting, Operators};
use super::file::{PeerSection, PlatformSection, ScenarioFile, SubjectSection};
use super::fragment_use::{Parameterised, Use};
use super::number::{CountRange, Counted, Statuses};
use super::plant::Plant;
use super::step::{Fault, Launch, Lift, Nothing, Remove, Restart, RotateToken, Step};
use super::vocabulary::Word;
use super::yaml::{Located, Text, parse, print};
use super::{Entries, MistakeKind};

fn at<T>(value: T) -> Located<T> {
    Located::nowhere(value)
}

fn text() -> impl Strategy<Value = Text> {
    "[a-z/$\\{\\}:#'\" é\\\\-]{0,12}".prop_map(at)
}

fn word<T: Vocabulary + std::fmt::Debug>() -> impl Strategy<Value = Word<T>> {
    let words: Vec<_> = T::words().collect();
    prop::sample::select(words).prop_map(Word::nowhere)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z0-9 :{}~.-]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn entries<V: std::fmt::Debug>(value: impl Strategy<Value = V>) -> impl Strategy<Value = Entries<V>> {
    prop::collection::btree_map("[a-z._-]{1,6}", value, 0..3)
        .prop_map(|map| Entries(map.into_iter().map(|(key, value)| (at(key), value)).collect()))
}

fn condition() -> impl Strategy<Value = Fitting> {
    let plain = value().prop_filter("a map is a map of operators", |value| !value.is_object());
    let leaf = plain.prop_map(|value| at(Condition::Plain(value)));
    leaf.prop_recursive(2, 6, 2, |inner| {
        let inner = prop::option::of(inner);
        (inner.clone(), inner, prop::option::of(text()), prop::option::of(value()), prop::option::of(word()))
            .prop_map(|(not, any, contains, is, json_type)| {
                let operators =
                    Operators { not, any, contains, is: is.map(at), json_type, ..Operators::default() };
                at(Condition::Operators(Box::new(operators)))
            })
    })
}

fn statuses() -> impl Strategy<Value = Located<Statuses>> {
    prop_oneof![
        (100_u16..600).prop_map(|status| at(Statuses::One(status))),
        prop::collection::vec((100_u16..600).prop_map(at), 0..3).prop_map(|list| at(Statuses::Several(list))),
    ]
}

fn count() -> impl Strategy<Value = Located<Counted>> {
    prop_oneof![
        any::<u32>().prop_map(|number| at(Counted::AtLeast(number))),
        (any::<Option<u32>>(), any::<Option<u32>>()).prop_map(|(at_least, most)| {
            at(Counted::Range(CountRange { at_least, at_most: most.map(at) }))
        }),
    ]
}

fn check() -> impl Strategy<Value = Check> {
    let first = (prop::option::of(text()), prop::option::of(word()), prop::option::of(entries(condition())));
    let second = (prop::option::of(statuses()), prop::option::of(count()), prop::option::of(condition()));
    let third = (prop::collection::vec(text(), 0..3), entries(text()), prop::option::of(text()));
    (first, second, third).prop_map(
        |((request, from, headers), (answered, count, log), (cites, capture, label))| {
            let until = request.clone().map(|request| {
                let (answered, count) = (answered.clone(), count.clone());
                let (headers, query, body, answer) = (None, None, None, None);
                at(ClosingEvent {
                    request,
                    from: None,
                    to: None,
                    headers,
                    query,
                    body,
                    answered,
                    answer,
                    count,
                })
            });
            let headers = headers.map(at);
            Check {
                request,
                from,
                headers,
                answered,
                count,
                log,
                until,
                cites,
                capture,
                label,
                ..Check::default()
            }
        },
    )
}

fn reply() -> impl Strategy<Value = PeerReply> {
    prop_oneof![
        text().prop_map(PeerReply::Replies),
        (100_u16..600).prop_map(|status| PeerReply::Fails(at(status))),
        Just(PeerReply::Busy(Nothing {})),
        Just(PeerReply::Errors(Nothing {})),
    ]
}

fn plant() -> impl Strategy<Value = Plant> {
    (prop::option::of(text()), prop::option::of(text()), any::<Option<u64>>())
        .prop_map(|(file, mode, size)| Plant { file, mode, size: size.map(at), ..Plant::default() })
}

fn call() -> impl Strategy<Value = Call> {
    let upload = (prop::option::of(text()), prop::option::of(text()))
        .prop_map(|(name, content)| UploadFile { name, content, ..UploadFile::default() });
    let first = (prop::option::of(word()), prop::option::of(text()), prop::option::of(value()));
    let second = (prop::collection::vec(upload, 0..2), entries(condition()), prop::option::of(statuses()));
    (first, second).prop_map(|((to, post, json), (upload, answer, answers))| Call {
        to,
        post,
        json: json.map(at),
        upload: Some(at(upload)),
        answer,
        answers,
        ..Call::default()
    })
}

fn tell() -> impl Strategy<Value = Tell> {
    (text(), prop::option::of(word()), prop::option::of(condition()), any::<Option<bool>>()).prop_map(
        |(text, part, reply, background)| Tell {
            text,
            part,
            reply,
            background,
            from: None,
            deliver: None,
            within: None,
            answers: None,
            answer_headers: Entries::default(),
            answer: Entries::default(),
            answer_text: None,
            cites: Vec::new(),
            capture: Entries::default(),
            label: None,
        },
    )
}

fn fault() -> impl Strategy<Value = Fault> {
    (text(), prop::option::of(100_u16..600), entries(text()), any::<bool>(), any::<Option<u32>>()).prop_map(
        |(on, status, headers, hangs, times)| Fault {
            on,
            status: status.map(at),
            headers,
            body: None,
            delay: None,
            hang: hangs.then(|| at(Nothing {})),
            reset: None,
            truncate: None,
            drip: None,
            edit: None,
            times: times.map(at),
            after_calls: times,
            after_platform: Some(hangs),
            label: None,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let environment = || entries(prop::option::of(text()));
    let acts = prop_oneof![
        (prop::option::of(word()), prop::option::of(text()), environment())
            .prop_map(|(until, within, environment)| Step::Start(Launch { until, within, environment })),
        (prop::option::of(word()), prop::option::of(word()), environment()).prop_map(
            |(how, configs, environment)| {
                Step::Restart(Restart { how, configs, environment, ..Restart::default() })
            }
        ),
        Just(Step::Crash(Nothing {})),
        any::<Option<bool>>().prop_map(|on_disk| Step::RotateToken(RotateToken { on_disk })),
        prop::option::of(text()).prop_map(|fault| Step::Lift(Lift { fault })),
        word().prop_map(Step::Outage),
        plant().prop_map(|place| Step::Plant(Box::new(place))),
        text().prop_map(|path| Step::Remove(Remove { path })),
    ];
    let uses = (text(), entries(value().prop_map(at)), any::<bool>()).prop_map(|(fragment, with, plain)| {
        let both = Use::Parameterised(Parameterised { fragment: fragment.clone(), with });
        Step::Use(at(if plain { Use::Plain(fragment.value) } else { both }))
    });
    prop_oneof![
        acts,
        uses,
        fault().prop_map(|fault| Step::Fault(Box::new(fault))),
        call().prop_map(|call| Step::Call(Box::new(call))),
        tell().prop_map(|tell| Step::Tell(Box::new(tell))),
        check().prop_map(|check| Step::Expect(Box::new(check))),
        check().prop_map(|check| Step::Never(Box::new(check))),
    ]
}

prop_compose! {
    fn file()(
        names in (text(), text(), prop::collection::vec(text(), 0..3)),
        needs in prop::collection::vec(word(), 0..3),
        edge in prop::option::of(word()),
        config in entries(value().prop_map(at)),
        files in prop::collection::vec(plant().prop_map(at), 0..2),
        peers in entries((word(), prop::option::of(reply()))),
        matrix in entries(prop::collection::vec(value().prop_map(at), 0..3)),
        steps in prop::collection::vec(step().prop_map(at), 0..4),
    ) -> ScenarioFile {
        let (scenario, title, covers) = names;
        let peers = peers.0.into_iter();
        ScenarioFile {
            scenario, title, covers, needs, matrix, steps,
            profiles: None,
            overlays: Vec::new(),
            since: None,
            shares_start: None,
            platform: PlatformSection { edge, ..PlatformSection::default() },
            subject: SubjectSection { config, files, ..SubjectSection::default() },
            peers: Entries(
                peers.map(|(name, (relation, answers))| (name, PeerSection { relation, answers, polls: false })).collect(),
            ),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_printed_reads_back(file in file()) {
        let printed = print(&file).unwrap();
        let read: ScenarioFile = parse(&printed)
            .map_err(|mistake| TestCaseError::fail(format!("{mistake:?} in\n{printed}")))?;
        prop_assert_eq!(read, file, "in\n{}", printed);
    }
}

#[test]
fn null_is_a_condition_and_not_an_absence() {
    let check: Check = parse("{ log: ~, body: { x: ~ }, content: { not: ~ } }").unwrap();
    assert_eq!(check.log, Some(at(Condition::Plain(Value::Null))));
    let content = check.content.unwrap().value;
    let Condition::Operators(operators) = content else { panic!("{content:?}") };
    assert_eq!(operators.not, Some(at(Condition::Plain(Value::Null))));
}

#[test]
fn lists_and_numbers_are_conditions() {
    let list: Condition = parse("[1, a]").unwrap();
    assert_eq!(list, Condition::Plain(json!([1, "a"])));
    assert_eq!(parse::<Condition>("1.5").unwrap(), Condition::Plain(json!(1.5)));
}

#[test]
fn a_step_is_a_map_of_exactly_one_key() {
    let two = "scenario: x\ntitle: T\ncovers: []\nsteps: [{ crash: {}, stop: {} }]\n";
    let mistake = parse::<ScenarioFile>(two).unwrap_err();
    assert_eq!(mistake.kind, MistakeKind::SecondKey);
    let bare = "scenario: x\ntitle: T\ncovers: []\nsteps:\n  - crash\n  - {}\n";
    let mistake = parse::<ScenarioFile>(bare).unwrap_err();
    assert!(matches!(mistake.kind, MistakeKind::Shape(_)), "{mistake:?}");
    assert_eq!(bare.get(mistake.mark), Some("crash"));
}

#[test]
fn words_of_older_yaml_are_plain_texts() {
    let read: Vec<Value> = parse("[yes, on, off, no, n]").unwrap();
    assert_eq!(read, ["yes", "on", "off", "no", "n"]);
}
