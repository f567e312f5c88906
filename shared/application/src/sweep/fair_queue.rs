//! A queue in which nobody delays another company.
//!
//! Work is kept per receiver: a company and a host together, since hook services are shared. Companies take turns, and so
//! do the hosts of a company. A host starts with a few lanes; each answer doubles them, so that a healthy receiver may use
//! every lane that nobody else waits for, while one that hangs occupies a few. A receiver that times out three times in a
//! row is left out until the queue is dropped.

use std::collections::{HashMap, VecDeque};

use keyturn_domain::ids::CompanyId;

/// Concurrent calls to a receiver that has not answered yet.
const FIRST_ALLOWANCE: usize = 3;

/// Time-outs in a row after which a receiver is left out.
const TIMEOUTS: u32 = 3;

/// Who work is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Receiver {
    /// The company.
    pub(super) company: CompanyId,
    /// The host that is called; empty for work that calls no receiver.
    pub(super) host: String,
}

impl Receiver {
    /// Work for a company that calls no receiver.
    pub(super) const fn none(company: CompanyId) -> Self {
        Self { company, host: String::new() }
    }
}

/// How a call to a receiver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// The receiver answered, or refused at once.
    Answered,
    /// It did not answer in time.
    TimedOut,
}

/// A lane in use. Goes back with [`FairQueue::done`].
#[derive(Debug)]
pub(super) struct Lane {
    receiver: Receiver,
    /// Whether it was given to a receiver that had not answered yet.
    is_probe: bool,
}

/// Waiting work, and the lanes in use.
#[derive(Debug)]
pub(super) struct FairQueue<W> {
    lanes: usize,
    /// Whether receivers have to answer before they get more than a few lanes.
    probes: bool,
    in_use: usize,
    /// Companies that may have work to start, in turn.
    rotation: VecDeque<CompanyId>,
    companies: HashMap<CompanyId, Company<W>>,
}

#[derive(Debug)]
struct Company<W> {
    hosts: HashMap<String, Host<W>>,
    /// Hosts with work to start, in turn: those that have answered, and those that have not.
    answering: VecDeque<String>,
    unproven: VecDeque<String>,
    /// Lanes in use for hosts that had not answered.
    probes: usize,
    in_rotation: bool,
}

#[derive(Debug)]
struct Host<W> {
    waiting: VecDeque<W>,
    in_use: usize,
    allowance: usize,
    has_answered: bool,
    timeouts: u32,
    /// Whether it is in one of its company's lists.
    is_listed: bool,
}

impl<W> Host<W> {
    const fn is_left_out(&self) -> bool {
        self.timeouts >= TIMEOUTS
    }

    fn can_start(&self) -> bool {
        !self.waiting.is_empty() && self.in_use < self.allowance && !self.is_left_out()
    }
}

impl<W> FairQueue<W> {
    /// A queue of work that calls no receiver.
    pub(super) fn new(lanes: usize) -> Self {
        Self { lanes, probes: false, in_use: 0, rotation: VecDeque::new(), companies: HashMap::new() }
    }

    /// A queue of calls to receivers.
    pub(super) fn of_calls(lanes: usize) -> Self {
        Self { probes: true, ..Self::new(lanes) }
    }

    /// Adds work.
    pub(super) fn push(&mut self, receiver: &Receiver, work: W) {
        let allowance = if self.probes { FIRST_ALLOWANCE } else { self.lanes };
        let has_answered = !self.probes;
        let company = self.companies.entry(receiver.company.clone()).or_insert_with(Company::new);
        let host = company.hosts.entry(receiver.host.clone()).or_insert_with(|| Host {
            waiting: VecDeque::new(),
            in_use: 0,
            allowance,
            has_answered,
            timeouts: 0,
            is_listed: false,
        });
        host.waiting.push_back(work);
        self.list(receiver);
    }

    /// Whether work of this receiver would start at once.
    pub(super) fn has_lane(&self, receiver: &Receiver) -> bool {
        let host =
            self.companies.get(&receiver.company).and_then(|company| company.hosts.get(&receiver.host));
        let is_free = host.is_none_or(|host| host.waiting.is_empty() && host.in_use < host.allowance);
        is_free && self.in_use < self.lanes
    }

    /// The next work to start, if there is a free lane for any.
    pub(super) fn next(&mut self) -> Option<(Lane, W)> {
        if self.in_use >= self.lanes {
            return None;
        }
        let most_probes = self.most_probes();
        while let Some(id) = self.rotation.pop_front() {
            let Some(company) = self.companies.get_mut(&id) else { continue };
            let started = company.next(most_probes);
            company.in_rotation = company.has_ready(most_probes);
            if company.in_rotation {
                self.rotation.push_back(id.clone());
            }
            if let Some((host, is_probe, work)) = started {
                self.in_use += 1;
                return Some((Lane { receiver: Receiver { company: id, host }, is_probe }, work));
            }
        }
        None
    }

    /// Frees a lane. `call` is how the call of its receiver ended, if there was one.
    pub(super) fn done(&mut self, lane: Lane, call: Option<Call>) {
        let Lane { receiver, is_probe } = lane;
        let most = self.lanes * 3 / 4;
        self.in_use -= 1;
        let Some(company) = self.companies.get_mut(&receiver.company) else { return };
        company.probes -= usize::from(is_probe);
        let Some(host) = company.hosts.get_mut(&receiver.host) else { return };
        host.in_use -= 1;
        match call.filter(|_| self.probes) {
            Some(Call::Answered) if !host.is_left_out() => {
                host.timeouts = 0;
                host.has_answered = true;
                host.allowance = (host.allowance * 2).min(most.max(FIRST_ALLOWANCE));
            }
            Some(Call::TimedOut) => {
                host.timeouts += 1;
                host.has_answered = false;
                host.allowance = FIRST_ALLOWANCE;
            }
            Some(Call::Answered) | None => {}
        }
        self.list(&receiver);
    }

    /// Work that waits, but for that of receivers that are left out.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &W> {
        self.hosts().filter(|host| !host.is_left_out()).flat_map(|host| &host.waiting)
    }

    /// Work that waits for receivers that are left out.
    #[cfg(feature = "mutations")]
    pub(super) fn left_out_work(&self) -> impl Iterator<Item = &W> {
        self.hosts().filter(|host| host.is_left_out()).flat_map(|host| &host.waiting)
    }

    /// Lanes in use.
    pub(super) const fn in_use(&self) -> usize {
        self.in_use
    }

    /// Whether any work waits that can be started.
    pub(super) fn is_empty(&self) -> bool {
        self.rotation.is_empty()
    }

    /// Receivers that are left out, and the work that waits for them.
    pub(super) fn left_out(&self) -> (usize, usize) {
        let left_out = self.hosts().filter(|host| host.is_left_out());
        left_out.fold((0, 0), |(hosts, items), host| (hosts + 1, items + host.waiting.len()))
    }

    fn hosts(&self) -> impl Iterator<Item = &Host<W>> {
        self.companies.values().flat_map(|company| company.hosts.values())
    }

    /// Lanes that a company may have in use for receivers that have not answered: many of them hanging must leave lanes to
    /// other companies.
    fn most_probes(&self) -> usize {
        (self.lanes * 3 / 8).max(1)
    }

    /// Puts a host with work to start into its list, and its company into the rotation.
    fn list(&mut self, receiver: &Receiver) {
        let most_probes = self.most_probes();
        let Some(company) = self.companies.get_mut(&receiver.company) else { return };
        company.list(&receiver.host);
        if !company.in_rotation && company.has_ready(most_probes) {
            company.in_rotation = true;
            self.rotation.push_back(receiver.company.clone());
        }
    }
}

impl<W> Company<W> {
    fn new() -> Self {
        Self {
            hosts: HashMap::new(),
            answering: VecDeque::new(),
            unproven: VecDeque::new(),
            probes: 0,
            in_rotation: false,
        }
    }

    fn has_ready(&self, most_probes: usize) -> bool {
        !self.answering.is_empty() || (self.probes < most_probes && !self.unproven.is_empty())
    }

    fn list(&mut self, name: &str) {
        let Some(host) = self.hosts.get_mut(name) else { return };
        if host.is_listed || !host.can_start() {
            return;
        }
        host.is_listed = true;
        let list = if host.has_answered { &mut self.answering } else { &mut self.unproven };
        list.push_back(name.to_owned());
    }

    /// The host, whether it is a probe, and the work.
    fn next(&mut self, most_probes: usize) -> Option<(String, bool, W)> {
        loop {
            let name = match self.answering.pop_front() {
                Some(name) => name,
                None if self.probes < most_probes => self.unproven.pop_front()?,
                None => return None,
            };
            let Some(host) = self.hosts.get_mut(&name) else { continue };
            host.is_listed = false;
            if !host.can_start() {
                continue;
            }
            let is_probe = !host.has_answered;
            if is_probe && self.probes >= most_probes {
                // It timed out while it was listed as answering.
                self.list(&name);
                continue;
            }
            let Some(work) = host.waiting.pop_front() else { continue };
            host.in_use += 1;
            self.probes += usize::from(is_probe);
            self.list(&name);
            return Some((name, is_probe, work));
        }
    }
}

#[cfg(test)]
mod tests;
