//! The adapter and the simulation's store in memory are equivalent: the use cases run on both, in random order, and every
//! answer must be equal.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod both;
mod compare;
mod leaking;
mod outside;
mod step;
mod steps;
#[path = "../table/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests of the table")]
mod support;
mod sweeping;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::step::Step;
use crate::steps::World;
use crate::support::Store;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Random use cases, and what they are given.
fn steps() -> impl Strategy<Value = Vec<(Step, u64)>> {
    vec((any::<Step>(), any::<u64>()), 20..120)
}

async fn assert_same_answers(seed: u64, steps: Vec<(Step, u64)>) {
    let mut world = World::new(Store::start().await, seed);
    for (step, choice) in steps {
        world.step(step, choice).await;
    }
    world.compare_all().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_give_the_same_answers(seed in any::<u64>(), steps in steps()) {
        runtime().block_on(assert_same_answers(seed, steps));
    }
}

mod slow {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

        #[test]
        fn both_stores_give_the_same_answers(seed in any::<u64>(), steps in steps()) {
            runtime().block_on(assert_same_answers(seed, steps));
        }
    }
}

#[test]
fn both_stores_give_the_same_pages_of_due_items() {
    runtime().block_on(async {
        let mut world = World::new(Store::start().await, 1);
        world.step(Step::Create, 0).await;
        for copy in 0..230 {
            world.step(Step::Copy, copy).await;
        }
        world.step(Step::Pass, 1).await;
        assert!(world.due_items().await > 200);
        world.compare_all().await;
    });
}
