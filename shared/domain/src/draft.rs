//! Parses a draft of a token into settings that obey every rule, or into all its faults at once.

use crate::Timestamp;
use crate::fault::{FaultCode, Faults, Violation};
use crate::field::Field;
use crate::requested_renewal::{Facts, RequestedRenewal};
use crate::rules::Rules;
use crate::settings::{self, Applications, CallbackUrl, Description, MailAddress, Name, Rights};

/// A requested token; every field as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenDraft {
    /// `name`
    pub name: Option<String>,
    /// `description`
    pub description: Option<String>,
    /// `rights`
    pub rights: Option<String>,
    /// `applications`
    pub applications: Option<Vec<String>>,
    /// `expiresAt`
    pub expires_at: Option<String>,
    /// `autoRenewal`
    pub auto_renewal: Option<AutoRenewalDraft>,
    /// `renewalMailRecipient`
    pub mail_recipient: Option<String>,
}

/// Requested auto renewal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutoRenewalDraft {
    /// `everyDays`
    pub every_days: Option<i64>,
    /// `callback.url`; the inner `None` is a callback without a URL
    pub callback: Option<Option<String>>,
    /// `pull`
    pub pull: Option<bool>,
}

/// The validated settings of a new token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name.
    pub name: Name,
    /// The description.
    pub description: Description,
    /// The rights.
    pub rights: Rights,
    /// The applications.
    pub applications: Applications,
    /// The expiry.
    pub expires_at: Option<Timestamp>,
    /// Auto renewal.
    pub auto_renewal: Option<AutoRenewalSettings>,
    /// The recipient of mails.
    pub mail_recipient: Option<MailAddress>,
}

/// The validated settings of auto renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoRenewalSettings {
    /// Days from creation to renewal.
    pub every_days: u16,
    /// Where request tokens are sent.
    pub callback: Option<CallbackUrl>,
    /// Whether the token fetches its successor itself.
    pub pull: bool,
}

impl TokenDraft {
    /// Applies the contract's table of rules. `faults` are those of the request's form (wrong types, unknown fields); a field
    /// that has a fault already gets no second one.
    pub fn parse(&self, rules: &Rules, now: Timestamp, mut faults: Faults) -> Result<Settings, Faults> {
        let mut found = Faults::default();
        let name = required(&mut found, Field::Name, self.name.as_deref(), Name::parse);
        let description =
            optional(&mut found, Field::Description, self.description.as_deref(), Description::parse);
        let rights = required(&mut found, Field::Rights, self.rights.as_deref(), Rights::parse);
        let applications = self.parse_applications(rules, &mut found);
        let expires_at = optional(&mut found, Field::ExpiresAt, self.expires_at.as_deref(), |text| {
            let end = settings::parse_end(text)?;
            let in_past = || Violation::new(FaultCode::NotInFuture, "must be in the future");
            (end > now).then_some(end).ok_or_else(in_past)
        });
        let mail_recipient =
            optional(&mut found, Field::MailRecipient, self.mail_recipient.as_deref(), MailAddress::parse);
        let renewal = self.auto_renewal.as_ref().map(RequestedRenewal::from);
        let auto_renewal = renewal.and_then(|renewal| renewal.parse(rules, &mut found));
        if let Some(renewal) = renewal {
            let facts = Facts {
                created_at: now,
                earliest: now,
                expires_at,
                has_recipient: self.mail_recipient.is_some() || faults.contain(Field::MailRecipient),
                callback_is_unreadable: faults.contain(Field::Callback),
                pull_is_unreadable: faults.contain(Field::Pull),
            };
            renewal.check(rules, facts, &mut found);
        }
        faults.extend_new(found);
        match (name, rights, applications) {
            (Some(name), Some(rights), Some(applications)) if faults.is_empty() => Ok(Settings {
                name,
                description: description.unwrap_or_else(Description::empty),
                rights,
                applications,
                expires_at,
                auto_renewal,
                mail_recipient,
            }),
            _ => Err(faults),
        }
    }

    fn parse_applications(&self, rules: &Rules, faults: &mut Faults) -> Option<Applications> {
        let Some(names) = &self.applications else {
            faults.add(Field::Applications, Violation::required());
            return None;
        };
        Applications::parse(names, &rules.catalogue)
            .map_err(|errors| {
                for error in errors {
                    faults.add_value(Field::Applications, error, &names.join(", "));
                }
            })
            .ok()
    }
}

fn required<T>(
    faults: &mut Faults,
    field: Field,
    sent: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Option<T> {
    if sent.is_none() {
        faults.add(field, Violation::required());
    }
    optional(faults, field, sent, parse)
}

fn optional<T>(
    faults: &mut Faults,
    field: Field,
    sent: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Option<T> {
    sent.and_then(|text| faults.take(field, text, parse(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::FieldPath;
    use crate::settings::Catalogue;

    fn rules() -> Rules {
        Rules::with_catalogue(Catalogue::parse("ORDERS").unwrap())
    }

    fn now() -> Timestamp {
        settings::parse_end("2026-01-01T00:00:00Z").unwrap()
    }

    fn good() -> TokenDraft {
        TokenDraft {
            name: Some("partner".into()),
            rights: Some("READ".into()),
            applications: Some(vec!["ORDERS".into()]),
            ..TokenDraft::default()
        }
    }

    fn faulty(draft: &TokenDraft) -> Vec<(FieldPath, FaultCode)> {
        let faults = draft.parse(&rules(), now(), Faults::default()).err().unwrap_or_default();
        faults.as_slice().iter().map(|fault| (fault.field.clone(), fault.code)).collect()
    }

    fn pairs<const N: usize>(faults: [(Field, FaultCode); N]) -> Vec<(FieldPath, FaultCode)> {
        faults.map(|(field, code)| (field.into(), code)).into()
    }

    #[test]
    fn accepts_the_minimum() {
        assert!(good().parse(&rules(), now(), Faults::default()).is_ok());
    }

    #[test]
    fn reports_all_faults_at_once() {
        let draft = TokenDraft {
            name: Some(" ".into()),
            description: Some("x".repeat(1_001)),
            rights: Some("ALL".into()),
            applications: Some(vec![]),
            expires_at: Some("2020-01-01".into()),
            auto_renewal: Some(AutoRenewalDraft {
                every_days: Some(0),
                callback: Some(Some("ftp://x".into())),
                pull: None,
            }),
            mail_recipient: Some("nobody".into()),
        };
        let expected = [
            (Field::Name, FaultCode::LengthOutOfRange),
            (Field::Description, FaultCode::TooLong),
            (Field::Rights, FaultCode::UnsupportedValue),
            (Field::Applications, FaultCode::CountOutOfRange),
            (Field::ExpiresAt, FaultCode::NotInFuture),
            (Field::MailRecipient, FaultCode::InvalidMailAddress),
            (Field::EveryDays, FaultCode::OutOfRange),
            (Field::CallbackUrl, FaultCode::HttpsRequired),
        ];
        assert_eq!(faulty(&draft), pairs(expected));
        let mandatory = [Field::Name, Field::Rights, Field::Applications];
        assert_eq!(
            faulty(&TokenDraft::default()),
            pairs(mandatory.map(|field| (field, FaultCode::Required)))
        );
    }

    #[test]
    fn auto_renewal_needs_a_callback_pull_or_a_recipient() {
        let renewal = |callback| Some(AutoRenewalDraft { every_days: Some(30), callback, pull: Some(false) });
        let nobody = TokenDraft { auto_renewal: renewal(None), ..good() };
        assert_eq!(faulty(&nobody), pairs([(Field::AutoRenewal, FaultCode::UnreachableRenewal)]));
        let recipient = TokenDraft { mail_recipient: Some("ops@example.com".into()), ..nobody };
        assert_eq!(faulty(&recipient), []);
        let callback =
            TokenDraft { auto_renewal: renewal(Some(Some("https://example.com".into()))), ..good() };
        assert_eq!(faulty(&callback), []);
        let pull = AutoRenewalDraft { every_days: Some(30), callback: None, pull: Some(true) };
        let pulling = TokenDraft { auto_renewal: Some(pull), ..good() };
        assert_eq!(faulty(&pulling), []);
        let mut kept = rules();
        kept.copyable = false;
        let parsed = pulling.parse(&kept, now(), Faults::default());
        assert!(parsed.is_ok_and(|settings| settings.auto_renewal.is_some_and(|renewal| renewal.pull)));
    }

    #[test]
    fn auto_renewal_must_fall_48_hours_before_the_expiry() {
        let auto_renewal = Some(AutoRenewalDraft { every_days: Some(10), ..AutoRenewalDraft::default() });
        let base = TokenDraft { auto_renewal, mail_recipient: Some("ops@example.com".into()), ..good() };
        let ending = |end: &str| TokenDraft { expires_at: Some(end.into()), ..base.clone() };
        assert_eq!(faulty(&ending("2026-01-13T00:00:00Z")), []);
        assert_eq!(
            faulty(&ending("2026-01-12T23:59:59Z")),
            pairs([(Field::EveryDays, FaultCode::RenewalTooLate)])
        );
    }

    #[test]
    fn refuses_a_callback_or_pull_without_auto_renewal() {
        let url = Some(Some("https://example.com".into()));
        for (callback, pull, code) in [
            (url.clone(), None, FaultCode::RequiredWithCallback),
            (url, Some(true), FaultCode::RequiredWithCallback),
            (None, Some(true), FaultCode::RequiredWithPull),
        ] {
            let auto_renewal = Some(AutoRenewalDraft { every_days: None, callback, pull });
            assert_eq!(faulty(&TokenDraft { auto_renewal, ..good() }), pairs([(Field::EveryDays, code)]));
        }
    }

    #[test]
    fn reports_one_fault_per_field() {
        let mut faults = Faults::default();
        faults.add(Field::Name, Violation::new(FaultCode::NotAString, "must be a text"));
        let faults = TokenDraft { name: None, ..good() }.parse(&rules(), now(), faults).unwrap_err();
        assert_eq!(faults.as_slice().len(), 1);
    }
}
