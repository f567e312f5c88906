//! The scenarios of the table, in its order.

use super::cloud::Outage;
use super::load::{Due, Load, Step};
use super::scenario::{Limit, Scenario};
use super::watch::Group;
use crate::function::Service;

/// The interval of the schedule, in seconds: a token that becomes due right after a run waits for the next.
const TICK: i64 = 60;

/// What another company's healthy token may wait after its due moment.
const WAIT: Limit = Limit::Wait(TICK + 5);

/// The second at which a mass is due.
const DUE: i64 = 181;

/// Hours of an outage.
const OUTAGE_MINUTES: i64 = 180;

/// A mass of tokens with healthy receivers.
const MASS: Load = Load {
    group: Group::Load,
    company: "load",
    companies: 1,
    host: "load",
    hosts: 1_000,
    hanging_hosts: 0,
    step: Step::Callback,
    mails: false,
    due: Due::AtOnce(100_000, DUE),
};

/// Another company's tokens: some in every minute, and 100 at the same moment as the mass.
fn others(minutes: i64) -> [Load; 2] {
    let other = Load { group: Group::Other, company: "other", host: "other", hosts: 1, ..MASS };
    [
        Load { due: Due::EachMinute(5, (1, minutes)), ..other.clone() },
        Load { due: Due::AtOnce(100, DUE), ..other },
    ]
}

/// A mass that is due at once and ends when it is drained.
fn mass(name: &str, load: Load, within: i64) -> Scenario {
    Scenario {
        name: name.to_owned(),
        loads: [vec![load], others(DUE / 60 + within / 60).into()].concat(),
        reports: (0, 0),
        mass_renewal: None,
        outage: None,
        minutes: 30,
        ends_early: true,
        limits: vec![Limit::Drained { due: DUE, within }, WAIT],
    }
}

/// This many tokens of one company are due at once.
#[must_use]
pub fn healthy(tokens: u32) -> Scenario {
    let load = Load { hosts: 10, due: Due::AtOnce(tokens, DUE), ..MASS };
    mass(&format!("{tokens} due in one minute, healthy"), load, 60 + TICK)
}

/// This many tokens on one host, which hangs. Another company has healthy tokens on the same host.
#[must_use]
pub fn hanging(tokens: u32, hours: i64) -> Scenario {
    let load = Load { hosts: 1, hanging_hosts: 1, host: "other", due: Due::AtOnce(tokens, DUE), ..MASS };
    // Each token must be asked at least once a day.
    let days = u32::try_from(hours / 24).unwrap_or_default();
    Scenario {
        name: format!("{tokens} tokens on one host that hangs 10 s each, {hours} h"),
        loads: [vec![load], others(hours * 60 - 3).into()].concat(),
        reports: (0, 0),
        mass_renewal: None,
        outage: None,
        minutes: hours * 60,
        ends_early: false,
        limits: vec![Limit::Asked(days.max(1)), WAIT],
    }
}

/// A service hangs for three hours; the load needs it, the others don't.
#[must_use]
pub fn outage(service: Service, name: &str) -> Scenario {
    let minutes = (1, 5 + OUTAGE_MINUTES);
    let load = |step, mails| Load { step, mails, hosts: 20, due: Due::EachMinute(20, minutes), ..MASS };
    let needs_keys = service == Service::Seal;
    let others = others(5 + OUTAGE_MINUTES).map(|other| {
        if needs_keys {
            Load { step: Step::Expiry, mails: true, ..other }
        } else {
            Load { mails: service == Service::Events, ..other }
        }
    });
    let mut limits = vec![Limit::Recovered(15 * 60), Limit::NoneLost, WAIT];
    if service != Service::Events {
        limits.push(Limit::Events(TICK + 5));
    }
    if needs_keys {
        limits.push(Limit::Mails(TICK + 5));
    }
    Scenario {
        name: format!("{name} hangs for 3 h"),
        loads: [vec![load(Step::Callback, false), load(Step::Renewal, true)], others.into()].concat(),
        reports: (0, 0),
        mass_renewal: None,
        outage: Some(Outage { service, from: 5, until: 5 + OUTAGE_MINUTES }),
        minutes: 5 + OUTAGE_MINUTES + 30,
        ends_early: false,
        limits,
    }
}

/// This many mails are owed; the mail service takes 14 a second.
#[must_use]
pub fn mails(mails: u32) -> Scenario {
    let load = Load { step: Step::Expiry, mails: true, due: Due::AtOnce(mails, DUE), ..MASS };
    let minutes = i64::from(mails) / 14 / 60 + 10;
    Scenario {
        name: format!("mail service at 14/s, {mails} mails owed"),
        loads: [vec![load], others(minutes).into()].concat(),
        reports: (0, 0),
        mass_renewal: None,
        outage: None,
        minutes: minutes * 3 / 2,
        ends_early: true,
        // A run sends mails for 59 s of each minute, and some of these wait for their place: 95 % of the rate.
        limits: vec![Limit::MailRate(13.3), Limit::NoneLost, WAIT],
    }
}

/// Reports of leaks come at once, of 100 strings each, from somebody who computes checksums.
#[must_use]
pub fn reports(reports: u32) -> Scenario {
    let [some, many] = others(10);
    Scenario {
        name: format!("{reports} reports of 100 unknown strings each"),
        loads: vec![some, Load { group: Group::Load, ..many }],
        reports: (reports, DUE),
        mass_renewal: None,
        outage: None,
        minutes: 15,
        ends_early: true,
        limits: vec![Limit::Drained { due: DUE, within: 60 + TICK }, WAIT],
    }
}

/// One token renews itself.
#[must_use]
pub fn one_renewal() -> Scenario {
    let load = Load { due: Due::AtOnce(1, DUE), ..MASS };
    Scenario { loads: vec![load], minutes: 8, ends_early: false, ..mass("one renewal", MASS, 300) }
}

/// A mass renewal of so many tokens of one company, spread over an hour.
#[must_use]
pub fn mass_renewal(tokens: u32) -> Scenario {
    /// None of them is due by itself.
    const LATER: i64 = 40 * 86_400;
    let load = Load { hosts: 10, due: Due::AtOnce(tokens, LATER), ..MASS };
    let others = Load { due: Due::EachMinute(5, (1, 60)), ..others(60)[0].clone() };
    Scenario {
        name: format!("mass renewal of {tokens} over an hour"),
        loads: vec![load, others],
        reports: (0, 0),
        mass_renewal: Some(1),
        outage: None,
        minutes: 66,
        ends_early: false,
        limits: vec![
            Limit::Drained { due: 0, within: 3_600 + 3 * TICK },
            Limit::Even { starts: usize::try_from(tokens).unwrap_or_default(), minutes: 62, percent: 10 },
            // What two minutes start, 184 each: the last callbacks of one are in flight while the next begins. The lanes of the
            // eight runs would allow 2,048.
            Limit::AtOnce(368),
            WAIT,
        ],
    }
}

/// Nothing is due for an hour.
#[must_use]
pub fn idle() -> Scenario {
    Scenario {
        name: "nothing due".to_owned(),
        loads: Vec::new(),
        reports: (0, 0),
        mass_renewal: None,
        outage: None,
        minutes: 60,
        ends_early: false,
        limits: vec![Limit::Cost(0.50)],
    }
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let five_percent = Load { companies: 50, hanging_hosts: 50, ..MASS };
    vec![
        healthy(10_000),
        mass("100,000 due in one minute, one company", MASS, 300),
        mass("100,000 due in one minute, 50 companies", Load { companies: 50, ..MASS }, 120 + TICK),
        hanging(10_000, 48),
        mass("5 % of 1,000 hosts hang, 100,000 due", five_percent, 300),
        mails(100_000),
        reports(10_000),
        mass_renewal(10_000),
        outage(Service::Events, "EventBridge"),
        outage(Service::Seal, "KMS"),
        outage(Service::Mail, "SES"),
        idle(),
    ]
}
