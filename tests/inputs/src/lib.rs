//! Fuzz targets for the real functions, used by the property tests in `tests/` and by the fuzzer in `tests/fuzz`.
//!
//! Each target derives an input from bytes, passes it to a function as API Gateway would, and checks four promises: no
//! panic, no 5xx, no secret in a refusal, a read or the log, and every 400 names the invalid fields.

mod body;
mod choices;
mod external;
mod fixtures;
mod log;
mod request;
mod response;
mod stack;
mod strings;
mod table;
mod targets;
mod values;
mod world;

use choices::Choices;
use world::World;
pub use world::status_counts;

/// Passes the names of all targets to a macro.
#[macro_export]
macro_rules! for_each_target {
    ($callback:ident) => {
        $callback! {
            authorizer_events,
            callback_urls,
            cursors,
            dates,
            gateway_events,
            introspections,
            mail_addresses,
            merge_patches,
            query_strings,
            renewal_bodies,
            request_bodies,
            request_tokens,
            token_strings,
        }
    };
}

macro_rules! define {
    ($($target:ident,)*) => {$(
        #[doc = concat!("Runs the target `", stringify!($target), "`; panics if a promise is broken.")]
        pub fn $target(data: &[u8]) {
            targets::$target::run(World::get(), &mut Choices::new(data));
        }
    )*};
}

for_each_target!(define);
