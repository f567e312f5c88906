//! Random histories: whatever happens in whatever order, and however late the schedule runs, the promises hold.

mod world;

use chrono::TimeDelta;
use keyturn_domain::delivery::{Failure, FailureClass};
use keyturn_domain::edit::{Patch, TokenPatch};
use proptest::collection::vec;
use proptest::prelude::*;
use world::{ByHand, Fate, Plan, Step, World, renewal_patch};

/// Tokens that obey the rules for creating one: auto renewal reaches somebody, and comes 48 hours before the end.
fn plans(copyable: bool) -> impl Strategy<Value = Plan> {
    let plain = (any::<bool>(), proptest::option::of(1_i64..100)).prop_map(|(recipient, days)| Plan {
        every_days: None,
        callback: false,
        recipient,
        lives: days.map(TimeDelta::days),
    });
    let every_days = prop_oneof![3 => 1_u16..6, 1 => 1_u16..40];
    let renewing = (every_days, any::<bool>(), any::<bool>(), proptest::option::of(0_i64..60)).prop_map(
        move |(every_days, callback, recipient, rest)| {
            let callback = callback || !copyable;
            let lives = rest.map(|rest| TimeDelta::days(i64::from(every_days) + 2 + rest));
            Plan { every_days: Some(every_days), callback, recipient: recipient || !callback, lives }
        },
    );
    prop_oneof![1 => plain, 4 => renewing]
}

fn outcomes() -> impl Strategy<Value = Result<u16, Failure>> {
    let failed = |class, status, retry_after: Option<i64>| {
        Err(Failure { class, status, retry_after: retry_after.map(TimeDelta::seconds) })
    };
    prop_oneof![
        3 => Just(Ok(200)),
        3 => proptest::option::of(0_i64..10_000).prop_map(move |after| failed(FailureClass::Status, Some(503), after)),
        1 => Just(failed(FailureClass::Status, Some(410), None)),
        3 => Just(failed(FailureClass::Timeout, None, None)),
    ]
}

fn fates() -> impl Strategy<Value = Vec<(Fate, u8)>> {
    let fate = prop_oneof![
        6 => outcomes().prop_map(Fate::Answered),
        2 => Just(Fate::Redeemed),
        1 => outcomes().prop_map(Fate::Late),
        1 => Just(Fate::Lost),
    ];
    vec((fate, any::<u8>()), 1..12)
}

/// Seconds to weeks, the edges of the windows among them.
fn spans() -> impl Strategy<Value = TimeDelta> {
    let seconds = prop_oneof![
        2 => 1_i64..120,
        4 => 1_i64..8_000,
        1 => prop_oneof![Just(7_199_i64), Just(7_200), Just(86_399), Just(86_400), Just(86_401)],
        3 => 1_i64..100_000,
        3 => 80_000_i64..600_000,
        1 => 1_i64..3_000_000,
    ];
    seconds.prop_map(TimeDelta::seconds)
}

fn edits() -> impl Strategy<Value = TokenPatch> {
    let recipient = any::<bool>().prop_map(|recipient| TokenPatch {
        mail_recipient: if recipient { Patch::Set("ops@example.com".to_owned()) } else { Patch::Remove },
        ..TokenPatch::default()
    });
    prop_oneof![
        1 => recipient,
        4 => (proptest::option::weighted(0.7, 1_i64..40), any::<Option<bool>>())
            .prop_map(|(days, callback)| renewal_patch(days, callback)),
    ]
}

fn manual() -> impl Strategy<Value = ByHand> {
    prop_oneof![
        4 => edits().prop_map(ByHand::Edit),
        1 => (0_i64..200).prop_map(|hours| ByHand::Renew(TimeDelta::hours(hours))),
        2 => Just(ByHand::Start),
        1 => Just(ByHand::Test),
        1 => Just(ByHand::Rotate),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let which = || any::<usize>();
    prop_oneof![
        8 => spans().prop_map(Step::Pass),
        8 => Just(Step::Sweep),
        10 => spans().prop_map(Step::Run),
        6 => Just(Step::RedeemNewest),
        6 => which().prop_map(Step::Redeem),
        2 => which().prop_map(Step::RedeemUnknown),
        1 => which().prop_map(Step::Deactivate),
        6 => which().prop_map(Step::Use),
        3 => Just(Step::NoteLate),
        6 => (which(), manual()).prop_map(|(which, what)| Step::ByHand(which, what)),
    ]
}

fn worlds() -> impl Strategy<Value = World> {
    any::<bool>().prop_flat_map(|copyable| {
        (vec(plans(copyable), 1..4), 1_i64..100, Just(copyable), fates()).prop_map(
            |(plans, overlap, copyable, fates)| {
                World::new(&plans, TimeDelta::hours(overlap), copyable, fates)
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_promises_hold(mut world in worlds(), steps in vec(steps(), 1..100)) {
        for step in &steps {
            world.step(step);
        }
        world.end();
    }
}
