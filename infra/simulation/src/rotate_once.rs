//! The way of rotating that Keyturn is compared with, as a model: "rotate" answers with the new token once, and the old
//! one dies at that moment. Mail and event are sent right after the change, once. The same faults happen to it.

use crate::headline::{Figures, Load};
use crate::rng::Rng;

/// What comes of the same load.
#[must_use]
pub fn run(load: &Load) -> Figures {
    let mut figures = Figures::default();
    for client in 0..load.renewals {
        let mut rng = Rng::of(&[load.seed, u64::from(client)]);
        figures.renewals += 1;
        let locked_out = match rotate(&mut rng, load, &mut figures) {
            Rotated::Answered => false,
            // It asks again with the string that it has, which is dead.
            Rotated::Lost => true,
        };
        figures.locked_out += u64::from(locked_out);
    }
    figures
}

enum Rotated {
    Answered,
    Lost,
}

/// A client rotates, again and again for as long as nothing has happened.
fn rotate(rng: &mut Rng, load: &Load, figures: &mut Figures) -> Rotated {
    loop {
        // The one write: the new token is in, the old one is out.
        let fails = rng.happens(load.faults);
        let took_effect = !fails || rng.happens(0.5);
        if !took_effect {
            continue;
        }
        if fails {
            // The function sees an error, so it neither tells anybody nor knows what it would answer.
            figures.events_missing += 1;
            figures.mails_missing += 1;
            return Rotated::Lost;
        }
        figures.events_missing += u64::from(loses(rng, load));
        figures.mails_missing += u64::from(loses(rng, load));
        return if rng.happens(load.dropped) { Rotated::Lost } else { Rotated::Answered };
    }
}

/// Whether a call fails before it took effect.
fn loses(rng: &mut Rng, load: &Load) -> bool {
    rng.happens(load.faults) && rng.happens(0.5)
}
