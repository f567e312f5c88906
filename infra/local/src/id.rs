//! Ids of requests, mails and events. They only have to be new; in the order of time they are easier to read.

/// A new id.
#[expect(clippy::disallowed_methods, reason = "nothing decides by these ids, and no test repeats them")]
pub(crate) fn new() -> String {
    uuid::Uuid::now_v7().to_string()
}
