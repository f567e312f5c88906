//! A route of the HTTP API, and lookups in the route table.

use std::pin::Pin;

use keyturn_domain::access::RequiredAccess;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::Endpoint;

use crate::ROUTES;

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
