//! Ids of requests, mails and events. They must be unique; sorted by time they are easier to read.

#[expect(clippy::disallowed_methods, reason = "no decision depends on these ids, and no test repeats them")]
pub(crate) fn new() -> String {
    uuid::Uuid::now_v7().to_string()
}
