//! A mass renewal as JSON, and the request for one.

use keyturn_domain::fault::Faults;
use keyturn_domain::field::Field;
use keyturn_domain::mass_renewal::MassRenewal;
use keyturn_domain::mass_renewal_draft::{FilterDraft, MassRenewalDraft};
use keyturn_domain::summary::TokenSummary;
use serde::Serialize;

use crate::body::Fields;
use crate::view::time;
#[cfg(feature = "openapi")]
use crate::words;

/// Tokens that a dry run names.
const NAMED: usize = 20;

/// Reads a request for a mass renewal, and the faults of its form.
#[must_use]
pub fn read_mass_renewal(mut fields: Fields) -> (MassRenewalDraft, Faults) {
    let filter = fields.object(Field::Filter).map(|mut inner| {
        let filter = FilterDraft {
            all: inner.boolean(Field::FilterAll),
            application: inner.text(Field::FilterApplication),
            search: inner.text(Field::FilterSearch),
            older_than_days: inner.integer(Field::FilterOlderThanDays),
            ids: inner.texts(Field::FilterIds),
        };
        fields.absorb(inner);
        filter
    });
    let draft = MassRenewalDraft {
        filter,
        over_hours: fields.integer(Field::OverHours),
        dry_run: fields.boolean(Field::DryRun),
    };
    (draft, fields.finish())
}

/// Many renewals at a pace, or what they would be.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "MassRenewal"))]
pub struct MassRenewalView {
    /// Its id; `null` in a dry run.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: Option<String>,
    /// `COUNTING` the selected tokens, `RUNNING`, `PAUSED`, `STOPPED` before its end, or `DONE`; `DRY_RUN` if nothing is started.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = words::MASS_RENEWAL_STATES)))]
    state: &'static str,
    /// Selected tokens that renew themselves, as far as they are counted.
    selected: u64,
    /// Selected tokens that don't, as far as they are counted.
    cannot_renew: u64,
    /// The first of these, in a dry run.
    cannot_renew_items: Vec<NamedTokenView>,
    /// Whether all tokens are counted. A dry run looks at a limited number; the mass renewal counts all.
    counted: bool,
    /// Tokens whose renewal was started.
    started: u64,
    /// Tokens that were renewed or deactivated meanwhile, or that the caller may not renew.
    skipped: u64,
    /// Over how many hours the starts are spread.
    over_hours: u16,
    /// When it was asked for.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    created_date: Option<String>,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    ended_date: Option<String>,
}

/// A token with its name.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "NamedToken"))]
struct NamedTokenView {
    /// The token's id.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// Its name.
    name: String,
}

impl MassRenewalView {
    /// A mass renewal as it stands.
    #[must_use]
    pub fn new(mass: &MassRenewal) -> Self {
        Self {
            id: Some(mass.id.to_string()),
            state: mass.state.as_str(),
            selected: mass.selected,
            cannot_renew: mass.unable,
            cannot_renew_items: Vec::new(),
            counted: mass.running_since.is_some(),
            started: mass.started,
            skipped: mass.skipped,
            over_hours: mass.over_hours,
            created_date: Some(time(mass.created_at)),
            ended_date: mass.ended_at.map(time),
        }
    }

    /// What one would do: so many selected tokens, those that can't renew themselves, and whether all were looked at.
    #[must_use]
    pub fn dry_run(selected: u64, unable: &[TokenSummary], counted: bool, over_hours: u16) -> Self {
        let named = |token: &TokenSummary| NamedTokenView {
            id: token.id.to_string(),
            name: token.name.as_str().to_owned(),
        };
        Self {
            id: None,
            state: DRY_RUN,
            selected,
            cannot_renew: unable.len() as u64,
            cannot_renew_items: unable.iter().take(NAMED).map(named).collect(),
            counted,
            started: 0,
            skipped: 0,
            over_hours,
            created_date: None,
            ended_date: None,
        }
    }
}

/// The state of what is not started.
pub(crate) const DRY_RUN: &str = "DRY_RUN";
