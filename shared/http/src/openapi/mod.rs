//! Schemas and examples for the API description. Compiled for the description only, never deployed.
//!
//! Answers are described by the types that are sent ([`crate::view`], [`crate::log_view`]). Requests are parsed field by
//! field, so each body has a type here, and a test compares it with its parser.

mod parameters;
mod problems;
mod requests;
#[cfg(test)]
mod tests;

pub use parameters::{
    Parameter, application, idempotency_key, if_match, if_none_match, log_filters, paging, people,
    request_token, search, starting_after, summary_filters, token_status,
};
pub use problems::{broken, problem, refused, too_large};
pub use requests::{
    IntrospectionRequest, MassRenewalRequest, PartnerReportRequest, RedemptionRequest, RenewalRequest,
    ReportRequest, RotationRequest, StartRequest, TokenPatchRequest, TokenRequest,
};
