//! Formats names, times and durations for readers.

use keyturn_domain::Timestamp;

/// The maximum length of a name in a subject, in characters.
const SUBJECT_NAME: usize = 50;

/// A time to the minute, rounded down so that a deadline never looks later than it is. The month is a word, since the order
/// of numbers differs between countries.
pub(crate) fn moment(at: Timestamp) -> String {
    at.format("%A %-d %B %Y at %H:%M UTC").to_string()
}

/// A time in the short form for a subject.
pub(crate) fn short_moment(at: Timestamp) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// A name without control characters and characters that break a line or change the reading direction.
pub(crate) fn name(name: &str) -> String {
    let turns = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    name.chars().map(|c| if turns(c) { ' ' } else { c }).collect()
}

/// A name shortened for a subject.
pub(crate) fn short_name(full: &str) -> String {
    let name = name(full);
    if name.chars().count() <= SUBJECT_NAME {
        return name;
    }
    let head: String = name.chars().take(SUBJECT_NAME - 1).collect();
    format!("{}…", head.trim_end())
}

/// The time from one moment to another, rounded to hours or days.
pub(crate) fn remaining(from: Timestamp, until: Timestamp) -> String {
    const HOUR: i64 = 60 * 60;
    const DAY: i64 = 24 * HOUR;
    let seconds = (until - from).num_seconds();
    let (count, unit) = match seconds {
        ..HOUR => return "in less than an hour".to_owned(),
        // 23.5 hours count as a day: the sweep runs shortly after the announcement is due.
        _ if seconds + HOUR / 2 < DAY => ((seconds + HOUR / 2) / HOUR, "hour"),
        _ => ((seconds + DAY / 2) / DAY, "day"),
    };
    if count == 1 { format!("in 1 {unit}") } else { format!("in {count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_times_to_the_minute_rounded_down() {
        let end: Timestamp = "2026-12-04T23:59:59Z".parse().unwrap();
        assert_eq!(moment(end), "Friday 4 December 2026 at 23:59 UTC");
        assert_eq!(short_moment(end), "4 Dec 2026, 23:59 UTC");
    }

    #[test]
    fn removes_invisible_characters_from_names() {
        assert_eq!(name("a\u{2028}b\u{202e}c\u{feff}d ünï→"), "a b c d ünï→");
    }

    #[test]
    fn truncates_long_names_by_characters() {
        let long = "ä".repeat(100);
        assert_eq!(short_name(&long), format!("{}…", "ä".repeat(49)));
        assert_eq!(short_name(&"ä".repeat(50)), "ä".repeat(50));
    }

    #[test]
    fn rounds_durations() {
        let from: Timestamp = "2026-12-04T09:00:30Z".parse().unwrap();
        for (until, words) in [
            ("2027-01-03T09:00:00Z", "in 30 days"),
            ("2026-12-11T09:00:00Z", "in 7 days"),
            ("2026-12-05T09:00:00Z", "in 1 day"),
            ("2026-12-04T21:00:00Z", "in 12 hours"),
            ("2026-12-04T10:00:30Z", "in 1 hour"),
            ("2026-12-04T10:00:00Z", "in less than an hour"),
        ] {
            assert_eq!(remaining(from, until.parse().unwrap()), words, "{until}");
        }
    }
}
