//! Rust sources: their length, their module docs, the length of a function's `main.rs`, and tests that sleep.

use super::Problems;
use super::layout::File;

/// A longer file has more than one subject.
const MAX_LINES: usize = 400;

/// Logging, dependencies once per cold start, run. Everything else belongs in the library, which the local stack and the
/// tests share.
const MAX_LINES_OF_MAIN: usize = 20;

pub(crate) fn check(File { path, text }: &File) -> Problems {
    let mut problems = Problems::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.push(format!("{path}: {lines} lines, at most {MAX_LINES}: split it by subject"));
    }
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !first.starts_with("//!") && !first.starts_with("#![doc = ") {
        problems.push(format!("{path}: has no module doc (`//! …`)"));
    }
    let code = text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//")).count();
    if path.starts_with("functions/") && path.ends_with("/main.rs") && code > MAX_LINES_OF_MAIN {
        problems.push(format!(
            "{path}: {code} lines of code, at most {MAX_LINES_OF_MAIN}: move them to the library"
        ));
    }
    problems.extend(sleeping(path, text));
    problems
}

/// The lines of test code that sleep. Clippy's lint on the same functions can be silenced with a reason; this cannot.
fn sleeping(path: &str, text: &str) -> Problems {
    // Everything in a folder or file named `tests` is test code; elsewhere it starts at `#[cfg(test)]`.
    let mut in_tests = path.split('/').any(|part| part == "tests" || part == "tests.rs");
    let mut problems = Problems::new();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        in_tests |= line == "#[cfg(test)]";
        let sleeps = line.contains("::sleep") || line.starts_with("use ") && line.contains("sleep");
        if in_tests && sleeps && !line.starts_with("//") {
            problems.push(format!("{path}:{number}: a test that sleeps: move the test clock"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source of this many lines.
    fn source(lines: usize) -> String {
        format!("//! The function.\n// Why.\n{}", "    code();\n".repeat(lines - 2))
    }

    #[test]
    fn reports_the_problems_of_a_source() {
        let sleep = "std::thread::SLEEP(second);";
        for (path, text, problem) in [
            ("a.rs", source(400), ""),
            ("a.rs", source(401), "a.rs: 401 lines, at most 400"),
            ("a.rs", "\n#![doc = include_str!(\"../README.md\")]\n".to_owned(), ""),
            ("a.rs", String::new(), "a.rs: has no module doc"),
            ("a.rs", "fn a() {}\n//! Too late.\n".to_owned(), "a.rs: has no module doc"),
            ("a.rs", "/// Of the item.\nfn a() {}\n".to_owned(), "a.rs: has no module doc"),
            ("functions/sweep/main.rs", source(22), ""),
            ("functions/sweep/main.rs", source(23), "functions/sweep/main.rs: 21 lines of code, at most 20"),
            ("infra/local/src/main.rs", source(23), ""),
            ("tests/a.rs", format!("//! Doc.\n{sleep}"), "tests/a.rs:2: a test that sleeps"),
            ("tests/a.rs", "//! Doc.\nuse tokio::time::{Duration, SLEEP};".to_owned(), "tests/a.rs:2: "),
            ("tests/a.rs", format!("//! Doc.\n// {sleep}\n    clock.SLEEP(second);"), ""),
            ("src/a.rs", format!("//! Doc.\n{sleep}"), ""),
            ("src/a.rs", format!("//! Doc.\n{sleep}\n#[cfg(test)]\n{sleep}"), "src/a.rs:4: "),
        ] {
            let problems = check(&File { path: path.to_owned(), text: text.replace("SLEEP", "sleep") });
            let expected = usize::from(!problem.is_empty());
            assert_eq!(problems.len(), expected, "{path}: {problems:?}");
            assert!(problems.iter().all(|found| found.starts_with(problem)), "{path}: {problems:?}");
        }
    }
}
