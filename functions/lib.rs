//! The Lambda functions: one folder and one program each, all in this package, with the route table of the HTTP API.
//!
//! A folder holds `main.rs`, the program, and `handler.rs`, which the local stack and the tests run in-process. The local
//! gateway and the OpenAPI operations derive from [`ROUTES`]; tests compare it with `template.yaml`, the routes of
//! `cargo lambda watch` in this package's manifest, and the access matrix. `infra/docs/adding-an-endpoint.md` says how to
//! add a function.

use keyturn_domain::access::RequiredAccess::{Administer, Any, Manage, ManageAndWrite, SignedIn};

use mimalloc::MiMalloc;

use routes::Route;

#[path = "authorizer/handler.rs"]
pub mod authorizer;
#[path = "back-channel-logout/handler.rs"]
pub mod back_channel_logout;
#[path = "bar-person/handler.rs"]
pub mod bar_person;
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
#[path = "deliver/handler.rs"]
pub mod deliver;
#[path = "end-session/handler.rs"]
pub mod end_session;
#[path = "get-overview/handler.rs"]
pub mod get_overview;
#[path = "get-own-token/handler.rs"]
pub mod get_own_token;
#[path = "get-renewal-info/handler.rs"]
pub mod get_renewal_info;
#[path = "get-token/handler.rs"]
pub mod get_token;
#[path = "introspect/handler.rs"]
pub mod introspect;
#[path = "list-activities/handler.rs"]
pub mod list_activities;
#[path = "list-applications/handler.rs"]
pub mod list_applications;
#[path = "list-people/handler.rs"]
pub mod list_people;
#[path = "list-sessions/handler.rs"]
pub mod list_sessions;
#[path = "list-tokens/handler.rs"]
pub mod list_tokens;
#[path = "openapi/handler.rs"]
pub mod openapi;
mod outbox;
#[path = "provider/handler.rs"]
pub mod provider;
#[path = "refresh-session/handler.rs"]
pub mod refresh_session;
#[path = "renew-own-token/handler.rs"]
pub mod renew_own_token;
#[path = "renew-token/handler.rs"]
pub mod renew_token;
#[path = "report-leaks/handler.rs"]
pub mod report_leaks;
#[path = "request-renewed-token/handler.rs"]
pub mod request_renewed_token;
#[path = "revoke-token/handler.rs"]
pub mod revoke_token;
#[path = "rotate-signing-secret/handler.rs"]
pub mod rotate_signing_secret;
pub mod routes;
#[path = "sign-in/handler.rs"]
pub mod sign_in;
mod sign_in_parts;
#[path = "sign-out/handler.rs"]
pub mod sign_out;
#[path = "signed-in/handler.rs"]
pub mod signed_in;
#[path = "start-renewal/handler.rs"]
pub mod start_renewal;
#[path = "start-renewals/handler.rs"]
pub mod start_renewals;
#[path = "sweep/handler.rs"]
pub mod sweep;
#[path = "test-callback/handler.rs"]
pub mod test_callback;
#[path = "update-token/handler.rs"]
pub mod update_token;

/// Answers of AWS services are parsed into many small values: the system's allocator takes a fifth of a function's time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

macro_rules! route {
    ($method:literal $path:literal, $function:literal $module:ident, $access:expr, $description:literal) => {
        Route {
            method: $method,
            path: $path,
            function: $function,
            access: $access,
            description: $description,
            build: |environment| Box::pin(crate::$module::build(environment)),
        }
    };
}

/// All routes.
pub const ROUTES: &[Route] = &[
    route!("GET" "/apiAccessTokens", "list-tokens" list_tokens, Some(Manage), "List tokens"),
    route!("POST" "/apiAccessTokens", "create-token" create_token, Some(ManageAndWrite), "Create a token"),
    route!(
        "GET" "/apiAccessTokens/overview",
        "get-overview" get_overview, Some(Manage), "See what needs attention"
    ),
    route!(
        "POST" "/apiAccessTokens/startRenewals",
        "start-renewals" start_renewals, Some(ManageAndWrite), "Start many renewals at a pace"
    ),
    route!(
        "GET" "/apiAccessTokens/startRenewals/{id}",
        "start-renewals" start_renewals, Some(ManageAndWrite), "See how many renewals are started"
    ),
    route!(
        "POST" "/apiAccessTokens/startRenewals/{id}/pause",
        "start-renewals" start_renewals, Some(ManageAndWrite), "Pause many renewals"
    ),
    route!(
        "POST" "/apiAccessTokens/startRenewals/{id}/resume",
        "start-renewals" start_renewals, Some(ManageAndWrite), "Resume many renewals"
    ),
    route!(
        "POST" "/apiAccessTokens/startRenewals/{id}/stop",
        "start-renewals" start_renewals, Some(ManageAndWrite), "Stop many renewals"
    ),
    route!(
        "GET" "/apiAccessTokens/self",
        "get-own-token" get_own_token, Some(Any), "Look at one's own token"
    ),
    route!(
        "GET" "/apiAccessTokens/self/renewalInfo",
        "get-renewal-info" get_renewal_info, Some(Any), "Ask when to fetch one's successor"
    ),
    route!(
        "POST" "/apiAccessTokens/self/renew",
        "renew-own-token" renew_own_token, Some(Any), "Fetch one's successor"
    ),
    route!(
        "GET" "/apiAccessTokens/requestRenewedToken",
        "request-renewed-token" request_renewed_token, Some(Any), "Redeem a request token"
    ),
    route!(
        "POST" "/apiAccessTokens/requestRenewedToken",
        "request-renewed-token" request_renewed_token, Some(Any), "Redeem a request token"
    ),
    route!("GET" "/apiAccessTokens/{id}", "get-token" get_token, Some(Manage), "Look at a token"),
    route!(
        "PATCH" "/apiAccessTokens/{id}",
        "update-token" update_token, Some(ManageAndWrite), "Edit a token"
    ),
    route!(
        "GET" "/apiAccessTokens/{id}/token",
        "copy-token" copy_token, Some(ManageAndWrite), "Copy a token string"
    ),
    route!(
        "GET" "/apiAccessTokens/{id}/activities",
        "list-activities" list_activities, Some(Manage), "List a token's activities"
    ),
    route!(
        "POST" "/apiAccessTokens/{id}/deactivate",
        "deactivate-token" deactivate_token, Some(ManageAndWrite), "Deactivate a token"
    ),
    route!(
        "POST" "/apiAccessTokens/{id}/renew",
        "renew-token" renew_token, Some(ManageAndWrite), "Renew a token by hand"
    ),
    route!(
        "POST" "/apiAccessTokens/{id}/startRenewal",
        "start-renewal" start_renewal, Some(ManageAndWrite), "Make the automatic renewal due now"
    ),
    route!(
        "POST" "/apiAccessTokens/{id}/callback/test",
        "test-callback" test_callback, Some(ManageAndWrite), "Send a test callback"
    ),
    route!(
        "POST" "/apiAccessTokens/{id}/callback/rotateSecret",
        "rotate-signing-secret" rotate_signing_secret, Some(ManageAndWrite), "Rotate the signing secret"
    ),
    route!("GET" "/callbacks/logs", "callback-logs" callback_logs, Some(Manage), "List deliveries of callbacks"),
    route!("GET" "/callbacks/logs/{id}", "callback-logs" callback_logs, Some(Manage), "Look at a delivery"),
    route!("GET" "/applications", "list-applications" list_applications, Some(Manage), "List applications"),
    route!("POST" "/introspect", "introspect" introspect, Some(Manage), "Introspect a token string"),
    route!("POST" "/leaks", "report-leaks" report_leaks, None, "Report leaked strings"),
    route!("POST" "/revoke", "revoke-token" revoke_token, None, "Revoke a token string by the string itself"),
    route!(
        "GET" "/v1/revocable_token_types",
        "report-leaks" report_leaks, None, "Ask what GitLab may report"
    ),
    route!("POST" "/v1/revoke_tokens", "report-leaks" report_leaks, None, "Report leaked strings as GitLab does"),
    route!("GET" "/sessions", "list-sessions" list_sessions, Some(Administer), "List sessions"),
    route!("POST" "/sessions/{id}/end", "end-session" end_session, Some(Administer), "End a session"),
    route!("GET" "/people", "list-people" list_people, Some(Administer), "List people"),
    route!("POST" "/people/{id}/bar", "bar-person" bar_person, Some(Administer), "Keep a person from signing in"),
    route!(
        "POST" "/people/{id}/readmit",
        "bar-person" bar_person, Some(Administer), "Let a person sign in again"
    ),
    route!("GET" "/console/sign-in", "sign-in" sign_in, None, "Sign in to the console"),
    route!("GET" "/console/signed-in/{id}", "signed-in" signed_in, None, "Come back from an identity provider"),
    route!("POST" "/console/sign-out", "sign-out" sign_out, Some(SignedIn), "Sign out of the console"),
    route!(
        "POST" "/console/refresh",
        "refresh-session" refresh_session, Some(SignedIn), "Look at one's own session and refresh its role"
    ),
    route!(
        "POST" "/console/back-channel-logout",
        "back-channel-logout" back_channel_logout, None, "Take a logout from an identity provider"
    ),
    route!("GET" "/openapi.json", "openapi" openapi, None, "Read the API description"),
    route!("GET" "/console", "console" console, None, "The web console"),
    route!("GET" "/console/{proxy+}", "console" console, None, "A file of the web console"),
];

/// The functions without a route: invoked by API Gateway as an authorizer, by an operator, by the table's stream, and by the
/// schedule.
pub const WITHOUT_ROUTE: [&str; 5] = ["authorizer", "bootstrap", "deliver", "provider", "sweep"];
