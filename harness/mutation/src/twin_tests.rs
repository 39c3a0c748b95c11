//! Tests of twins, from a source and a table to the text that is written, or to what is wrong with the table.

use insta::assert_snapshot;

use super::*;

const LIB: &str = "//! A greeter.
//! It greets.

mod other;

/// Greets.
pub fn greet(name: &str, times: usize) -> String {
    let mut text = String::new();
    for _ in 0..times {
        text.push_str(\"hello \"); // Politely.
        text.push_str(name);
    }
    if text.is_empty() {
        return format!(\"{} is not greeted\", name.trim());
    }
    text
}

#[cfg(test)]
mod tests {
    fn greets() {
        assert_eq!(super::greet(name, 1).is_empty(), text.is_empty());
    }
}
";

/// Makes a twin of the greeter with the entries of a table, whose places are all in `lib.rs` if they say nothing else; gives the twin of `lib.rs`, or the complaints.
fn twin(entries: &[&str]) -> Result<String, String> {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    fs::create_dir(place("source")).unwrap();
    fs::write(place("source/lib.rs"), LIB).unwrap();
    fs::write(place("source/other.rs"), "//! Another file.\n").unwrap();
    let entry = |(number, places): (usize, &&str)| {
        [
            "- name: m",
            &number.to_string(),
            "\n  requirement: A-001\n  summary: Errs.\n  places:\n",
            places,
        ]
        .concat()
    };
    let table: String = entries.iter().enumerate().map(entry).collect();
    fs::write(place("table.yaml"), table).unwrap();
    let root = format!("{}/", directory.path().display());
    let said = |complaints: Vec<Complaint>| {
        let lines = complaints
            .iter()
            .map(|complaint| complaint.to_string().replace(&root, ""));
        lines.collect::<Vec<_>>().join("\n")
    };
    let table = Table::read(&[place("table.yaml")]).map_err(|complaint| said(vec![complaint]))?;
    write_twin(&place("source"), &table, &place("twin"), "chosen").map_err(said)?;
    assert_eq!(
        fs::read_to_string(place("twin/other.rs")).unwrap(),
        "//! Another file.\n"
    );
    Ok(fs::read_to_string(place("twin/lib.rs")).unwrap())
}

/// One place in `lib.rs`.
fn place(right: &str, wrong: &str) -> String {
    format!("    - file: lib.rs\n      right: {right}\n      wrong: {wrong}\n")
}

/// The lines of a twin between the head of the function and its last line.
fn changed(entries: &[&str]) -> String {
    let twin = twin(entries).unwrap();
    let (_, body) = twin.split_once("-> String {\n").unwrap();
    body.split_once("    text\n}").unwrap().0.to_owned()
}

#[test]
fn without_a_mistake_the_twin_is_the_source_but_for_the_comment_at_its_head() {
    assert_eq!(
        twin(&[]).unwrap(),
        LIB.strip_prefix("//! A greeter.\n//! It greets.\n")
            .unwrap()
    );
}

#[test]
fn an_expression_stands_in_parentheses_and_a_statement_does_not() {
    let expression = place("'\"hello \"'", "'\"bye \"'");
    let statement = place("text.push_str(name);", "''");
    assert_snapshot!(changed(&[&expression, &statement]), @r#"
        let mut text = String::new();
        for _ in 0..times {
            text.push_str((if chosen(0) {
    /* table.yaml:7 */ "bye "
    } else { "hello " })); // Politely.
            if chosen(1) {
    } else { text.push_str(name); }
        }
        if text.is_empty() {
            return format!("{} is not greeted", name.trim());
        }
    "#);
}

#[test]
fn equal_places_are_a_chain_and_inner_ones_stand_in_the_right_code() {
    let whole = "    - file: lib.rs
      right: |
        if text.is_empty() {
            return format!(\"{} is not greeted\", name.trim());
        }
      wrong: |
        let text = \"no
        greeting\";
        return text.to_owned();
";
    let other = place(
        "'if text.is_empty() { return format!(\"{} is not greeted\", name.trim(),); }'",
        "return String::new();",
    );
    let inner = place("text.is_empty()", "times == 0");
    assert_snapshot!(changed(&[&inner, whole, &other]), @r#"
        let mut text = String::new();
        for _ in 0..times {
            text.push_str("hello "); // Politely.
            text.push_str(name);
        }
        if chosen(1) {
    /* table.yaml:18 */ let text = "no
    greeting";
    /* table.yaml:20 */ return text.to_owned();
    } else if chosen(2) {
    /* table.yaml:27 */ return String::new();
    } else { if (if chosen(0) {
    /* table.yaml:7 */ times == 0
    } else { text.is_empty() }) {
            return format!("{} is not greeted", name.trim());
        } }
    "#);
}

#[test]
fn a_place_in_a_macro_is_an_expression() {
    let entry = place("name.trim()", "name");
    assert!(changed(&[&entry]).contains("format!(\"{} is not greeted\", (if chosen(0) {\n"));
}

#[test]
fn what_is_added_stands_at_the_end_of_the_file() {
    let entry = "    - file: lib.rs\n      adds: |\n        fn more() {}\n";
    assert!(
        twin(&[entry])
            .unwrap()
            .ends_with("}\n/* table.yaml:7 */ fn more() {}\n")
    );
}

#[test]
fn right_code_that_is_not_there_once_is_said_with_its_lines() {
    let missing = place("text.push_str(\"bye \");", "''");
    let twice = place("text.push_str", "drop");
    let tested = place("super::greet(name, 1)", "0");
    assert_snapshot!(twin(&[&missing, &twice, &tested]).unwrap_err(), @r#"
    table.yaml:6: the right code of `m0` is not in source/lib.rs: `text.push_str("bye ");`
    table.yaml:13: the right code of `m1` is 2 times in source/lib.rs, on the lines 10, 11: `text.push_str`
    table.yaml:20: the right code of `m2` is not in source/lib.rs: `super::greet(name, 1)`
    "#);
}

#[test]
fn right_code_that_is_a_part_of_something_is_said() {
    let range = place("..times", "..9");
    let parameter = place("'times: usize'", "''");
    assert_snapshot!(twin(&[&range, &parameter]).unwrap_err(), @r#"
    table.yaml:6: the right code of `m0` is neither an expression nor statements at source/lib.rs:9: `..times`
    table.yaml:13: the right code of `m1` is neither an expression nor statements at source/lib.rs:7: `times: usize`
    "#);
}

#[test]
fn places_that_overlap_are_said() {
    let first = place(
        "|\n        text.push_str(\"hello \"); text.push_str(name);",
        "''",
    );
    let second = "    - file: lib.rs
      right: |
        for _ in 0..times { text.push_str(\"hello \"); text.push_str(name); }
        if text.is_empty() { return format!(\"{} is not greeted\", name.trim()); }
      wrong: ''
";
    let third = "    - file: lib.rs
      right: |
        if text.is_empty() { return format!(\"{} is not greeted\", name.trim()); }
        text
      wrong: String::new()
";
    assert_snapshot!(twin(&[&first, second, third]).unwrap_err(), @r#"table.yaml:24: the right code of `m2` overlaps that of `m1` at source/lib.rs:13: `if text.is_empty() { return format!("{} is not greeted", name.trim()); }`"#);
}

#[test]
fn code_that_cannot_be_read_is_said_with_its_own_line() {
    let wrong = "    - file: lib.rs
      right: text.push_str(name);
      wrong: |
        text.clear();
        text.push_str(name
";
    let statement = place("text.push_str(name);", "let = 3;");
    let right = place("text.push_str(name", "''");
    let empty = place("''", "''");
    let added = "    - file: lib.rs\n      adds: let x = 1;\n";
    assert_snapshot!(twin(&[wrong, &statement, &right, &empty, added]).unwrap_err(), @r#"
    table.yaml:9: code of `m0` cannot be read: cannot parse string into token stream: `text.push_str(name`
    table.yaml:16: code of `m1` cannot be read: expected one of: identifier, `::`, `<`, `_`, literal, `const`, `ref`, `mut`, `&`, parentheses, square brackets, `..`, `const`: `let = 3;`
    table.yaml:22: code of `m2` cannot be read: cannot parse string into token stream: `text.push_str(name`
    table.yaml:29: `m3` has no right code
    table.yaml:36: code of `m4` cannot be read: expected one of: `fn`, `extern`, `use`, `static`, `const`, `unsafe`, `mod`, `type`, `struct`, `enum`, `union`, `impl`, `trait`, `auto`, `default`, `macro`, identifier, `self`, `super`, `crate`, `::`: `let x = 1;`
    "#);
}

#[test]
fn a_file_that_is_not_there_is_said() {
    let entry = "    - file: none.rs\n      adds: fn more() {}\n";
    assert_snapshot!(twin(&[entry]).unwrap_err(), @r#"table.yaml:6: there is no file source/none.rs: `fn more() {}`"#);
}

#[test]
fn a_table_that_is_no_table_is_said() {
    let half = "    - file: lib.rs\n      right: text\n";
    let unknown = "    - file: lib.rs\n      left: text\n";
    let twice = "    - file: lib.rs\n      adds: ''\n- name: m0\n  requirement: A-001\n  summary: ''\n  places: []\n";
    let messages = [half, unknown, twice].map(|entry| twin(&[entry]).unwrap_err());
    assert_snapshot!(messages.join("\n\n"), @r#"
    table.yaml:1: a place has either right and wrong code, or what it adds: `m0`

    table.yaml:6: unknown field `left`, expected one of file, right, wrong, adds at line 6, column 7

    table.yaml:7: two mistakes have this name: `m0`
    "#);
}
