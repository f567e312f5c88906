//! The steps that there are, and how often each is done.

use proptest::prelude::*;

/// One thing that is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Create,
    Edit,
    Start,
    Deactivate,
    Copy,
    Test,
    Leak,
    Redeem,
    Pull,
    Sweep,
    Pass,
    Use,
    Again,
    Reschedule,
    Acknowledge,
    List,
    Look,
    Deliveries,
}

impl Arbitrary for Step {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use Step::{
            Acknowledge, Again, Copy, Create, Deactivate, Deliveries, Edit, Leak, List, Look, Pass, Pull,
            Redeem, Reschedule, Start, Sweep, Test, Use,
        };
        let often =
            proptest::sample::select(vec![Create, Edit, Start, Redeem, Pull, Sweep, Sweep, Pass, Pass, List]);
        let seldom = proptest::sample::select(vec![
            Deactivate,
            Copy,
            Test,
            Leak,
            Use,
            Again,
            Reschedule,
            Acknowledge,
            Look,
            Deliveries,
        ]);
        prop_oneof![2 => often, 1 => seldom].boxed()
    }
}
