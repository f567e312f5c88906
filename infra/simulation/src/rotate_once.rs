//! The rotation that Keyturn is compared with, as a model: "rotate" returns the new token once and invalidates the old
//! one immediately. Mail and event are sent once, right after the change. The same faults apply.

use crate::headline::{Figures, Load};
use crate::rng::Rng;

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
        // One write adds the new token and invalidates the old one.
        let fails = rng.happens(load.fault_rate);
        let took_effect = !fails || rng.happens(0.5);
        if !took_effect {
            continue;
        }
        if fails {
            // The function sees an error, so it sends nothing and has no token to return.
            figures.events_missing += 1;
            figures.mails_missing += 1;
            return false;
        }
        figures.events_missing += u64::from(is_lost(rng, load));
        figures.mails_missing += u64::from(is_lost(rng, load));
        return !rng.happens(load.drop_rate);
    }
}

/// Whether a call fails before its effect.
fn is_lost(rng: &mut Rng, load: &Load) -> bool {
    rng.happens(load.fault_rate) && rng.happens(0.5)
}
