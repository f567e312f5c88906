//! Tests don't sleep: they move the clock. A test that sleeps is slow when it passes and flaky when it fails.
//!
//! Clippy's lint on the same functions can be silenced with a reason; this check cannot.

use super::Problems;
use super::layout::File;

/// The lines of a file's test code that sleep.
pub(crate) fn check(file: &File) -> Problems {
    // Everything in a folder or file named `tests` is test code; elsewhere it starts at `#[cfg(test)]`.
    let mut in_tests = file.path.split('/').any(|part| part == "tests" || part == "tests.rs");
    let mut problems = Problems::new();
    for (index, line) in file.text.lines().enumerate() {
        in_tests |= line.trim() == "#[cfg(test)]";
        if in_tests && sleeps(line.trim_start()) {
            problems.push(format!("{}:{}: a test that sleeps: move the test clock", file.path, index + 1));
        }
    }
    problems
}

/// Whether a line calls or imports `sleep` or a function whose name begins so.
fn sleeps(line: &str) -> bool {
    let imports = line.starts_with("use ") && line.contains("sleep");
    !line.starts_with("//") && (imports || line.contains("::sleep"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(path: &str, text: &str) -> Problems {
        check(&File { path: path.to_owned(), text: text.replace("SLEEP", "sleep") })
    }

    #[test]
    fn reports_calls_and_imports_in_a_test_file() {
        for line in [
            "    std::thread::SLEEP(second);",
            "    tokio::time::SLEEP_until(then).await;",
            "use tokio::time::{Duration, SLEEP};",
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
    fn allows_comments_and_methods() {
        for line in ["    // thread::SLEEP(second) would be flaky", "    clock.SLEEP(second);"] {
            assert!(problems_of("tests/src/renewal.rs", line).is_empty(), "{line}");
        }
    }

    #[test]
    fn checks_only_the_test_module_elsewhere() {
        let call = "std::thread::SLEEP(second);\n";
        assert!(problems_of("infra/local/src/lib.rs", call).is_empty());
        let text = format!("//! Doc.\n{call}#[cfg(test)]\nmod tests {{\n{call}}}\n");
        let problems = problems_of("infra/local/src/lib.rs", &text);
        assert_eq!(problems, ["infra/local/src/lib.rs:5: a test that sleeps: move the test clock"]);
    }
}
