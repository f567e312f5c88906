//! Rust sources: their length, their module docs, and the length of a function's `main.rs`.

use super::Problems;
use super::layout::File;

/// A longer file has more than one subject.
const MOST_LINES: usize = 400;

/// Logging, dependencies once per cold start, run. Everything else belongs in the library, which the local stack and the
/// tests share.
const MOST_LINES_OF_MAIN: usize = 20;

/// The problems of one source file.
pub(crate) fn check(file: &File) -> Problems {
    let path = &file.path;
    let mut problems = Problems::new();
    let lines = file.text.lines().count();
    if lines > MOST_LINES {
        problems.push(format!("{path}: {lines} lines, at most {MOST_LINES}: split it by subject"));
    }
    let first = file.text.lines().find(|line| !line.trim().is_empty());
    if !first.is_some_and(|line| line.starts_with("//!") || line.starts_with("#![doc = ")) {
        problems.push(format!("{path}: has no module doc (`//! …`)"));
    }
    if is_main_of_function(path) {
        let lines = file.text.lines().filter(|line| is_code(line)).count();
        if lines > MOST_LINES_OF_MAIN {
            problems.push(format!(
                "{path}: {lines} lines of code, at most {MOST_LINES_OF_MAIN}: move them to the library"
            ));
        }
    }
    problems
}

fn is_main_of_function(path: &str) -> bool {
    path.starts_with("functions/") && path.ends_with("/main.rs")
}

/// Neither empty nor a comment.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(path: &str, text: impl Into<String>) -> Problems {
        check(&File { path: path.to_owned(), text: text.into() })
    }

    #[test]
    fn allows_a_short_file_with_a_module_doc() {
        assert!(problems_of("shared/a/src/lib.rs", "\n//! What it is.\n\nfn a() {}\n").is_empty());
        assert!(problems_of("shared/a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n").is_empty());
    }

    #[test]
    fn allows_400_lines() {
        let text = format!("//! Long.\n{}", "\n".repeat(399));
        assert!(problems_of("a.rs", &*text).is_empty());
        assert_eq!(problems_of("a.rs", text + "\n"), ["a.rs: 401 lines, at most 400: split it by subject"]);
    }

    #[test]
    fn reports_a_missing_module_doc() {
        for text in
            ["", "fn a() {}\n//! Too late.\n", "/// Of the item.\nfn a() {}\n", "// Nobody renders it.\n"]
        {
            assert_eq!(problems_of("a.rs", text), ["a.rs: has no module doc (`//! …`)"], "{text}");
        }
    }

    #[test]
    fn allows_20_lines_of_code_in_a_main_of_a_function() {
        let text = |lines| format!("//! The function.\n\n// Why.\n{}", "    code();\n".repeat(lines));
        assert!(problems_of("functions/sweep/main.rs", text(20)).is_empty());
        assert_eq!(
            problems_of("functions/sweep/main.rs", text(21)),
            ["functions/sweep/main.rs: 21 lines of code, at most 20: move them to the library"]
        );
        assert!(problems_of("infra/local/src/main.rs", text(21)).is_empty());
    }
}
