//! Rust sources: their length, their module docs, and how little a function's `main.rs` does.

use super::Problems;
use super::layout::File;

/// A longer file has more than one subject.
const MOST_LINES: usize = 400;

/// Logging, dependencies once per cold start, run: what needs more belongs into `lib.rs`, where the local stack
/// and the tests run it too.
const MOST_LINES_OF_MAIN: usize = 20;

/// What is wrong with one source file.
pub(crate) fn check(file: &File) -> Problems {
    let path = &file.path;
    let mut problems = Problems::new();
    let lines = file.text.lines().count();
    if lines > MOST_LINES {
        problems.push(format!("{path}: {lines} lines, at most {MOST_LINES}: split it by subject"));
    }
    let first = file.text.lines().find(|line| !line.trim().is_empty());
    if !first.is_some_and(|line| line.starts_with("//!")) {
        problems.push(format!("{path}: begins without a module doc (`//! …`)"));
    }
    if is_main_of_function(path) {
        let lines = file.text.lines().filter(|line| is_code(line)).count();
        if lines > MOST_LINES_OF_MAIN {
            problems.push(format!(
                "{path}: {lines} lines of code, at most {MOST_LINES_OF_MAIN}: move them to lib.rs"
            ));
        }
    }
    problems
}

fn is_main_of_function(path: &str) -> bool {
    path.starts_with("functions/") && path.ends_with("/src/main.rs")
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
    fn a_short_file_with_a_module_doc_is_fine() {
        assert!(problems_of("shared/a/src/lib.rs", "\n//! What it is.\n\nfn a() {}\n").is_empty());
    }

    #[test]
    fn a_file_of_400_lines_is_fine_and_one_more_is_not() {
        let text = format!("//! Long.\n{}", "\n".repeat(399));
        assert!(problems_of("a.rs", &*text).is_empty());
        assert_eq!(problems_of("a.rs", text + "\n"), ["a.rs: 401 lines, at most 400: split it by subject"]);
    }

    #[test]
    fn a_file_without_a_module_doc_is_a_problem() {
        for text in
            ["", "fn a() {}\n//! Too late.\n", "/// Of the item.\nfn a() {}\n", "// Nobody renders it.\n"]
        {
            assert_eq!(problems_of("a.rs", text), ["a.rs: begins without a module doc (`//! …`)"], "{text}");
        }
    }

    #[test]
    fn main_of_a_function_has_at_most_20_lines_of_code() {
        let text = |lines| format!("//! The function.\n\n// Why.\n{}", "    code();\n".repeat(lines));
        assert!(problems_of("functions/sweep/src/main.rs", text(20)).is_empty());
        assert_eq!(
            problems_of("functions/sweep/src/main.rs", text(21)),
            ["functions/sweep/src/main.rs: 21 lines of code, at most 20: move them to lib.rs"]
        );
        assert!(problems_of("infra/local/src/main.rs", text(21)).is_empty());
    }
}
