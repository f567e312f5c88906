//! The Lambda functions: one folder and one program each, all in this package.
//!
//! A folder holds `main.rs`, the program, and `handler.rs`, which the local stack and the tests run in-process. [`routes`]
//! lists what the HTTP API serves. `infra/docs/adding-an-endpoint.md` says how to add a function.

#[path = "authorizer/handler.rs"]
pub mod authorizer;
#[path = "bootstrap/handler.rs"]
pub mod bootstrap;
#[path = "callback-logs/handler.rs"]
pub mod callback_logs;
#[path = "console/handler.rs"]
pub mod console;
#[path = "copy-token/handler.rs"]
pub mod copy_token;
#[path = "create-token/handler.rs"]
pub mod create_token;
#[path = "deactivate-token/handler.rs"]
pub mod deactivate_token;
#[path = "get-own-token/handler.rs"]
pub mod get_own_token;
#[path = "get-token/handler.rs"]
pub mod get_token;
#[path = "introspect/handler.rs"]
pub mod introspect;
#[path = "list-activities/handler.rs"]
pub mod list_activities;
#[path = "list-applications/handler.rs"]
pub mod list_applications;
#[path = "list-tokens/handler.rs"]
pub mod list_tokens;
#[path = "openapi/handler.rs"]
pub mod openapi;
#[path = "renew-token/handler.rs"]
pub mod renew_token;
#[path = "request-renewed-token/handler.rs"]
pub mod request_renewed_token;
#[path = "rotate-signing-secret/handler.rs"]
pub mod rotate_signing_secret;
pub mod routes;
#[path = "start-renewal/handler.rs"]
pub mod start_renewal;
#[path = "sweep/handler.rs"]
pub mod sweep;
#[path = "test-callback/handler.rs"]
pub mod test_callback;
#[path = "update-token/handler.rs"]
pub mod update_token;
