//! Hostile inputs of every kind against the real functions.
//!
//! Each target is a function of bytes: it draws an input from them, hands it to the functions as the gateway would, on an
//! engine of their own, and looks at what comes of it. Never a panic, never a 5xx; a refusal is a well-formed problem
//! document, a 400 names every faulty field and no other, nothing has changed, and no secret stands in the answer or in
//! the log. What is in order is accepted.
//!
//! The bounded run in `tests/` and the fuzzer in `tests/fuzz` call the same functions.

mod answer;
mod body;
mod choices;
mod headers;
mod known;
mod log;
mod oracle;
mod outside;
mod request;
mod settings;
mod stack;
mod store;
mod targets;
mod texts;
mod world;

pub use targets::{
    authorizer_events, callback_urls, cursors, dates, gateway_events, introspections, mail_addresses,
    merge_patches, query_strings, renewal_bodies, request_bodies, request_tokens, token_strings,
};
pub use world::tally;

/// A target: draws an input from bytes and panics if what comes of it is not in order.
pub type Target = fn(&[u8]);

/// All targets, by name.
pub const TARGETS: [(&str, Target); 13] = [
    ("authorizer_events", authorizer_events),
    ("callback_urls", callback_urls),
    ("cursors", cursors),
    ("dates", dates),
    ("gateway_events", gateway_events),
    ("introspections", introspections),
    ("mail_addresses", mail_addresses),
    ("merge_patches", merge_patches),
    ("query_strings", query_strings),
    ("renewal_bodies", renewal_bodies),
    ("request_bodies", request_bodies),
    ("request_tokens", request_tokens),
    ("token_strings", token_strings),
];
