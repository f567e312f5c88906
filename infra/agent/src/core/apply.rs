//! What follows from how a step went.

use super::backoff::{self, KEYTURN, NEAR, PERSON};
use super::record::{Candidate, Copy, Facts, Held, KEEP_PREVIOUS, Next, Origin, Previous, Record, Time};
use super::step::{Answer, Failure, Plan, Renewal, Step, Subject};
use crate::secret::{Fingerprint, Secret};

impl Record {
    /// Takes in how a step went. `jitter` is a random number of at least 0 and below 1.
    pub fn apply(&mut self, plan: &Plan, step: &Step, answer: Answer, (now, jitter): (Time, f64)) {
        let at = (now, jitter);
        match (step, answer) {
            (Step::Write { target, string, .. }, answer) => self.written(plan, target, string, answer, at),
            (Step::Forget, _) => self.previous = None,
            (Step::Act(action), answer) => self.acted(action, answer, at),
            (Step::ReadSources { .. }, Answer::Sources(found)) => self.consider(found, at),
            (Step::ReadSources { .. }, Answer::Failed(failure)) => {
                self.read_sources = false;
                // Without a string, nothing else can be done; with one, the sources are not needed.
                if self.current.is_none() {
                    self.failed(&failure, at);
                }
            }
            (Step::Prove(subject, _), Answer::Proven(facts)) => {
                self.answered(now);
                self.proven(*subject, facts, now);
            }
            (Step::Prove(subject, string), Answer::Refused(reason)) => {
                self.refused(*subject, &string.fingerprint(), &reason, at);
            }
            (Step::Look(_), Answer::Renewal { state, renews_at, retry_after }) => {
                self.answered(now);
                self.renewal = Some(state);
                self.check_targets();
                self.fetch = plan.pull && matches!(state, Renewal::Due | Renewal::Renewed);
                self.look_at = Some(backoff::look_again(retry_after, at));
                if let Some(held) = self.current.as_mut() {
                    held.facts.renews_at = renews_at.or(held.facts.renews_at);
                }
            }
            (Step::Fetch(_) | Step::Redeem { .. }, Answer::Successor(string)) => {
                self.answered(now);
                self.fetch = false;
                self.request = None;
                if !self.known().contains(&string.fingerprint()) {
                    self.next = Some(Next { string, since: now, refused: false });
                }
            }
            (Step::Fetch(_), Answer::NotDue(retry_after)) => {
                self.answered(now);
                self.fetch = false;
                self.look_at = Some(backoff::look_again(retry_after, at));
            }
            (Step::Redeem { .. }, Answer::Dead | Answer::Conflict(_)) => {
                self.answered(now);
                self.request = None;
            }
            (Step::Fetch(_), Answer::Conflict(reason) | Answer::Refused(reason))
            | (Step::Look(_) | Step::Redeem { .. }, Answer::Refused(reason)) => {
                self.fetch = false;
                self.read_sources = true;
                self.needs_person(&reason, at);
            }
            (_, Answer::Failed(failure)) => self.failed(&failure, at),
            (step, answer) => {
                debug_assert!(false, "{answer:?} is no answer to {step:?}");
                self.failed(&Failure::new("an answer that does not belong to the question"), at);
            }
        }
    }

    fn answered(&mut self, now: Time) {
        self.trouble = None;
        self.looked_at = Some(now);
    }

    fn failed(&mut self, failure: &Failure, at: (Time, f64)) {
        let trouble = backoff::after(self.trouble.as_ref(), failure, KEYTURN, at);
        self.look_at = Some(trouble.again_at);
        self.trouble = Some(trouble);
    }

    /// Something that only a person can put right; it is looked at again all the same.
    pub(super) fn needs_person(&mut self, reason: &str, at: (Time, f64)) {
        let mut trouble = backoff::after(self.trouble.as_ref(), &Failure::new(reason), PERSON, at);
        trouble.needs_person = true;
        self.look_at = Some(trouble.again_at);
        self.trouble = Some(trouble);
    }

    fn written(&mut self, plan: &Plan, target: &str, string: &Secret, answer: Answer, at: (Time, f64)) {
        let copy = self.targets.entry(target.to_owned()).or_default();
        let holds = Some(string.fingerprint());
        match answer {
            Answer::Unchanged | Answer::Changed => {
                // A target that holds the string already, though it held another one at last, was written by a process that
                // died before it could say so.
                let is_change = answer == Answer::Changed || copy.holds.is_some() && copy.holds != holds;
                let since = copy.since.filter(|_| copy.holds == holds).or(Some(at.0));
                *copy = Copy { holds, since, trouble: None, checked: true };
                if is_change {
                    for action in &plan.actions {
                        let act = self.actions.entry(action.clone()).or_default();
                        (act.pending, act.trouble) = (true, None);
                    }
                }
            }
            Answer::Found(string) => {
                self.candidates.push(Candidate { string, origin: Origin::Target(target.to_owned()) });
            }
            Answer::Failed(failure) => {
                copy.trouble = Some(backoff::after(copy.trouble.as_ref(), &failure, NEAR, at));
            }
            other => debug_assert!(false, "{other:?} is no answer to a write"),
        }
    }

    fn acted(&mut self, action: &str, answer: Answer, at: (Time, f64)) {
        let act = self.actions.entry(action.to_owned()).or_default();
        match answer {
            Answer::Failed(failure) => {
                act.trouble = Some(backoff::after(act.trouble.as_ref(), &failure, NEAR, at));
            }
            _ => (act.pending, act.trouble, act.done_at) = (false, None, Some(at.0)),
        }
    }

    fn proven(&mut self, subject: Subject, facts: Facts, now: Time) {
        match subject {
            Subject::Candidate => self.adopt(facts, now),
            Subject::Next => {
                let Some(next) = self.next.take() else { return };
                let until = next.since + KEEP_PREVIOUS;
                let old = self.current.replace(Held { string: next.string, facts });
                self.previous = old.map(|held| Previous { held, until }).filter(|old| now < old.until);
                self.renewals += 1;
                self.renewal = None;
                self.look_at = Some(now);
            }
        }
    }

    fn refused(&mut self, subject: Subject, string: &Fingerprint, reason: &str, at: (Time, f64)) {
        match subject {
            Subject::Candidate => self.reject(string, reason, at),
            Subject::Next => {
                if let Some(next) = self.next.as_mut() {
                    next.refused = true;
                }
                self.needs_person(&format!("the new string: {reason}"), at);
            }
        }
    }
}
