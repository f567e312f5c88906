//! What the tests have in common: a stack, clients of its API, a callback receiver, tokens, and a search for secrets.

mod api_client;
mod browser;
mod identity;
mod pages;
mod receiver;
mod secrets;
mod signature;
mod stack;
mod storage;
mod tokens;

pub(crate) use api_client::{ApiClient, ApiResponse};
pub(crate) use browser::{Browser, SESSION, parameter, with_parameter};
pub(crate) use identity::{TestProvider, token as signed_with, unsigned};
pub(crate) use pages::{List, WAYS, id, ids};
pub(crate) use receiver::{Receiver, Reply};
pub(crate) use secrets::assert_none as assert_no_secrets;
pub(crate) use signature::verify_independently;
pub(crate) use stack::{Options, TestStack};
pub(crate) use tokens::{
    With, due_token, plain, pulling, renewal, renewing, renewing_both_ways, renewing_by_mail, renewing_token,
    token,
};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) const UNKNOWN_ID: &str = "0199a3c4-5b6d-7e8f-9012-3456789abcde";
