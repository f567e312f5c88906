//! Example refusals.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::access::RequiredAccess;
use keyturn_domain::credential::Ended;
use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::person::Role;
use keyturn_domain::refusal::{Conflict, Refusal};

use crate::examples;

/// Refusals for lack of access, and of those whose company has used up its share.
pub(crate) fn of_access(access: Option<RequiredAccess>, application: &str) -> Vec<Refusal> {
    let Some(access) = access else { return Vec::new() };
    let mut refusals = vec![
        Refusal::Unauthenticated,
        Refusal::Ended(Ended::Expired(examples::now())),
        Refusal::ShareUsedUp { wait: TimeDelta::seconds(1) },
    ];
    if access != RequiredAccess::Any {
        refusals.push(Refusal::ApplicationMissing(application.to_owned()));
    }
    if [RequiredAccess::ManageAndWrite, RequiredAccess::Administer].contains(&access) {
        refusals.push(Refusal::ReadOnly);
    }
    // Of people in the console, whose requests come with a session.
    match access {
        RequiredAccess::ManageAndWrite => refusals.push(Refusal::RoleMissing(Role::Operator)),
        RequiredAccess::Administer => refusals.push(Refusal::RoleMissing(Role::Admin)),
        RequiredAccess::Any | RequiredAccess::Manage | RequiredAccess::SignedIn => {}
    }
    refusals
}

pub(crate) fn fault(field: &str, violation: Violation, value: Option<&str>) -> Faults {
    let mut faults = Faults::default();
    match value {
        Some(value) => faults.add_value(field, violation, value),
        None => faults.add(field, violation),
    }
    faults
}

/// The fault of a field that is no truth value.
pub(crate) fn not_boolean(field: &str) -> Faults {
    fault(field, Violation::new(FaultCode::NotABoolean, "must be true or false"), Some("\"yes\""))
}

/// Refusals of a token that cannot be renewed.
pub(crate) fn not_renewable() -> Vec<Refusal> {
    [Conflict::AlreadyRenewed, Conflict::Expired, Conflict::Deactivated].map(Refusal::Conflict).into()
}

/// The same with these conflicts.
pub(crate) fn not_renewable_or(conflicts: &[Conflict]) -> Vec<Refusal> {
    let others = conflicts.iter().copied().map(Refusal::Conflict);
    not_renewable().into_iter().chain(others).collect()
}

pub(crate) fn window_end() -> Timestamp {
    examples::now() + keyturn_domain::limits::REDEMPTION_WINDOW
}
