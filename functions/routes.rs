//! The route table: every route of the HTTP API with its function, the access it requires and a one-line description.
//!
//! The local gateway and the OpenAPI operations derive from it. Tests compare it with the routes in `template.yaml`, the
//! routes of `cargo lambda watch` in the root manifest, and the access matrix.

use std::pin::Pin;

use keyturn_domain::access::RequiredAccess::{self, Any, Manage, ManageAndWrite};
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::Endpoint;

/// A route of the HTTP API.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The HTTP method.
    pub method: &'static str,
    /// The path as API Gateway writes it, such as `/apiAccessTokens/{id}`.
    pub path: &'static str,
    /// The function: the name of its folder and its program.
    pub function: &'static str,
    /// What the caller's token must allow; `None` for a public route.
    pub access: Option<RequiredAccess>,
    /// What the route does, in one line: the summary in the API description.
    pub description: &'static str,
    /// Builds the function.
    pub build: Build,
}

/// Builds a function's endpoint from its environment.
pub type Build = for<'a> fn(&'a Environment) -> Building<'a>;

/// An endpoint under construction.
pub type Building<'a> = Pin<Box<dyn Future<Output = Result<Endpoint, ConfigurationError>> + Send + 'a>>;

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

/// All routes, by path.
pub const ROUTES: &[Route] = &[
    route!("GET" "/apiAccessTokens", "list-tokens" list_tokens, Some(Manage), "List tokens"),
    route!("POST" "/apiAccessTokens", "create-token" create_token, Some(ManageAndWrite), "Create a token"),
    route!(
        "GET" "/apiAccessTokens/requestRenewedToken",
        "request-renewed-token" request_renewed_token, Some(Any), "Redeem a request token"
    ),
    route!(
        "POST" "/apiAccessTokens/requestRenewedToken",
        "request-renewed-token" request_renewed_token, Some(Any), "Redeem a request token"
    ),
    route!(
        "GET" "/apiAccessTokens/self",
        "get-own-token" get_own_token, Some(Any), "Look at one's own token"
    ),
    route!("GET" "/apiAccessTokens/{id}", "get-token" get_token, Some(Manage), "Look at a token"),
    route!(
        "PATCH" "/apiAccessTokens/{id}",
        "update-token" update_token, Some(ManageAndWrite), "Edit a token"
    ),
    route!(
        "GET" "/apiAccessTokens/{id}/activities",
        "list-activities" list_activities, Some(Manage), "List a token's activities"
    ),
    route!(
        "POST" "/apiAccessTokens/{id}/callback/rotateSecret",
        "rotate-signing-secret" rotate_signing_secret, Some(ManageAndWrite), "Rotate the signing secret"
    ),
    route!(
        "POST" "/apiAccessTokens/{id}/callback/test",
        "test-callback" test_callback, Some(ManageAndWrite), "Send a test callback"
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
        "GET" "/apiAccessTokens/{id}/token",
        "copy-token" copy_token, Some(ManageAndWrite), "Copy a token string"
    ),
    route!("GET" "/applications", "list-applications" list_applications, Some(Manage), "List applications"),
    route!("GET" "/callbacks/logs", "callback-logs" callback_logs, Some(Manage), "List deliveries of callbacks"),
    route!("GET" "/callbacks/logs/{id}", "callback-logs" callback_logs, Some(Manage), "Look at a delivery"),
    route!("GET" "/console", "console" console, None, "The web console"),
    route!("GET" "/console/{proxy+}", "console" console, None, "A file of the web console"),
    route!("POST" "/introspect", "introspect" introspect, Some(Manage), "Introspect a token string"),
    route!("GET" "/openapi.json", "openapi" openapi, None, "Read the API description"),
];

/// The functions without a route: invoked by API Gateway as an authorizer, by an operator, and by the schedule.
pub const WITHOUT_ROUTE: [&str; 3] = ["authorizer", "bootstrap", "sweep"];

/// The route with this method and path.
#[must_use]
pub fn find(method: &str, path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.method == method && route.path == path)
}

/// The access that every route of a function requires. For constant evaluation: a function without a route, with a public
/// route, or with routes that differ does not compile.
pub(crate) const fn required_access(function: &str) -> RequiredAccess {
    let mut found = None;
    let mut rest = ROUTES;
    while let [route, others @ ..] = rest {
        rest = others;
        if !equal(route.function.as_bytes(), function.as_bytes()) {
            continue;
        }
        match (route.access, found) {
            (Some(access), Some(other)) if access as u8 != other as u8 => {
                panic!("the routes of a function differ")
            }
            (Some(access), _) => found = Some(access),
            (None, _) => panic!("a public route requires no access"),
        }
    }
    match found {
        Some(access) => access,
        None => panic!("no route leads to this function"),
    }
}

/// `==` of strings is not available in constants.
const fn equal(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([], []) => true,
        ([a, one @ ..], [b, other @ ..]) => *a == *b && equal(one, other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_method_and_path_is_listed_twice() {
        for route in ROUTES {
            let same = ROUTES.iter().filter(|other| (other.method, other.path) == (route.method, route.path));
            assert_eq!(same.count(), 1, "{} {}", route.method, route.path);
        }
    }
}
