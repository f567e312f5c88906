//! A request for a mass renewal, before its rules are applied.

use crate::fault::{FaultCode, Faults, Violation};
use crate::field::{Field, FieldPath};
use crate::ids::TokenId;
use crate::limits;
use crate::mass_renewal::{NAMED_TOKENS, OLDER_THAN_DAYS, OVER_HOURS, Order, Selection};
use crate::settings::Application;

/// `overHours` if it is left out.
const DEFAULT_HOURS: u16 = 1;

/// A requested mass renewal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MassRenewalDraft {
    /// `filter`
    pub filter: Option<FilterDraft>,
    /// `overHours`
    pub over_hours: Option<i64>,
    /// `dryRun`
    pub dry_run: Option<bool>,
}

/// Which tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterDraft {
    /// `all`
    pub all: Option<bool>,
    /// `application`
    pub application: Option<String>,
    /// `search`
    pub search: Option<String>,
    /// `olderThanDays`
    pub older_than_days: Option<i64>,
    /// `ids`
    pub ids: Option<Vec<String>>,
}

impl MassRenewalDraft {
    /// Applies the rules. Nothing is selected by default: a filter that was forgotten must not renew everything.
    pub fn parse(&self, mut faults: Faults) -> Result<Order, Faults> {
        let mut found = Faults::default();
        let over_hours = match self.over_hours {
            None => DEFAULT_HOURS,
            Some(hours) => within(hours, Field::OverHours, &OVER_HOURS, &mut found).unwrap_or_default(),
        };
        let selection = match &self.filter {
            Some(filter) => filter.parse(&mut found),
            None => {
                found.add(Field::Filter, Violation::required());
                None
            }
        };
        faults.extend_new(found);
        match selection {
            Some(selection) if faults.is_empty() => Ok(Order { selection, over_hours }),
            _ => Err(faults),
        }
    }
}

impl FilterDraft {
    fn parse(&self, faults: &mut Faults) -> Option<Selection> {
        let application = self.application.as_ref().and_then(|name| {
            let parsed = Application::parse(name).map(|name| name.as_str().to_owned());
            faults.take(Field::FilterApplication, name, parsed)
        });
        let search = self.search.as_ref().and_then(|text| {
            let fits = (1..=limits::NAME_CHARACTERS).contains(&text.chars().count());
            let error = format!("must have 1 to {} characters", limits::NAME_CHARACTERS);
            let parsed =
                if fits { Ok(text.clone()) } else { Err(Violation::new(FaultCode::LengthOutOfRange, error)) };
            faults.take(Field::FilterSearch, text, parsed)
        });
        let older_than_days = self
            .older_than_days
            .and_then(|days| within(days, Field::FilterOlderThanDays, &OLDER_THAN_DAYS, faults));
        let ids = self.ids.as_ref().and_then(|ids| parse_ids(ids, faults));
        let restricts = self.application.is_some() || self.search.is_some() || self.older_than_days.is_some();
        if self.ids.is_some() && restricts {
            let error = "must not be sent together with other filters";
            faults.add(Field::FilterIds, Violation::new(FaultCode::MutuallyExclusive, error));
        }
        if self.all == Some(true) && (restricts || self.ids.is_some()) {
            let error = "must not be sent together with other filters";
            faults.add(Field::FilterAll, Violation::new(FaultCode::MutuallyExclusive, error));
        }
        if self.all != Some(true) && !restricts && self.ids.is_none() {
            let error = "must name what to renew; `all` renews every token";
            faults.add(Field::Filter, Violation::new(FaultCode::Required, error));
        }
        match ids {
            Some(ids) => Some(Selection::Ids(ids)),
            None => Some(Selection::Matching { application, search, older_than_days }),
        }
    }
}

fn within<T: TryFrom<i64>>(
    number: i64,
    field: Field,
    range: &std::ops::RangeInclusive<i64>,
    faults: &mut Faults,
) -> Option<T> {
    if range.contains(&number) {
        return T::try_from(number).ok();
    }
    let error = format!("must be {} to {}", range.start(), range.end());
    faults.add_value(field, Violation::new(FaultCode::OutOfRange, error), &number.to_string());
    None
}

fn parse_ids(texts: &[String], faults: &mut Faults) -> Option<Vec<TokenId>> {
    if !(1..=NAMED_TOKENS).contains(&texts.len()) {
        let error = format!("must have 1 to {NAMED_TOKENS} items");
        faults.add(Field::FilterIds, Violation::new(FaultCode::CountOutOfRange, error));
        return None;
    }
    let mut ids = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let parsed = text.parse::<TokenId>();
        let parsed = parsed.map_err(|_| Violation::new(FaultCode::InvalidId, "must be the id of a token"));
        let field = FieldPath::Other(format!("filter.ids[{index}]"));
        ids.extend(faults.take(field, text, parsed));
    }
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(filter: FilterDraft) -> Result<Order, Vec<FaultCode>> {
        let draft = MassRenewalDraft { filter: Some(filter), ..MassRenewalDraft::default() };
        let codes = |faults: Faults| faults.as_slice().iter().map(|fault| fault.code).collect();
        draft.parse(Faults::default()).map_err(codes)
    }

    #[test]
    fn nothing_is_selected_by_default() {
        let none = FilterDraft::default();
        assert_eq!(parse(none.clone()), Err(vec![FaultCode::Required]));
        assert_eq!(parse(FilterDraft { all: Some(false), ..none.clone() }), Err(vec![FaultCode::Required]));
        let all = Selection::Matching { application: None, search: None, older_than_days: None };
        let order = Order { selection: all, over_hours: 1 };
        assert_eq!(parse(FilterDraft { all: Some(true), ..none }), Ok(order));
    }

    #[test]
    fn filters_that_contradict_each_other_are_refused() {
        let id = "0199a3c4-5b6d-7e8f-9012-3456789abcde".to_owned();
        let ids = FilterDraft { ids: Some(vec![id.clone(), id]), ..FilterDraft::default() };
        let order = parse(ids.clone()).unwrap();
        assert!(matches!(order.selection, Selection::Ids(ids) if ids.len() == 1));
        let both = FilterDraft { search: Some("x".to_owned()), ..ids.clone() };
        assert_eq!(parse(both), Err(vec![FaultCode::MutuallyExclusive]));
        assert_eq!(parse(FilterDraft { all: Some(true), ..ids }), Err(vec![FaultCode::MutuallyExclusive]));
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let filter = FilterDraft {
            application: Some("orders".to_owned()),
            search: Some(String::new()),
            older_than_days: Some(-1),
            ..FilterDraft::default()
        };
        let draft =
            MassRenewalDraft { filter: Some(filter), over_hours: Some(0), ..MassRenewalDraft::default() };
        assert_eq!(draft.parse(Faults::default()).unwrap_err().as_slice().len(), 4);
        assert!(MassRenewalDraft::default().parse(Faults::default()).is_err());
    }
}
