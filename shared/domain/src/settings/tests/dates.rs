//! Ends: date-times and dates, in the one form that RFC 3339 knows.

use proptest::prelude::*;

use super::*;

fn end(text: &str) -> Option<String> {
    parse_end(text).ok().map(|end| end.to_rfc3339())
}

#[test]
fn a_date_means_the_last_second_of_its_day() {
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
fn a_date_time_means_its_second_in_utc() {
    for (text, expected) in [
        ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31T12:00:00.9+02:00", "2027-01-31T10:00:00+00:00"),
        ("2027-01-31t12:00:00.123456789z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31 12:00:00-00:00", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31T00:30:00+23:59", "2027-01-30T00:31:00+00:00"),
        // There is no 61st second in the records: whoever means it gets the last one.
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
    ] {
        assert_eq!(end(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn as_a_start_a_date_means_the_first_second_of_its_day() {
    let start = |text| parse_start(text).map(|start| start.to_rfc3339());
    assert_eq!(start("2027-01-31").as_deref(), Ok("2027-01-31T00:00:00+00:00"));
    assert_eq!(start("2027-01-31T12:00:00Z").as_deref(), Ok("2027-01-31T12:00:00+00:00"));
    assert!(start("2027-02-30").is_err());
}

#[test]
fn what_is_neither() {
    for bad in [
        "",
        " ",
        "tomorrow",
        "2027-02-29",
        "2027-02-30",
        "2027-13-01",
        "2027-00-01",
        "2027-1-3",
        "27-01-31",
        // Ten characters that only look like a date.
        "2027- 1-31",
        "2027-1 -31",
        " 2027-1-31",
        "+2027-1-31",
        "-027-01-31",
        "+99999-1-1",
        "20270131",
        "2027/01/31",
        "2027-W04-7",
        "２０２７-01-31",
        "2027-01-31\n",
        "2027-01-31T12:00:00",
        "2027-01-31T12:00Z",
        "2027-01-31T24:00:00Z",
        "2027-01-31T12:60:00Z",
        "2027-01-31T12:00:00+0200",
        "2027-01-31T12:00:00+24:00",
        "2027-01-31T12:00:00 +02:00",
        "2027-01-31T12:00:00Zulu",
        "+12027-01-31T12:00:00Z",
        // In UTC these are outside the four digits of a year, so no answer could write them.
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
        "1798761600",
    ] {
        assert_eq!(end(bad), None, "{bad:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered_and_what_is_taken_can_be_written_and_read_again(text in "\\PC{0,40}") {
        if let Ok(end) = parse_end(&text) {
            let written = end.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(written.len(), 20, "{}", written);
            prop_assert_eq!(parse_end(&written), Ok(end));
        }
    }

    #[test]
    fn almost_dates(text in "[+ -]?[0-9]{1,5}[- /]{1,2}[0-9]{1,2}[- /]{1,2}[0-9]{1,2}( ?[Tt ] ?[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]{1,12})?)?( ?[Zz]|[+-][0-9]{1,2}:?[0-9]{1,2}))?") {
        if let Ok(end) = parse_end(&text) {
            let bytes = text.as_bytes();
            prop_assert!(bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[7] == b'-', "{}", text);
            let written = end.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(parse_end(&written), Ok(end), "{}", text);
        }
    }
}
