//! Deployment parameters whose value may differ by company, such as `NOTIFY,acme=DEACTIVATE`.

use crate::ids::CompanyId;

/// Values of single companies, and one for all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerCompany<T>(Vec<(Option<CompanyId>, T)>);

impl<T> Default for PerCompany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> PerCompany<T> {
    /// Parses a comma-separated list. A value with a company is for that company alone, one without for all others. An empty
    /// text has no value.
    pub fn parse(list: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Self, String> {
        let mut values = Vec::<(Option<CompanyId>, T)>::new();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (company, value) = match entry.split_once('=') {
                Some((id, value)) => {
                    let company = id.parse().map_err(|_| format!("'{id}' is not a company's id"))?;
                    (Some(company), value)
                }
                None => (None, entry),
            };
            if values.iter().any(|(known, _)| *known == company) {
                return Err(format!("'{entry}' is a second value for the same company"));
            }
            values.push((company, parse(value)?));
        }
        Ok(Self(values))
    }

    /// The value of this company.
    #[must_use]
    pub fn of(&self, company: &CompanyId) -> Option<&T> {
        let value = |wanted: Option<&CompanyId>| {
            self.0.iter().find(|(of, _)| of.as_ref() == wanted).map(|(_, value)| value)
        };
        value(Some(company)).or_else(|| value(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(list: &str) -> Result<PerCompany<u8>, String> {
        PerCompany::parse(list, |text| text.parse().map_err(|_| format!("'{text}' is not a number")))
    }

    #[test]
    fn a_companys_own_value_comes_before_the_general_one() {
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        for (list, own, general) in [
            ("", None, None),
            ("1", Some(1), Some(1)),
            ("acme=2", Some(2), None),
            ("1, acme=2", Some(2), Some(1)),
            (" acme=2 ,1", Some(2), Some(1)),
        ] {
            let values = parse(list).unwrap();
            assert_eq!((values.of(&acme).copied(), values.of(&other).copied()), (own, general), "{list}");
        }
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for list in ["x", "Acme=1", "acme=", "1,2", "acme=1,acme=2"] {
            assert!(parse(list).is_err(), "{list}");
        }
    }
}
