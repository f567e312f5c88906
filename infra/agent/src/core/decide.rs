//! What to do next.

use chrono::TimeDelta;

use super::record::{Candidate, Origin, Record, Time, Trouble};
use super::step::{Plan, Step, Subject};

/// How long actions wait for the proof of a new string. Keyturn itself gave it out, so that an outage right after it must not
/// keep programs from learning of it for the whole overlap.
const ACT_WITHOUT_PROOF: TimeDelta = TimeDelta::hours(1);

/// The longest wait: a clock that was moved back must not put anything off for longer.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(6);

/// The next step of a token.
#[must_use]
pub fn next(record: &Record, plan: &Plan, now: Time) -> Step {
    // The targets matter where nothing valid is held: another agent may have renewed the token.
    let targets = record.current.is_none() || record.trouble.as_ref().is_some_and(|it| it.needs_person);
    if record.read_sources {
        return Step::ReadSources { targets };
    }
    if record.previous.as_ref().is_some_and(|previous| previous.until <= now) {
        return Step::Forget;
    }
    let may_call = is_over(record.trouble.as_ref(), now);
    if let Some(candidate) = record.candidates.first().filter(|_| may_call) {
        return Step::Prove(Subject::Candidate, candidate.string.clone());
    }
    if record.current.is_none() && may_call && record.candidates.is_empty() {
        return Step::ReadSources { targets };
    }
    if let Some(step) = write(record, plan, now) {
        return step;
    }
    if let Some(next) = record.next.as_ref().filter(|_| may_call) {
        return Step::Prove(Subject::Next, next.string.clone());
    }
    if let Some(action) = act(record, plan, now) {
        return Step::Act(action.to_owned());
    }
    call(record, plan, now).filter(|_| may_call).unwrap_or_else(|| Step::Wait(wake_up(record, plan, now)))
}

/// Whether something that failed may be tried again. A wait that is too long for any rule comes from a clock that was moved.
fn is_over(trouble: Option<&Trouble>, now: Time) -> bool {
    trouble.is_none_or(|trouble| trouble.again_at <= now || trouble.again_at > now + LONGEST_WAIT)
}

/// A target that does not hold what it should. One whose string is still being looked at is left alone.
fn write(record: &Record, plan: &Plan, now: Time) -> Option<Step> {
    let desired = record.desired()?;
    let fingerprint = Some(desired.fingerprint());
    let is_due = |target: &&String| {
        let copy = record.targets.get(*target);
        !copy.is_some_and(|copy| copy.checked && copy.holds == fingerprint)
            && is_over(copy.and_then(|copy| copy.trouble.as_ref()), now)
            && !record.candidates.iter().any(|it: &Candidate| it.origin == Origin::Target((*target).clone()))
    };
    let target = plan.targets.iter().find(is_due)?;
    let recorded = record.targets.get(target).is_some_and(|copy| copy.holds == fingerprint);
    Some(Step::Write { target: target.clone(), string: desired.clone(), known: record.known(), recorded })
}

/// What is to be done after a change, once the new string is proven.
fn act<'a>(record: &Record, plan: &'a Plan, now: Time) -> Option<&'a str> {
    let next = record.next.as_ref().filter(|next| !next.refused);
    if next.is_some_and(|next| now < next.since + ACT_WITHOUT_PROOF) {
        return None;
    }
    let is_due = |action: &&String| {
        record.actions.get(*action).is_some_and(|act| act.pending && is_over(act.trouble.as_ref(), now))
    };
    plan.actions.iter().find(is_due).map(String::as_str)
}

/// A call to Keyturn about the renewal.
fn call(record: &Record, plan: &Plan, now: Time) -> Option<Step> {
    let current = record.current.as_ref()?;
    if record.next.is_some() {
        return None;
    }
    if let Some(request) = &record.request {
        let with = record.redeemer(&request.token_id)?.string.clone();
        return Some(Step::Redeem { with, request: request.string.clone() });
    }
    if record.fetch && plan.pull {
        return Some(Step::Fetch(current.string.clone()));
    }
    let is_due = record.look_at.is_none_or(|at| at <= now || at > now + LONGEST_WAIT);
    is_due.then(|| Step::Look(current.string.clone()))
}

/// The next moment at which there may be something to do.
fn wake_up(record: &Record, plan: &Plan, now: Time) -> Time {
    let desired = record.desired().map(crate::secret::Secret::fingerprint);
    let targets = plan.targets.iter().filter_map(|target| record.targets.get(target));
    let targets = targets
        .filter(|copy| copy.holds != desired || !copy.checked)
        .filter_map(|copy| copy.trouble.as_ref());
    let actions = plan.actions.iter().filter_map(|action| record.actions.get(action));
    let actions = actions.filter(|act| act.pending).filter_map(|act| act.trouble.as_ref());
    let proof = record.next.as_ref().map(|next| next.since + ACT_WITHOUT_PROOF).filter(|at| *at > now);
    let call = record.trouble.as_ref().map(|trouble| trouble.again_at).or(record.look_at);
    let again = targets.chain(actions).map(|trouble| trouble.again_at);
    let previous = record.previous.as_ref().map(|previous| previous.until);
    let earliest = again.chain(call).chain(proof).chain(previous).min();
    earliest.unwrap_or(now + LONGEST_WAIT).clamp(now + TimeDelta::milliseconds(1), now + LONGEST_WAIT)
}
