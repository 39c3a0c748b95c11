//! The table of codes; a code is never reused.

/// Declares the codes once: variant, number, one line.
macro_rules! table {
    ($($variant:ident $number:literal $line:literal;)+) => {
        /// The kind of a mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $line] $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name, such as `S012`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $number,)+ }
            }

            /// One line for people.
            pub fn line(self) -> &'static str {
                match self { $(Self::$variant => $line,)+ }
            }
        }
    };
}

table! {
    Syntax "S001" "The file is not YAML; nothing in it could be read.";
    UnknownKey "S002" "A key is not known at this place; keys are never ignored.";
    UnknownStep "S003" "A step, or another one-key map, has a name that does not exist.";
    MissingKey "S004" "A key that must be given is missing.";
    RepeatedKey "S005" "A key stands twice in one map.";
    SecondKey "S006" "A step is a map of exactly one key; a second one follows.";
    Shape "S007" "A value has another shape than this key takes, such as a list instead of a text.";
    UnknownWord "S008" "A word is not one of those this key takes.";
    UnknownRequirement "S010" "No requirement of the catalogue has this number.";
    CoversWithoutCite "S011" "A requirement is covered but no step cites it and no always-on rule judges it.";
    CiteNotCovered "S012" "A step cites a requirement that `covers` does not list.";
    NoCheck "S013" "No step cites a requirement, so the scenario judges nothing.";
    UnknownVariable "S014" "A variable does not exist, or no earlier step captures it.";
    CapturedLater "S015" "A variable is used before the step that captures it.";
    BadTemplate "S016" "A `${` is never closed or has no name; `$${` stands for a literal one.";
    UnknownPeer "S017" "No peer of this name is declared under `peers`.";
    UnknownLabel "S018" "`since` or `lift` names a label that no earlier step has.";
    RepeatedLabel "S019" "Two steps have the same label.";
    RepeatedCapture "S020" "Two steps capture the same name, or a name of the language itself.";
    FaultEffect "S021" "A fault has no effect or several; exactly one is needed.";
    StatementKind "S022" "A statement is of no kind or of several; exactly one is needed.";
    ForeignKey "S023" "A key does not belong to this kind of statement, planted thing or call.";
    MissingUntil "S024" "A statement about what does not happen needs `until`, the event that closes its window.";
    BadPath "S025" "A path is absolute, empty or leaves the stage directory.";
    BadDuration "S026" "A duration is not a whole number with ms, s or m.";
    BadMode "S027" "Permission bits are not three or four octal digits in quotes.";
    BadRequestLine "S028" "A request line is not a method (or `*`), a space and a path that begins with `/`.";
    BadPattern "S029" "A regular expression does not compile.";
    BadBytes "S030" "Bytes are not an even number of hexadecimal digits.";
    BadStatus "S031" "An HTTP status is not between 100 and 599, or a list of statuses is empty.";
    NotStarted "S032" "A step needs the subject, but no earlier step starts it.";
    NoSteps "S033" "A scenario or fragment without steps.";
    NameDiffers "S034" "The name in a file differs from the file's stem.";
    BadName "S035" "A name is not in kebab case.";
    EmptyAxis "S036" "An axis of the matrix has no values, or a value that is not a word, number or boolean.";
    UnknownSubstitution "S037" "`${matrix.NAME}` or `${with.NAME}` names no axis or parameter.";
    UnusedParameter "S038" "An axis or parameter is never used.";
    UnknownFragment "S039" "No fragment of this name exists.";
    FragmentCycle "S040" "A fragment uses itself, directly or through another.";
    RepeatedScenario "S041" "Two scenarios of one area have the same name.";
    EmptyCondition "S042" "A condition says nothing.";
    PlantKind "S043" "A planted thing is of no kind or of several; exactly one is needed.";
    CallMethod "S044" "A call has no method or several; exactly one is needed.";
    CallBody "S045" "A call has several bodies; at most one is possible.";
    BadRange "S046" "A range is empty: its lower end is above its upper end.";
    BadCapture "S047" "A captured place does not begin with body, query, headers, path or answer.";
    BadTitle "S048" "A title is blank, ends with a period or has several lines.";
    RepeatedRequirement "S049" "A requirement is listed twice.";
    BadValue "S050" "A value is outside of what this key takes.";
    Unread "S051" "A file lies where no scenario, fragment or catalogue belongs.";
    BadDiskLine "S052" "A line about calls on the disk is not a class of calls (or `*`), a space and a path below the stage directory.";
    DiskFaultEffect "S053" "A disk fault has no effect or several; exactly one is needed.";
    MixedFile "S054" "A statement about a file's history also says how it must be now; that is another step.";
    UnsharableStart "S055" "A scenario that shares its start changes what the next one would find.";
    Catalogue "S060" "An entry of the requirement catalogue is wrong.";
}

/// Every code with one line for people.
pub fn codes() -> Vec<(&'static str, &'static str)> {
    Code::ALL
        .iter()
        .map(|code| (code.name(), code.line()))
        .collect()
}

/// The line of one code, in either case of letters.
pub fn explain(code: &str) -> Option<&'static str> {
    Code::ALL
        .iter()
        .find(|known| known.name().eq_ignore_ascii_case(code))
        .map(|known| known.line())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_in_order_and_explained() {
        let names: Vec<_> = codes().into_iter().map(|(name, _)| name).collect();
        assert!(names.is_sorted());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(explain("s012").unwrap().contains("covers"));
        assert_eq!(explain("S999"), None);
    }
}
