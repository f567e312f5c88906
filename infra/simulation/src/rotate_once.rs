//! The rotation that Keyturn is compared with, as a model: "rotate" returns the new token once and invalidates the old
//! one immediately. Mail and event are sent once, right after the change. The same faults apply.

use crate::function::crashing_call;
use crate::headline::{ATTEMPTS, Figures, Load};
use crate::rng::Rng;

/// The calls of one rotation after its caller is known, in their order.
const CALLS: [Call; 3] = [Call::Write, Call::Event, Call::Mail];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// Adds the new token and invalidates the old one.
    Write,
    Event,
    Mail,
}

/// Runs the model under the same load.
#[must_use]
pub fn run(load: &Load) -> Figures {
    let mut figures = Figures::default();
    for client in 0..load.renewals {
        let mut rng = Rng::of(&[load.seed, u64::from(client)]);
        figures.renewals += 1;
        let received = rotate(&mut rng, load, &mut figures);
        figures.locked_out += u64::from(!received);
    }
    figures
}

/// Rotates, with retries for as long as nothing has taken effect. Returns whether the client received the new token;
/// without it, the client is locked out.
fn rotate(rng: &mut Rng, load: &Load, figures: &mut Figures) -> bool {
    loop {
        let (done, answers) = invoke(rng, load);
        if !done.contains(&Call::Write) {
            continue;
        }
        figures.events_missing += u64::from(!done.contains(&Call::Event));
        figures.mails_missing += u64::from(!done.contains(&Call::Mail));
        return answers && !rng.happens(load.drop_rate);
    }
}

/// One invocation: the calls that took effect, and whether it answers with the new token.
fn invoke(rng: &mut Rng, load: &Load) -> (Vec<Call>, bool) {
    let crash = crashing_call(rng, load.fault_rate);
    let mut done = Vec::new();
    for (number, call) in (1..).zip(CALLS) {
        let fails = (0..ATTEMPTS).all(|_| rng.happens(load.fault_rate));
        let crashes = crash.filter(|(crashing, _)| *crashing == number);
        let crashes_before = crashes.is_some_and(|(_, after_effect)| !after_effect);
        if !crashes_before && (!fails || rng.happens(0.5)) {
            done.push(call);
        }
        // An error of the write is all that the function sees, so it sends nothing and has no token to return.
        if crashes.is_some() || (fails && call == Call::Write) {
            return (done, false);
        }
    }
    (done, true)
}
