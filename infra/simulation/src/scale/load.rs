//! The tokens of a scenario and what is due for them.

use std::sync::Arc;

use keyturn_application::ports::{Commit, LeakReport, ReportedString};
use keyturn_domain::change::Change;
use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::fault::Faults;
use keyturn_domain::history::Actor;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::leak::LeakSource;
use keyturn_domain::lifecycle::{self, NewTokenString};
use keyturn_domain::mass_renewal::{MassRenewal, MassRenewalId, Order, Selection, StartedBy};
use keyturn_domain::secret::{Kind, Sealed, SecretHash};
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::cloud::{Cloud, after, context, start};
use super::watch::Group;
use crate::lock;

/// The path of a receiver that hangs.
pub(super) const HANGS: &str = "/hangs";

/// Strings of a report, as the function that takes reports cuts them.
const STRINGS: u32 = 100;

/// Tokens of one kind.
#[derive(Clone, Debug)]
pub struct Load {
    /// The group that they are counted in.
    pub group: Group,
    /// The prefix of their companies' ids.
    pub company: &'static str,
    /// Their companies; each has its share of the hosts.
    pub companies: u32,
    /// The suffix of their receivers' hosts.
    pub host: &'static str,
    /// Their hosts.
    pub hosts: u32,
    /// Hosts that hang; their tokens count as `Group::Hanging`.
    pub hanging_hosts: u32,
    /// What is due.
    pub step: Step,
    /// Whether a mail follows.
    pub mails: bool,
    /// When it is due.
    pub due: Due,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A renewal with a callback.
    Callback,
    /// A renewal without one, of a token that has a mail recipient.
    Renewal,
    /// The expiry, which is only recorded.
    Expiry,
}

/// When it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// This many at this second after the start.
    AtOnce(u32, i64),
    /// This many in each of these minutes, each at a random second.
    EachMinute(u32, (i64, i64)),
}

/// Stores a mass renewal of all tokens of the first company, spread over so many hours.
pub(super) fn store_mass_renewal(cloud: &Arc<Cloud>, over_hours: u16) {
    let context = context(cloud);
    let selection = Selection::Matching { application: None, search: None, older_than_days: None };
    let by = StartedBy { actor: Actor::Operator, expires_at: None, administers: true };
    let ids = (MassRenewalId::new(context.fresh_id()), TokenId::new(Uuid::max()));
    let Ok(company) = "load-0".parse() else { unreachable!("a company id") };
    let mass = MassRenewal::new(ids, company, by, Order { selection, over_hours }, start());
    assert!(lock(&cloud.memory).write_mass_renewal(&mass), "its id is new");
}

impl Load {
    /// Stores the tokens.
    pub(super) fn store(&self, cloud: &Arc<Cloud>) {
        match self.due {
            Due::AtOnce(tokens, second) => (0..tokens).for_each(|token| self.store_one(cloud, token, second)),
            Due::EachMinute(tokens, (first, last)) => {
                let mut number = 0;
                for minute in first..=last {
                    for _ in 0..tokens {
                        self.store_one(cloud, number, minute * 60 + cloud.within(0, 59));
                        number += 1;
                    }
                }
            }
        }
    }

    fn store_one(&self, cloud: &Arc<Cloud>, number: u32, second: i64) {
        let host = number % self.hosts.max(1);
        let group = if host < self.hanging_hosts { Group::Hanging } else { self.group };
        let Some(mut token) = self.create(cloud, host) else { unreachable!("the draft is valid") };
        let due = after(second);
        match self.step {
            Step::Expiry => token.expires_at = Some(due),
            Step::Callback | Step::Renewal => {
                if let Some(renewal) = &mut token.auto_renewal {
                    renewal.next_renewal_at = due;
                }
            }
        }
        lock(&cloud.watch).track(token.id, group, due.timestamp_millis());
        let change = Change { tokens: vec![token], replaced: Vec::new(), entry: None };
        let stored = lock(&cloud.memory).commit(&Commit::new(change, &context(cloud)));
        assert!(stored.is_ok(), "ids are unique");
    }

    fn create(&self, cloud: &Arc<Cloud>, host: u32) -> Option<Token> {
        let path = if host < self.hanging_hosts { HANGS } else { "/renewals" };
        let url = || format!("https://h{host}.{}.example.com{path}", self.host);
        let renews = self.step != Step::Expiry;
        let draft = TokenDraft {
            name: Some("partner".to_owned()),
            description: None,
            rights: Some("READ".to_owned()),
            applications: Some(vec!["ORDERS".to_owned()]),
            expires_at: None,
            auto_renewal: renews.then(|| AutoRenewalDraft {
                every_days: Some(30),
                callback: (self.step == Step::Callback).then(|| Some(url())),
                pull: None,
            }),
            mail_recipient: self.mails.then(|| "ops@example.com".to_owned()),
        };
        let settings = draft.parse(&cloud.rules, start(), Faults::default()).ok()?;
        let company: CompanyId = format!("{}-{}", self.company, host % self.companies.max(1)).parse().ok()?;
        let context = context(cloud);
        let new = NewTokenString {
            id: TokenId::new(context.fresh_id()),
            hash: SecretHash::from_bytes(context.random()),
            sealed: Sealed::new(b"kat".to_vec()),
        };
        let secret = Some(Sealed::new(b"whsec_".to_vec()));
        let change =
            lifecycle::create(company, settings, new, secret, &cloud.rules, Actor::Operator, start());
        change.tokens.into_iter().next()
    }
}

/// Stores reports of leaks that name no token.
pub(super) fn store_reports(cloud: &Arc<Cloud>, (reports, second): (u32, i64)) {
    let context = context(cloud);
    for _ in 0..reports {
        let strings = (0..STRINGS).map(|_| ReportedString {
            kind: Kind::Token,
            token: TokenId::new(context.fresh_id()),
            hash: SecretHash::from_bytes(context.random()),
            found_at: None,
        });
        let report = LeakReport {
            id: context.fresh_id(),
            at: after(second),
            source: LeakSource::Anybody,
            strings: strings.collect(),
        };
        lock(&cloud.memory).store_report(&report);
    }
}
