//! Runs every fuzz target with a bounded number of inputs from a fixed seed, so that runs are reproducible.
//! `PROPTEST_RNG_SEED` and `PROPTEST_CASES` change the inputs and their number. A failing input is saved in a file beside
//! this one, to be committed, and runs first from then on.

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};

const DEFAULT_SEED: RngSeed = RngSeed::Fixed(20_270_301);
const DEFAULT_CASES: u32 = 250;

/// The default of proptest.
const PROPTEST_CASES: u32 = 256;

/// Enough bytes for every choice of the longest input.
const MAX_BYTES: usize = 400;

/// Runs a target with the empty input, which is the plainest, and with random ones.
fn run(target: fn(&[u8]), name: &'static str) {
    target(b"");
    let config = Config::default();
    let config = Config {
        cases: if config.cases == PROPTEST_CASES { DEFAULT_CASES } else { config.cases },
        rng_seed: if config.rng_seed == RngSeed::Random { DEFAULT_SEED } else { config.rng_seed },
        source_file: Some(file!()),
        test_name: Some(name),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..config
    };
    let outcome = TestRunner::new(config).run(&vec(any::<u8>(), 0..MAX_BYTES), |input| {
        target(&input);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{name} fails: {failure}");
    }
    assert_accepts_and_refuses(name);
}

/// A run in which all inputs were accepted, or all refused, tests little.
fn assert_accepts_and_refuses(name: &str) {
    let counts = keyturn_inputs::status_counts();
    let accepted: u32 = counts.range(..400).map(|(_, count)| count).sum();
    let refused: u32 = counts.range(400..).map(|(_, count)| count).sum();
    assert!(accepted >= 10 && refused >= 10, "{name}: {counts:?}");
}

macro_rules! define {
    ($($target:ident,)*) => {$(
        #[test]
        fn $target() {
            run(keyturn_inputs::$target, stringify!($target));
        }
    )*};
}

keyturn_inputs::for_each_target!(define);
