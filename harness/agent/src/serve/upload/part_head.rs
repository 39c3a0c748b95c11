//! The headers of one part of a form.

/// Holds what the headers of a part say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PartHead {
    pub(super) name: String,
    /// Present, perhaps empty, if the part is a file.
    pub(super) file_name: Option<String>,
    pub(super) media_type: Option<String>,
}

/// Reads header lines; lenient about control characters, which the sanitiser is there for.
pub(super) fn read(lines: &[u8]) -> PartHead {
    let mut head = PartHead::default();
    for line in String::from_utf8_lossy(lines).split("\r\n") {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if name.trim().eq_ignore_ascii_case("content-type") {
            head.media_type = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        } else if name.trim().eq_ignore_ascii_case("content-disposition") {
            for (key, value) in parameters(value) {
                match key.to_ascii_lowercase().as_str() {
                    "name" => head.name = value,
                    "filename" => head.file_name = Some(value),
                    _ => {}
                }
            }
        }
    }
    head
}

/// Reads `; key=value` pairs; a quoted value may contain semicolons and escaped quotes.
fn parameters(value: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = value.find(';').map_or("", |start| &value[start + 1..]);
    while let Some((key, after)) = rest.split_once('=') {
        let (text, remaining) = if let Some(quoted) = after.trim_start().strip_prefix('"') {
            unquote(quoted)
        } else {
            let end = after.find(';').unwrap_or(after.len());
            (after[..end].trim().to_owned(), &after[end..])
        };
        pairs.push((key.trim_matches([';', ' ', '\t']).to_owned(), text));
        rest = remaining;
    }
    pairs
}

/// Reads up to the closing quote. Only a quote or a backslash can be escaped: paths of other systems stay whole.
fn unquote(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((position, character)) = characters.next() {
        match (character, characters.peek()) {
            ('"', _) => return (text, &quoted[position + 1..]),
            ('\\', Some((_, escaped @ ('"' | '\\')))) => {
                text.push(*escaped);
                characters.next();
            }
            _ => text.push(character),
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(disposition: &str) -> Option<String> {
        read(format!("Content-Disposition: {disposition}").as_bytes()).file_name
    }

    #[test]
    fn names_and_types_are_found_in_any_spelling() {
        let head = read(
            b"content-disposition: form-data; name=\"files\"; filename=\"a;b \\\"c\\\".txt\"\r\nContent-Type:  text/plain ",
        );
        assert_eq!(head.name, "files");
        assert_eq!(head.file_name.as_deref(), Some("a;b \"c\".txt"));
        assert_eq!(head.media_type.as_deref(), Some("text/plain"));
    }

    #[test]
    fn a_part_without_a_file_name_is_no_file_and_an_empty_one_is() {
        assert_eq!(file("form-data; name=\"files\""), None);
        assert_eq!(
            file("form-data; name=files; filename=\"\"").as_deref(),
            Some("")
        );
        assert_eq!(
            file("form-data; name=files; filename=bare.txt").as_deref(),
            Some("bare.txt")
        );
        assert_eq!(
            file("form-data; filename=\"C:\\x\\y\u{1}.txt\"").as_deref(),
            Some("C:\\x\\y\u{1}.txt")
        );
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(lines in any::<Vec<u8>>()) {
            let _ = read(&lines);
        }

        #[test]
        fn a_quoted_name_comes_back(name in "[^\r\n\\x00]{0,30}") {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let found = file(&format!("form-data; name=\"files\"; filename=\"{quoted}\""));
            prop_assert_eq!(found, Some(name));
        }
    }
}
