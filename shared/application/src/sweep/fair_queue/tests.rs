//! Turns of companies and receivers, and receivers that are left out.

use super::*;

const LANES: usize = 64;

fn receiver(company: &str, host: &str) -> Receiver {
    Receiver { company: company.parse().unwrap(), host: host.to_owned() }
}

/// A queue of calls with this many items for each receiver.
fn queue(receivers: &[(&str, &str, usize)]) -> FairQueue<usize> {
    let mut queue = FairQueue::of_calls(LANES);
    for (company, host, count) in receivers {
        (0..*count).for_each(|number| queue.push(&receiver(company, host), number));
    }
    queue
}

/// Starts all that can be started.
fn start(queue: &mut FairQueue<usize>) -> Vec<Lane> {
    std::iter::from_fn(|| queue.next().map(|(lane, _)| lane)).collect()
}

fn of<'a>(lanes: &'a [Lane], company: &'a str) -> impl Iterator<Item = &'a Lane> {
    lanes.iter().filter(move |lane| lane.receiver.company.as_str() == company)
}

#[test]
fn a_receiver_that_has_not_answered_gets_a_few_lanes() {
    let mut queue = queue(&[("a", "hangs", 1_000), ("b", "healthy", 1)]);
    let lanes = start(&mut queue);
    assert_eq!((of(&lanes, "a").count(), of(&lanes, "b").count()), (FIRST_ALLOWANCE, 1));
}

#[test]
fn a_receiver_that_answers_gets_most_lanes_while_nobody_else_waits() {
    let mut queue = queue(&[("a", "healthy", 1_000)]);
    let mut lanes = start(&mut queue);
    for _ in 0..10 {
        lanes.drain(..).for_each(|lane| queue.done(lane, Some(Call::Answered)));
        lanes = start(&mut queue);
    }
    assert_eq!(lanes.len(), LANES * 3 / 4);
    queue.push(&receiver("b", "new"), 0);
    assert_eq!(start(&mut queue).len(), 1, "a lane is left for others");
}

#[test]
fn three_time_outs_in_a_row_leave_a_receiver_out_and_its_work_waiting() {
    let mut queue = queue(&[("a", "hangs", 10), ("a", "healthy", 1), ("b", "hangs", 1)]);
    for lane in start(&mut queue) {
        let hangs = lane.receiver == receiver("a", "hangs");
        queue.done(lane, Some(if hangs { Call::TimedOut } else { Call::Answered }));
    }
    assert_eq!((queue.left_out(), start(&mut queue).len()), ((1, 7), 0));
    assert_eq!(queue.waiting().count(), 0);
    queue.push(&receiver("a", "hangs"), 0);
    queue.push(&receiver("b", "hangs"), 0);
    assert_eq!(start(&mut queue).len(), 1, "the same host of another company is another receiver");
}

#[test]
fn an_answer_between_time_outs_keeps_a_receiver_in() {
    let mut queue = queue(&[("a", "slow", 100)]);
    for call in [Call::TimedOut, Call::TimedOut, Call::Answered, Call::TimedOut, Call::TimedOut] {
        let (lane, _) = queue.next().unwrap();
        queue.done(lane, Some(call));
    }
    assert!(queue.next().is_some());
}

#[test]
fn many_hanging_hosts_of_a_company_leave_lanes_to_others() {
    let hosts: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
    let receivers: Vec<_> = hosts.iter().map(|host| ("a", host.as_str(), 9)).collect();
    let mut queue = queue(&receivers);
    assert_eq!(start(&mut queue).len(), LANES * 3 / 8);
    queue.push(&receiver("b", "healthy"), 0);
    assert_eq!(start(&mut queue).len(), 1);
}

#[test]
fn companies_take_turns() {
    let mut queue = FairQueue::new(4);
    (0..100).for_each(|number| queue.push(&Receiver::none("big".parse().unwrap()), number));
    let mut lanes = start(&mut queue);
    assert_eq!(lanes.len(), 4, "all lanes while nobody else waits");
    for company in ["b", "c"] {
        queue.push(&Receiver::none(company.parse().unwrap()), 0);
    }
    lanes.drain(..3).for_each(|lane| queue.done(lane, None));
    let next = start(&mut queue);
    assert_eq!(["big", "b", "c"].map(|company| of(&next, company).count()), [1, 1, 1]);
}

#[test]
fn everything_is_started_once_whatever_is_answered() {
    let calls = [Some(Call::Answered), None, Some(Call::TimedOut), Some(Call::Answered)];
    let mut queue = queue(&[("a", "x", 50), ("a", "y", 50), ("b", "x", 50), ("c", "z", 1)]);
    let (mut started, mut lanes) = (0, Vec::new());
    for step in 0.. {
        while let Some((lane, _)) = queue.next() {
            started += 1;
            lanes.push(lane);
        }
        if lanes.is_empty() {
            break;
        }
        let lane = lanes.swap_remove(step * 7 % lanes.len());
        queue.done(lane, calls[step % calls.len()]);
    }
    let (_, left_out) = queue.left_out();
    assert_eq!((started + left_out, queue.waiting().count()), (151, 0));
}
