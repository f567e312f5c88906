//! What the API description needs to know of requests and answers. Compiled only where the description is made; what is
//! deployed holds none of it.
//!
//! Answers are described by the types that are sent ([`crate::view`], [`crate::log_view`]). Requests are read field by
//! field, so each body has a type here, beside a test that holds it against its reader.

mod parameters;
mod problems;
mod requests;
#[cfg(test)]
mod tests;

pub use parameters::{
    Parameter, application, idempotency_key, if_match, if_none_match, log_filters, paging, request_token,
    search, token_status,
};
pub use problems::{broken, problem, refused, too_large};
pub use requests::{
    IntrospectionRequest, RedemptionRequest, RenewalRequest, TokenPatchRequest, TokenRequest,
};
