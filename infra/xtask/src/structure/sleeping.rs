//! Tests don't sleep: they move the clock. A test that sleeps is slow when it passes and flaky when it fails.
//!
//! Clippy's lint on the same functions can be silenced with a reason; this check cannot.

use super::Problems;
use super::layout::File;

/// Functions of the standard library and tokio.
const WAITING: [&str; 3] = ["sleep", "sleep_until", "sleep_ms"];

/// The lines of a file's test code that sleep.
pub(crate) fn check(file: &File) -> Problems {
    let skipped = lines_before_tests(file);
    let lines = file.text.lines().enumerate().skip(skipped);
    lines
        .filter(|(_, line)| waits(&without_comments_and_strings(line)))
        .map(|(index, _)| format!("{}:{}: a test that sleeps: move the test clock", file.path, index + 1))
        .collect()
}

/// Everything in a folder or file named `tests` is test code; elsewhere it starts at `#[cfg(test)]`.
fn lines_before_tests(file: &File) -> usize {
    let is_test_file = file.path.split('/').any(|part| part == "tests" || part == "tests.rs");
    let all = file.text.lines().count();
    if is_test_file {
        0
    } else {
        file.text.lines().position(|line| line.contains("#[cfg(test)]")).unwrap_or(all)
    }
}

/// Whether a line calls or imports such a function. A method of that name is another one.
fn waits(code: &str) -> bool {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    WAITING.iter().any(|name| {
        code.match_indices(name).any(|(start, _)| {
            let (before, after) = (&code[..start], &code[start + name.len()..]);
            let whole = !before.ends_with(is_name) && !after.starts_with(is_name);
            let imported = before.ends_with("::") || (before.contains("use ") && before.contains("::{"));
            let called = after.starts_with('(') && !before.ends_with(['.', ':']) && !before.ends_with("fn ");
            whole && (imported || called)
        })
    })
}

/// The line without comments and strings. A string of several lines counts as code.
fn without_comments_and_strings(line: &str) -> String {
    let line = line.replace(r"\\", "").replace("\\\"", "").replace("'\"'", "");
    let mut code = String::new();
    for (index, part) in line.split('"').enumerate() {
        let outside_a_string = index % 2 == 0;
        if outside_a_string {
            let (kept, comment) = part.split_once("//").map_or((part, false), |(kept, _)| (kept, true));
            code.push_str(kept);
            if comment {
                break;
            }
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(path: &str, text: &str) -> Problems {
        check(&File { path: path.to_owned(), text: text.to_owned() })
    }

    #[test]
    fn reports_calls_and_imports_in_a_test_file() {
        for line in [
            "    std::thread::sleep(second);",
            "    tokio::time::sleep(second).await;",
            "use tokio::time::sleep;",
            "use std::{thread::{self, sleep}, fs};",
            "    let url = \"https://a\"; sleep(second).await;",
            "    tokio::time::sleep_until(then).await;",
        ] {
            let problems = problems_of("tests/src/renewal.rs", line);
            assert_eq!(
                problems,
                ["tests/src/renewal.rs:1: a test that sleeps: move the test clock"],
                "{line}"
            );
        }
    }

    #[test]
    fn allows_other_words_comments_strings_and_methods() {
        for line in [
            "    asleep(1);",
            "    // thread::sleep(second) would be flaky",
            "    let name = \"thread::sleep(1)\";",
            "    clock.sleep(second);",
            "    fn sleep(&self) {}",
            "    let sleeping = 1;",
        ] {
            assert!(problems_of("tests/src/renewal.rs", line).is_empty(), "{line}");
        }
    }

    #[test]
    fn checks_only_the_test_module_elsewhere() {
        let waiting = "std::thread::sleep(second);\n";
        assert!(problems_of("infra/local/src/lib.rs", waiting).is_empty());
        let text = format!("//! Doc.\n{waiting}#[cfg(test)]\nmod tests {{\n{waiting}}}\n");
        let problems = problems_of("infra/local/src/lib.rs", &text);
        assert_eq!(problems, ["infra/local/src/lib.rs:5: a test that sleeps: move the test clock"]);
    }
}
