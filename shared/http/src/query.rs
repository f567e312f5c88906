//! Reads the query of a list, so that every fault is found and none stops the reading.

use keyturn_application::ports::{Bound, Order, Paging};
use keyturn_domain::Moment;
use keyturn_domain::fault::Faults;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::settings::parse_end;
use uuid::Uuid;

use crate::call::Call;

/// Items on a page, unless the caller asks for another number up to the second.
const SIZE: (usize, usize) = (25, 100);

/// Characters that a text to search for may have: more than a name has.
const SEARCH_CHARACTERS: usize = 100;

/// The parameters of a query, and the faults found so far.
pub struct Query<'a> {
    call: &'a Call,
    faults: Faults,
}

impl<'a> Query<'a> {
    /// The query of a request.
    #[must_use]
    pub fn of(call: &'a Call) -> Self {
        Self { call, faults: Faults::default() }
    }

    /// A parameter that is parsed, if it's there.
    pub fn take<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.call.query(name)?;
        self.faults.take(name, text, parse(text))
    }

    /// A parameter that is one of these words.
    pub fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        self.take(name, |text| {
            let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
            found.ok_or_else(|| {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                format!("must be {}", words.join(" or "))
            })
        })
    }

    /// A moment.
    pub fn moment(&mut self, name: &str) -> Option<Moment> {
        self.take(name, parse_end)
    }

    /// A text to search for.
    pub fn search(&mut self, name: &str) -> Option<String> {
        let text = self.take(name, |text| match text.chars().count() {
            0..=SEARCH_CHARACTERS => Ok(text.to_owned()),
            _ => Err(format!("must have at most {SEARCH_CHARACTERS} characters")),
        });
        text.filter(|text| !text.is_empty())
    }

    /// Which page, in which order.
    pub fn paging(&mut self) -> Paging {
        let (default, largest) = SIZE;
        let size = self.take("size", |text| match text.parse() {
            Ok(size) if (1..=largest).contains(&size) => Ok(size),
            _ => Err(format!("must be 1 to {largest}")),
        });
        let order = self.word("sort", &[("DESC", Order::Descending), ("ASC", Order::Ascending)]);
        let after = self.id("startingAfter").map(Bound::StartingAfter);
        let before = self.id("endingBefore").map(Bound::EndingBefore);
        if after.is_some() && before.is_some() {
            self.faults.add("endingBefore", "must not be sent together with startingAfter");
        }
        Paging {
            size: size.unwrap_or(default),
            order: order.unwrap_or(Order::Descending),
            bound: after.or(before),
        }
    }

    /// Ends the reading.
    pub fn finish(self) -> Result<(), Refusal> {
        if self.faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.faults)) }
    }

    fn id(&mut self, name: &str) -> Option<Uuid> {
        self.take(name, |text| Uuid::try_parse(text).map_err(|_| "must be the id of an item".to_owned()))
    }
}
