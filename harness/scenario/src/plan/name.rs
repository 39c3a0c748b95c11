//! Names of files and peers.

use crate::diagnostic::Code;
use crate::reading::Reader;
use crate::yaml::Node;

/// Compares the name in a file with the file's stem.
pub(crate) fn same_name(node: &Node, stem: &str, what: &str, reader: &mut Reader<'_>) {
    let Some(name) = reader.text(node) else {
        return;
    };
    if !is_kebab_case(&name) {
        reader
            .report(
                Code::BadName,
                &node.mark,
                format!("`{name}` is not in kebab case"),
            )
            .help("small letters, digits and single dashes: `restart-empties-configs`");
    } else if name != stem {
        let message = format!("the {what} is called otherwise than its file");
        reader
            .report(Code::NameDiffers, &node.mark, message)
            .label(format!("the file's stem is `{stem}`"))
            .help(format!("write `{what}: {stem}`, or rename the file"));
    }
}

/// Small letters and digits, joined by single dashes.
pub(crate) fn is_kebab_case(text: &str) -> bool {
    text.split('-').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_case_has_no_capitals_and_no_empty_parts() {
        assert!(is_kebab_case("a2a-post"));
        for bad in ["", "A", "a--b", "-a", "a_b", "a "] {
            assert!(!is_kebab_case(bad), "{bad}");
        }
    }
}
