//! Date-times and dates in the forms of RFC 3339.

use proptest::prelude::*;

use super::*;

fn end(text: &str) -> Option<String> {
    parse_end(text).ok().map(|end| end.to_rfc3339())
}

#[test]
fn an_end_date_is_the_last_second_of_its_day() {
    for (text, expected) in [
        ("2027-01-31", "2027-01-31T23:59:59+00:00"),
        ("2028-02-29", "2028-02-29T23:59:59+00:00"),
        ("0001-01-01", "0001-01-01T23:59:59+00:00"),
        ("9999-12-31", "9999-12-31T23:59:59+00:00"),
    ] {
        assert_eq!(end(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_date_time_is_truncated_to_its_second_in_utc() {
    for (text, expected) in [
        ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31T12:00:00.9+02:00", "2027-01-31T10:00:00+00:00"),
        ("2027-01-31t12:00:00.123456789z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31 12:00:00-00:00", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31T00:30:00+23:59", "2027-01-30T00:31:00+00:00"),
        // Records know no leap second: it becomes the last second of its minute.
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
    ] {
        assert_eq!(end(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_start_date_is_the_first_second_of_its_day() {
    let start = |text| parse_start(text).map(|start| start.to_rfc3339());
    assert_eq!(start("2027-01-31").as_deref(), Ok("2027-01-31T00:00:00+00:00"));
    assert_eq!(start("2027-01-31T12:00:00Z").as_deref(), Ok("2027-01-31T12:00:00+00:00"));
    assert!(start("2027-02-30").is_err());
}

#[test]
fn refuses_anything_else() {
    for bad in [
        "",
        "tomorrow",
        "2027-02-29",
        "2027-13-01",
        "2027-1-3",
        // Ten characters that only look like a date.
        "2027- 1-31",
        "+2027-1-31",
        "20270131",
        "2027-W04-7",
        "２０２７-01-31",
        "2027-01-31\n",
        "2027-01-31T12:00:00",
        "2027-01-31T12:00Z",
        "2027-01-31T12:60:00Z",
        "2027-01-31T12:00:00+0200",
        "2027-01-31T12:00:00+24:00",
        "+12027-01-31T12:00:00Z",
        // In UTC these need more than four digits for the year.
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
    ] {
        assert_eq!(end(bad), None, "{bad:?}");
    }
}

proptest! {
    #[test]
    fn every_accepted_text_survives_a_round_trip(text in "\\PC{0,40}") {
        if let Ok(end) = parse_end(&text) {
            let written = end.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(written.len(), 20, "{}", written);
            prop_assert_eq!(parse_end(&written), Ok(end));
        }
    }

    #[test]
    fn near_misses_of_dates(text in "[+ -]?[0-9]{1,5}[- /]{1,2}[0-9]{1,2}[- /]{1,2}[0-9]{1,2}( ?[Tt ] ?[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]{1,12})?)?( ?[Zz]|[+-][0-9]{1,2}:?[0-9]{1,2}))?") {
        if let Ok(end) = parse_end(&text) {
            let bytes = text.as_bytes();
            prop_assert!(bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[7] == b'-', "{}", text);
            let written = end.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(parse_end(&written), Ok(end), "{}", text);
        }
    }
}
