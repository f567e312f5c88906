//! Age and status at calendar boundaries.

use chrono::TimeDelta;
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::{AgeLevel, Status, Token};

use crate::make::{ENDING, PLAIN, at, birth, create, first, rules, token};

fn born(text: &str) -> Token {
    first(create(PLAIN, 1, &rules(), at(text)))
}

#[test]
fn a_token_turns_orange_after_6_calendar_months_and_red_after_12() {
    // Where a month has no such day, its last day counts.
    for (created, half_a_year, a_year) in [
        ("2026-01-15T10:00:00Z", "2026-07-15T10:00:00Z", "2027-01-15T10:00:00Z"),
        ("2026-08-31T23:59:59Z", "2027-02-28T23:59:59Z", "2027-08-31T23:59:59Z"),
        ("2027-08-31T00:00:00Z", "2028-02-29T00:00:00Z", "2028-08-31T00:00:00Z"),
        ("2028-02-29T12:00:00Z", "2028-08-29T12:00:00Z", "2029-02-28T12:00:00Z"),
        ("2027-02-28T12:00:00Z", "2027-08-28T12:00:00Z", "2028-02-28T12:00:00Z"),
        ("2026-03-31T00:00:00Z", "2026-09-30T00:00:00Z", "2027-03-31T00:00:00Z"),
        ("2026-12-31T00:00:00Z", "2027-06-30T00:00:00Z", "2027-12-31T00:00:00Z"),
    ] {
        let token = TokenSummary::from(&born(created));
        let level = |text, seconds| token.age_level(at(text) + TimeDelta::seconds(seconds));
        assert_eq!(level(created, 0), AgeLevel::Normal, "{created}");
        assert_eq!(level(half_a_year, 0), AgeLevel::Normal, "{created}");
        assert_eq!(level(half_a_year, 1), AgeLevel::Orange, "{created}");
        assert_eq!(level(a_year, 0), AgeLevel::Orange, "{created}");
        assert_eq!(level(a_year, 1), AgeLevel::Red, "{created}");
    }
}

#[test]
fn age_counts_whole_days() {
    let token = TokenSummary::from(&token(PLAIN));
    for (seconds, days) in [(-1, 0), (0, 0), (86_399, 0), (86_400, 1), (172_799, 1), (31_536_000, 365)] {
        assert_eq!(token.age_in_days(birth() + TimeDelta::seconds(seconds)), days, "{seconds} s");
    }
}

#[test]
fn a_token_is_valid_up_to_the_second_before_its_expiry() {
    let (token, end) = (token(ENDING), birth() + TimeDelta::days(90));
    assert_eq!(token.status(end - TimeDelta::seconds(1)), Status::Active);
    assert_eq!(token.status(end), Status::Expired);
    assert!(!token.is_active(end));
}
