//! A bounded run of every target: the same functions that the fuzzer calls, with inputs drawn from a fixed seed, so that
//! a run finds what the last one found. `PROPTEST_RNG_SEED` draws others and `PROPTEST_CASES` more of them; what fails is
//! noted in a file beside this one, which is committed, and tried first from then on.

use keyturn_inputs::Target;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};

/// The seed if nobody asks for another.
const SEED: RngSeed = RngSeed::Fixed(20_270_301);

/// What proptest runs if nobody asks for another number.
const UNASKED: u32 = 256;

/// Bytes of an input: enough for every decision of the longest one.
const MOST_BYTES: usize = 400;

/// Runs a target with the empty input, which is the plainest, and with this many others.
fn run(target: Target, name: &'static str, cases: u32) {
    target(b"");
    let asked = Config::default();
    let config = Config {
        cases: if asked.cases == UNASKED { cases } else { asked.cases },
        rng_seed: if asked.rng_seed == RngSeed::Random { SEED } else { asked.rng_seed },
        source_file: Some(file!()),
        test_name: Some(name),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..asked
    };
    let inputs = vec(any::<u8>(), 0..MOST_BYTES);
    let outcome = TestRunner::new(config).run(&inputs, |input| {
        target(&input);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{name} fails: {failure}");
    }
    assert_both_ways(name);
}

/// Some inputs must have been accepted and some refused, or nothing was tried.
fn assert_both_ways(name: &str) {
    let tally = keyturn_inputs::tally();
    let share = |accepted: bool| -> u32 {
        tally.iter().filter(|(status, _)| (**status < 400) == accepted).map(|(_, times)| times).sum()
    };
    assert!(share(true) >= 20 && share(false) >= 20, "{name}: {tally:?}");
}

macro_rules! bounded {
    ($($target:ident: $cases:literal,)*) => {
        $(
            #[test]
            fn $target() {
                run(keyturn_inputs::$target, stringify!($target), $cases);
            }
        )*

        #[test]
        fn every_target_has_a_bounded_run() {
            assert_eq!([$(stringify!($target)),*], keyturn_inputs::TARGETS.map(|(name, _)| name));
        }
    };
}

bounded! {
    authorizer_events: 500,
    callback_urls: 500,
    cursors: 500,
    dates: 500,
    gateway_events: 500,
    introspections: 500,
    mail_addresses: 500,
    merge_patches: 500,
    query_strings: 500,
    renewal_bodies: 500,
    request_bodies: 500,
    request_tokens: 500,
    token_strings: 500,
}
