//! Parses the query of a list; reports all faults at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use keyturn_application::ports::{Bound, Order, Paging};
use keyturn_domain::Timestamp;
use keyturn_domain::fault::{self, FaultCode, Faults, Violation};
use keyturn_domain::ids::TokenId;
use keyturn_domain::mass_renewal::MassRenewalId;
use keyturn_domain::person::PersonId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::settings::{parse_end, parse_start};
use uuid::Uuid;

use crate::request::ApiRequest;

/// Items on a page: the default and the maximum.
pub(crate) const SIZE: (usize, usize) = (25, 100);

/// The longest search text, in characters: no name is longer.
pub(crate) const SEARCH_CHARACTERS: usize = 100;

/// The decoder's replacement for bytes that are not UTF-8.
const NOT_UTF8: char = char::REPLACEMENT_CHARACTER;

/// The parameters of a query that have not been read yet, and the faults so far.
pub struct Query<'a> {
    unread: BTreeMap<&'a str, Vec<&'a str>>,
    faults: Faults,
}

impl<'a> Query<'a> {
    /// The query of a request.
    #[must_use]
    pub fn of(request: &'a ApiRequest) -> Self {
        Self { unread: request.queries(), faults: Faults::default() }
    }

    /// A parsed parameter, if present and valid.
    pub fn take<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Violation>) -> Option<T> {
        match self.unread.remove(name)?[..] {
            [text] if text.contains(NOT_UTF8) => {
                self.faults.add(name, Violation::new(FaultCode::InvalidUtf8, "is not UTF-8"));
                None
            }
            [text] => self.faults.take(name, text, parse(text)),
            _ => {
                let violation = Violation::new(FaultCode::DuplicateParameter, "must not be sent twice");
                self.faults.add(name, violation);
                None
            }
        }
    }

    /// A parameter that is one of these words.
    pub fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        self.take(name, |text| {
            let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
            found.ok_or_else(|| {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Violation::new(FaultCode::UnsupportedValue, format!("must be {}", words.join(" or ")))
            })
        })
    }

    /// The id of a token.
    pub fn token_id(&mut self, name: &str) -> Option<TokenId> {
        self.id_of(name, "must be the id of a token")
    }

    /// The id of a mass renewal.
    pub fn mass_renewal_id(&mut self, name: &str) -> Option<MassRenewalId> {
        self.id_of(name, "must be the id of a mass renewal").map(|id| MassRenewalId::new(id.uuid()))
    }

    /// The id of a person.
    pub fn person_id(&mut self, name: &str) -> Option<PersonId> {
        let error = "must be the id of a person";
        self.take(name, |text| text.parse().map_err(|_| Violation::new(FaultCode::InvalidId, error)))
    }

    /// Whether something is wanted; not by default.
    pub fn flag(&mut self, name: &str) -> bool {
        self.word(name, &[("true", true), ("false", false)]) == Some(true)
    }

    /// A day in UTC.
    pub fn day(&mut self, name: &str) -> Option<NaiveDate> {
        let error = "must be a date such as 2026-12-31";
        self.take(name, |text| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            // One day has one spelling.
            let day = day.filter(|day| day.format("%Y-%m-%d").to_string() == text);
            day.ok_or_else(|| Violation::new(FaultCode::InvalidDateTime, error))
        })
    }

    /// The token that a list starts after.
    pub fn starting_after(&mut self) -> Option<Uuid> {
        self.id("startingAfter")
    }

    /// The two ends of a period; each is optional.
    pub fn period(&mut self, start: &str, end: &str) -> (Option<Timestamp>, Option<Timestamp>) {
        let (from, until) = (self.take(start, parse_start), self.take(end, parse_end));
        if from.zip(until).is_some_and(|(from, until)| until < from) {
            let error = format!("must not be before {start}");
            self.faults.add(end, Violation::new(FaultCode::EndBeforeStart, error));
        }
        (from, until)
    }

    /// A text to search for.
    pub fn search(&mut self, name: &str) -> Option<String> {
        let text = self.take(name, |text| match text.chars().count() {
            0..=SEARCH_CHARACTERS => Ok(text.to_owned()),
            _ => {
                let error = format!("must have at most {SEARCH_CHARACTERS} characters");
                Err(Violation::new(FaultCode::TooLong, error))
            }
        });
        text.filter(|text| !text.is_empty())
    }

    /// Which page, in which order.
    pub fn paging(&mut self) -> Paging {
        let (default, largest) = SIZE;
        let size = self.take("size", |text| match text.parse() {
            Ok(size) if (1..=largest).contains(&size) => Ok(size),
            _ => Err(Violation::new(FaultCode::OutOfRange, format!("must be 1 to {largest}"))),
        });
        let order = self.word("sort", &[("DESC", Order::Descending), ("ASC", Order::Ascending)]);
        let both = ["startingAfter", "endingBefore"].iter().all(|name| self.unread.contains_key(name));
        let after = self.id("startingAfter").map(Bound::StartingAfter);
        let before = self.id("endingBefore").map(Bound::EndingBefore);
        if before.is_some() && both {
            let error = "must not be sent together with startingAfter";
            self.faults.add("endingBefore", Violation::new(FaultCode::MutuallyExclusive, error));
        }
        Paging {
            size: size.unwrap_or(default),
            order: order.unwrap_or(Order::Descending),
            bound: after.or(before),
        }
    }

    /// Finishes parsing. Unknown parameters are faults too, since a mistyped filter would filter nothing.
    pub fn finish(mut self) -> Result<(), Refusal> {
        for name in self.unread.keys() {
            // A secret may have been pasted as a name.
            let name = fault::echoed(name).unwrap_or_else(|| "***".to_owned());
            let error = "is not a parameter of this request";
            self.faults.add(name, Violation::new(FaultCode::UnknownParameter, error));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.faults)) }
    }

    fn id_of(&mut self, name: &str, error: &'static str) -> Option<TokenId> {
        self.take(name, |text| text.parse().map_err(|_| Violation::new(FaultCode::InvalidId, error)))
    }

    fn id(&mut self, name: &str) -> Option<Uuid> {
        // Ids of all kinds of items have the form of a token id.
        self.id_of(name, "must be the id of an item").map(TokenId::uuid)
    }
}
