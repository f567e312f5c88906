//! A model of Keyturn, of two targets and of a disk. Every string is a generation of one series.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};

use crate::core::decide::next;
use crate::core::{Answer, Candidate, Facts, Failure, Origin, Plan, Record, Renewal, Step, Time};
use crate::secret::Secret;

pub(super) const FILE: &str = "file";
pub(super) const STORE: &str = "store";

/// One string of the series.
struct Generation {
    created_at: Time,
    ends_at: Option<Time>,
}

/// What goes wrong in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fault {
    /// The process dies before the step, after it, or after it was taken in but not saved.
    pub(super) crash: Option<Moment>,
    /// The step fails before it has an effect.
    pub(super) fails: bool,
    /// The step has its effect, but its answer is lost.
    pub(super) lost: bool,
    /// The state can't be written.
    pub(super) unsaved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    After,
    Unsaved,
}

pub(super) struct World {
    pub(super) now: Time,
    generations: Vec<Generation>,
    pub(super) targets: BTreeMap<String, Option<Secret>>,
    /// How often each target was changed, and the generation that the program was told of last.
    pub(super) changes: usize,
    pub(super) told: Vec<usize>,
    /// The machine's clock minus the real time.
    pub(super) clock: TimeDelta,
    /// No answer from Keyturn before this.
    pub(super) down_until: Option<Time>,
    pub(super) plan: Plan,
    pub(super) record: Record,
    disk: String,
    is_saved: bool,
}

pub(super) fn string(generation: usize) -> Secret {
    Secret::token(&format!("kat_{generation:071}")).unwrap()
}

fn generation(string: &Secret) -> usize {
    string.expose()[4..].parse().unwrap()
}

impl World {
    pub(super) fn new() -> Self {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let plan = Plan {
            targets: vec![FILE.to_owned(), STORE.to_owned()],
            actions: vec!["reload".to_owned()],
            pull: true,
        };
        let mut world = Self {
            now,
            generations: vec![Generation { created_at: now, ends_at: None }],
            targets: plan.targets.iter().map(|target| (target.clone(), None)).collect(),
            changes: 0,
            told: Vec::new(),
            clock: TimeDelta::zero(),
            down_until: None,
            plan,
            record: Record::default(),
            disk: String::new(),
            is_saved: true,
        };
        world.save();
        world.restart();
        world
    }

    pub(super) fn newest(&self) -> usize {
        self.generations.len() - 1
    }

    pub(super) fn is_valid(&self, string: &Secret) -> bool {
        let known = self.generations.get(generation(string));
        known.is_some_and(|it| it.ends_at.is_none_or(|end| self.now < end))
    }

    /// When the newest generation is due.
    pub(super) fn due(&self) -> Time {
        self.generations[self.newest()].created_at + TimeDelta::days(4)
    }

    /// Renews by hand, as a person does.
    pub(super) fn renew(&mut self) -> usize {
        let newest = self.newest();
        self.generations[newest].ends_at = Some(self.now + TimeDelta::hours(24));
        self.generations.push(Generation { created_at: self.now, ends_at: None });
        newest + 1
    }

    pub(super) fn deactivate(&mut self, generation: usize) {
        self.generations[generation].ends_at = Some(self.now);
    }

    fn save(&mut self) {
        self.disk = serde_json::to_string(&self.record).unwrap();
        self.is_saved = true;
    }

    /// What a new process knows.
    pub(super) fn restart(&mut self) {
        self.record = serde_json::from_str(&self.disk).unwrap();
        self.record.read_sources = true;
        self.record.wake_targets();
    }

    pub(super) fn lose_state(&mut self) {
        "{}".clone_into(&mut self.disk);
        self.restart();
    }

    /// Does one step; `None` if there was nothing to do before this time.
    pub(super) fn step(&mut self, fault: Fault) -> Option<Time> {
        let machine = self.now + self.clock;
        let step = next(&self.record, &self.plan, machine);
        if let Step::Wait(until) = step {
            return Some(until - self.clock);
        }
        if fault.crash == Some(Moment::Before) {
            self.restart();
            return None;
        }
        let is_written = matches!(step, Step::Fetch(_)) && (fault.unsaved || !self.is_saved);
        let answer = if is_written {
            Answer::Failed(Failure::new("the state can't be written"))
        } else if fault.fails {
            Answer::Failed(Failure::new("no answer"))
        } else {
            let answer = self.perform(&step);
            if fault.lost { Answer::Failed(Failure::new("lost")) } else { answer }
        };
        if fault.crash == Some(Moment::After) {
            self.restart();
            return None;
        }
        let plan = self.plan.clone();
        self.record.apply(&plan, &step, answer, (machine, 0.5));
        self.record.tidy(&plan);
        self.is_saved = false;
        if fault.crash == Some(Moment::Unsaved) {
            self.restart();
        } else if !fault.unsaved {
            self.save();
        }
        None
    }

    /// Goes on without faults until there is nothing to do before this time.
    pub(super) fn settle(&mut self, until: Time) {
        for _ in 0..100_000 {
            match self.step(Fault::default()) {
                Some(wait) if wait >= until => {
                    self.now = until;
                    return;
                }
                Some(wait) => self.now = wait.max(self.now),
                None => {}
            }
        }
        panic!("does not come to rest: {:?}", self.record);
    }

    fn perform(&mut self, step: &Step) -> Answer {
        let is_call = matches!(step, Step::Prove(..) | Step::Look(_) | Step::Fetch(_) | Step::Redeem { .. });
        if is_call && self.down_until.is_some_and(|until| self.now < until) {
            return Answer::Failed(Failure::new("down"));
        }
        match step {
            Step::ReadSources { targets } => self.sources(*targets),
            Step::Write { target, string, known, recorded: _ } => {
                let held = self.targets.get_mut(target).unwrap();
                match held {
                    Some(held) if held == string => Answer::Unchanged,
                    Some(held) if !known.contains(&held.fingerprint()) => Answer::Found(held.clone()),
                    held => {
                        let old = held.replace(string.clone()).map(|old| generation(&old));
                        assert!(
                            old.is_none_or(|old| old <= generation(string) || !self.is_valid_number(old))
                        );
                        self.changes += 1;
                        Answer::Changed
                    }
                }
            }
            Step::Forget => Answer::Done,
            Step::Act(_) => {
                let told = self.targets[FILE].as_ref().map(generation);
                self.told.extend(told);
                Answer::Done
            }
            Step::Prove(_, string) if self.is_valid(string) => {
                let generation = generation(string);
                Answer::Proven(self.facts(generation))
            }
            Step::Look(string) if self.is_valid(string) => self.look(generation(string)),
            Step::Fetch(string) if self.is_valid(string) => {
                let generation = generation(string);
                if generation == self.newest() {
                    if self.now < self.due() {
                        return Answer::NotDue(self.due() - self.now);
                    }
                    self.renew();
                }
                Answer::Successor(super::world::string(generation + 1))
            }
            Step::Prove(..) | Step::Look(_) | Step::Fetch(_) => Answer::Refused("has ended".to_owned()),
            Step::Redeem { .. } | Step::Wait(_) => panic!("not in this model: {step:?}"),
        }
    }

    fn is_valid_number(&self, generation: usize) -> bool {
        self.is_valid(&string(generation))
    }

    fn sources(&self, targets: bool) -> Answer {
        let mut found = vec![Candidate { string: string(0), origin: Origin::Seed }];
        for (target, held) in self.targets.iter().filter(|_| targets) {
            let origin = Origin::Target(target.clone());
            found.extend(held.clone().map(|string| Candidate { string, origin }));
        }
        Answer::Sources(found)
    }

    fn facts(&self, generation: usize) -> Facts {
        Facts {
            id: format!("{generation:04}"),
            series_id: "0000".to_owned(),
            name: "partner".to_owned(),
            created_at: self.generations[generation].created_at,
            expires_at: None,
            renews_at: None,
        }
    }

    fn look(&self, generation: usize) -> Answer {
        let (state, retry_after) = if generation < self.newest() {
            (Renewal::Renewed, TimeDelta::minutes(10))
        } else if self.now < self.due() {
            (Renewal::Scheduled, (self.due() - self.now).min(TimeDelta::hours(6)))
        } else {
            (Renewal::Due, TimeDelta::minutes(10))
        };
        Answer::Renewal { state, renews_at: Some(self.due()), retry_after }
    }
}
