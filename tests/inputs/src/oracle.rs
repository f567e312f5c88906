//! The contract's rules for single texts, told once more and without the code under test.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use regex::Regex;

/// `[date]` and perhaps `[time]` of RFC 3339, section 5.6, with the space that it allows instead of the T.
static RFC_3339: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x-u)^ ([0-9]{4}) - ([0-9]{2}) - ([0-9]{2})
        (?: [Tt\ ] ([0-9]{2}) : ([0-9]{2}) : ([0-9]{2}) (?: \.[0-9]+ )? (?: [Zz] | ([+-]) ([0-9]{2}) : ([0-9]{2}) ) )? $",
    )
    .expect("a regular expression")
});

pub(crate) fn is_name(text: &str) -> bool {
    let trimmed = text.trim();
    (1..=100).contains(&trimmed.chars().count()) && !trimmed.chars().any(char::is_control)
}

pub(crate) fn is_description(text: &str) -> bool {
    text.chars().count() <= 1_000 && text.chars().all(|c| !c.is_control() || ['\n', '\r', '\t'].contains(&c))
}

pub(crate) fn is_application_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_uppercase())
        && text.len() <= 30
        && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The moment that an end means, if it is one: a date is its day's last second.
pub(crate) fn end(text: &str) -> Option<DateTime<Utc>> {
    moment(text, TimeDelta::seconds(86_399))
}

/// The moment that a start means, if it is one: a date is its day's first second.
pub(crate) fn start(text: &str) -> Option<DateTime<Utc>> {
    moment(text, TimeDelta::zero())
}

fn moment(text: &str, into_day: TimeDelta) -> Option<DateTime<Utc>> {
    let found = RFC_3339.captures(text)?;
    let number = |group: usize| found.get(group).and_then(|digits| digits.as_str().parse::<u32>().ok());
    let day = NaiveDate::from_ymd_opt(i32::try_from(number(1)?).ok()?, number(2)?, number(3)?)?;
    let Some(hour) = number(4) else { return Some(day.and_hms_opt(0, 0, 0)?.and_utc() + into_day) };
    let (minute, second) = (number(5)?, number(6)?);
    // A leap second is taken for the last one of its minute.
    let local = day.and_hms_opt(hour, minute, second.min(59)).filter(|_| second <= 60)?.and_utc();
    let offset = TimeDelta::minutes(i64::from(number(8).unwrap_or(0) * 60 + number(9).unwrap_or(0)));
    if number(8).unwrap_or(0) > 23 || number(9).unwrap_or(0) > 59 {
        return None;
    }
    let ahead = found.get(7).is_some_and(|sign| sign.as_str() == "+");
    let moment = if ahead { local - offset } else { local + offset };
    moment.format("%Y").to_string().parse::<u32>().is_ok_and(|year| year <= 9_999).then_some(moment)
}
