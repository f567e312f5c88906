//! Reading the output of `cargo test`: how many tests passed and failed in all.

use std::fmt;
use std::ops::AddAssign;

/// The sum over all test binaries and documentation tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Totals {
    /// Whether any test ran at all. A run without tests proves nothing and is a failure.
    pub(crate) fn any_ran(self) -> bool {
        self.passed + self.failed > 0
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// The closing line that a CI reads.
impl fmt::Display for Totals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Reads one line of output; `None` if it isn't the last line of a test binary.
///
/// The form, from the test harness of the standard library:
/// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s`.
pub(crate) fn parse(line: &str) -> Option<Totals> {
    let (_verdict, counts) = line.trim_end().strip_prefix("test result: ")?.split_once(". ")?;
    let mut totals = Totals::default();
    for part in counts.split("; ") {
        let Some((number, word)) = part.split_once(' ') else {
            continue;
        };
        match word {
            "passed" => totals.passed = number.parse().ok()?,
            "failed" => totals.failed = number.parse().ok()?,
            "ignored" => totals.ignored = number.parse().ok()?,
            _ => {}
        }
    }
    Some(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_all_binaries_are_added_up() {
        let output = "\
running 2 tests
test works ... ok
test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s
   Doc-tests keyturn
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.50s
";
        let mut totals = Totals::default();
        for line in output.lines().filter_map(parse) {
            totals += line;
        }
        assert_eq!(totals, Totals { passed: 8, failed: 2, ignored: 1 });
        assert_eq!(totals.to_string(), "8 passed, 2 failed");
    }

    #[test]
    fn other_lines_are_not_results() {
        for line in ["", "test result", "test a::test_result: ok. 1 passed", " test result: ok. 1 passed;"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn a_count_that_is_no_number_is_not_taken_for_zero() {
        assert_eq!(parse("test result: ok. many passed; 0 failed; 0 ignored"), None);
    }

    #[test]
    fn ignored_tests_alone_are_no_run() {
        let totals =
            parse("test result: ok. 0 passed; 0 failed; 4 ignored; 0 measured; 0 filtered out").unwrap();
        assert!(!totals.any_ran());
    }
}
