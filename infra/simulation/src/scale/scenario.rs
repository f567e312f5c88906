//! A scenario: what is due and what hangs, one run of it, and its figures.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::cloud::{Cloud, Counts, Outage, start};
use super::load::{self, Load};
use super::parameters::Parameters;
use super::schedule::{self, Environments};
use super::watch::{Figures, Group};
use crate::lock;

/// What is simulated, and which limits it must keep.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name in the table.
    pub name: String,
    /// Its tokens.
    pub loads: Vec<Load>,
    /// Reports of 100 leaked strings each, all unknown, that are due at this second.
    pub reports: (u32, i64),
    /// Over how many hours a mass renewal of the loads' first company is spread, if there is one.
    pub mass_renewal: Option<u16>,
    /// A service that does not answer.
    pub outage: Option<Outage>,
    /// Minutes; it ends before if all loads are drained and `ends_early`.
    pub minutes: i64,
    /// Whether it ends once its loads are drained.
    pub ends_early: bool,
    /// What must hold.
    pub limits: Vec<Limit>,
}

/// A limit. Times are in seconds of the simulated clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// The load is drained this long after its due moment, its events and mails included.
    Drained {
        /// The due moment.
        due: i64,
        /// How long it may take.
        within: i64,
    },
    /// Everything is drained this long after the end of the outage.
    Recovered(i64),
    /// Another company's token has waited this long at most.
    Wait(i64),
    /// Its events have waited this long at most.
    Events(i64),
    /// Its mails have waited this long at most.
    Mails(i64),
    /// Mails a second, at least, from the first to the last.
    MailRate(f64),
    /// No event and no mail is owed at the end.
    NoneLost,
    /// Callbacks that each token with a hanging receiver has got at least.
    Asked(u32),
    /// US$ a month, at most.
    Cost(f64),
    /// A mass renewal starts so many renewals, within so many minutes, each minute as many as another but for some per cent.
    Even {
        /// How many.
        starts: usize,
        /// Within how many minutes.
        minutes: i64,
        /// By how much a minute may differ from the mean, in per cent.
        percent: u32,
    },
    /// Callbacks that wait for an answer at once, at most.
    AtOnce(u64),
}

/// The figures of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was due in a mass.
    pub load: Figures,
    /// Tokens whose receiver hangs.
    pub hanging: Figures,
    /// The fewest callbacks that one of them got.
    pub fewest_callbacks: u32,
    /// Another company's tokens.
    pub other: Figures,
    /// When a mass renewal started each renewal, in milliseconds.
    pub starts: Vec<i64>,
    /// The most callbacks that waited for an answer at once.
    pub most_calls: u64,
    /// What a bill counts.
    pub counts: Counts,
    /// Simulated minutes.
    pub minutes: f64,
}

impl Scenario {
    /// Runs it.
    #[must_use]
    pub fn run(&self, parameters: &Parameters, seed: u64) -> Outcome {
        let cloud = Arc::new(Cloud::new(parameters.clone(), seed, self.outage));
        self.loads.iter().for_each(|load| load.store(&cloud));
        load::store_reports(&cloud, self.reports);
        if let Some(hours) = self.mass_renewal {
            load::store_mass_renewal(&cloud, hours);
        }
        let environments = Arc::new(Environments::default());
        for part in 0..parameters.schedules {
            cloud.executor.spawn(schedule::run(Arc::clone(&cloud), part, Arc::clone(&environments)));
        }
        cloud.executor.spawn(end(Arc::clone(&cloud), self.minutes, self.ends_early));
        cloud.executor.run(|| cloud.finished.load(Ordering::Relaxed));
        let (now, watch) = (cloud.millis(), lock(&cloud.watch));
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a simulation")]
        let minutes = (now - start().timestamp_millis()) as f64 / 60_000.0;
        Outcome {
            load: watch.at_the_end(Group::Load, now),
            hanging: watch.at_the_end(Group::Hanging, now),
            fewest_callbacks: watch.fewest_callbacks(Group::Hanging),
            other: watch.at_the_end(Group::Other, now),
            starts: watch.starts.clone(),
            most_calls: watch.most_calls(),
            counts: *lock(&cloud.counts),
            minutes,
        }
    }
}

/// Ends the run when its time is over, or the loads are drained.
async fn end(cloud: Arc<Cloud>, minutes: i64, ends_early: bool) {
    for _ in 0..minutes * 60 {
        cloud.executor.wait_millis(1_000).await;
        let is_drained = |group| lock(&cloud.watch).is_drained(group);
        if ends_early && is_drained(Group::Load) && is_drained(Group::Other) {
            break;
        }
    }
    cloud.finished.store(true, Ordering::Relaxed);
}
