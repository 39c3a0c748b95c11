//! Names of uploads: what is left of them is safe in a path and in a URI (CHAT-005).

const LONGEST: usize = 100;
const LONGEST_EXTENSION: usize = 16;

/// Reduces a name as contract 7.3 says; never empty, never a path.
pub(super) fn sanitise(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or_default();
    let clean: String = base
        .chars()
        .map(|character| match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '.' | '_' | '-' => character,
            _ => '_',
        })
        .collect();
    match shortened(clean).as_str() {
        "" | "." | ".." => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// Shortens the name before its extension, if the extension is short enough.
fn shortened(name: String) -> String {
    // Every character is ASCII by now, so bytes are characters.
    if name.len() <= LONGEST {
        return name;
    }
    let extension = match name.rfind('.') {
        Some(dot) if name.len() - dot <= LONGEST_EXTENSION => &name[dot..],
        _ => "",
    };
    format!("{}{extension}", &name[..LONGEST - extension.len()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_the_contract_become_what_it_says() {
        let long = format!("{}.txt", "a".repeat(300));
        let bare = "b".repeat(300);
        let odd = format!("{}.{}", "c".repeat(200), "d".repeat(16));
        for (name, expected) in [
            ("hello.txt", "hello.txt".to_owned()),
            ("../../x", "x".to_owned()),
            ("a b", "a_b".to_owned()),
            ("a;b", "a_b".to_owned()),
            ("a\u{1}b\tc", "a_b_c".to_owned()),
            ("C:\\x\\y.txt", "C__x_y.txt".to_owned()),
            ("grün.pdf", "gr_n.pdf".to_owned()),
            ("dir/", "file".to_owned()),
            ("", "file".to_owned()),
            (".", "file".to_owned()),
            ("..", "file".to_owned()),
            (long.as_str(), format!("{}.txt", "a".repeat(96))),
            (bare.as_str(), "b".repeat(100)),
            (odd.as_str(), "c".repeat(100)),
        ] {
            assert_eq!(sanitise(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_name_becomes_short_safe_and_stays_as_it_is(name in "\\PC{0,300}") {
            let clean = sanitise(&name);
            prop_assert!((1..=LONGEST).contains(&clean.len()));
            prop_assert!(clean.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
            prop_assert!(clean != "." && clean != "..");
            prop_assert_eq!(sanitise(&clean), clean);
        }
    }
}
