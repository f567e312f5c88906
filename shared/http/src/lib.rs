//! The HTTP adapter: parses API Gateway requests and encodes answers.
//!
//! An [`Endpoint`] authenticates the caller, passes the request to its [`Handle`]r and maps every refusal to a problem
//! document, in one place for all functions.

mod body;
mod cookies;
mod endpoint;
mod event;
mod field;
mod idempotency;
mod if_match;
pub mod introspection_view;
pub mod leak_view;
pub mod log_view;
pub mod mass_renewal_view;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod overview_view;
mod problem;
mod query;
pub mod renewal_info_view;
mod request;
mod response;
mod serve;
pub mod session_view;
mod settings;
pub mod view;
mod words;

pub use body::{BODY_BYTES, Fields};
pub use cookies::CSRF_HEADER;
pub use endpoint::{Endpoint, Handle, HandlePublic, HandleWithToken};
pub use event::fit_for_conversion;
pub use idempotency::{CreatedTokenEncoder, created, request_key};
pub use if_match::if_match;
pub use mass_renewal_view::read_mass_renewal;
pub use query::Query;
pub use request::ApiRequest;
pub use response::ApiResponse;
pub use serve::{Error, serve};
pub use settings::{read_draft, read_patch, read_redemption, read_renewal, read_rotation, read_start};
