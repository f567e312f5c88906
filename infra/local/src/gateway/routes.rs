//! Finds the route of a request, by the precedence of HTTP APIs: fixed segments before parameters before greedy ones.

use std::collections::BTreeMap;

use axum::http::Method;
use keyturn_functions::routes::Route;
use matchit::Router;

/// All routes, by method: a path without a route for a method may match a less specific route that has one.
pub(crate) struct Routes(BTreeMap<&'static str, Router<&'static Route>>);

#[derive(Debug)]
pub(crate) struct Found {
    /// The route key of the event, such as `GET /apiAccessTokens/{id}`.
    pub(crate) key: String,
    pub(crate) function: &'static str,
    /// Names and decoded values.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Routes {
    pub(crate) fn new(table: &'static [Route]) -> Result<Self, matchit::InsertError> {
        let mut by_method = BTreeMap::<_, Router<_>>::new();
        for route in table {
            by_method.entry(route.method).or_default().insert(pattern(route.path), route)?;
        }
        Ok(Self(by_method))
    }

    /// The route for a method and a decoded path.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Found> {
        let matched = self.0.get(method.as_str())?.at(path).ok()?;
        let route = *matched.value;
        let parameters = matched.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(Found {
            key: format!("{} {}", route.method, route.path),
            function: route.function,
            parameters: parameters.collect(),
        })
    }
}

/// The router's spelling of a path: API Gateway's `{proxy+}` is `{*proxy}` there.
fn pattern(path: &str) -> String {
    match path.strip_suffix("+}").and_then(|rest| rest.rsplit_once('{')) {
        Some((before, name)) => format!("{before}{{*{name}}}"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use keyturn_functions::ROUTES;

    use super::*;

    #[test]
    fn the_most_specific_route_is_chosen() {
        let routes = Routes::new(ROUTES).unwrap();
        for (method, path, expected) in [
            (Method::GET, "/apiAccessTokens/self", Some("GET /apiAccessTokens/self")),
            (Method::GET, "/apiAccessTokens/0199", Some("GET /apiAccessTokens/{id}")),
            (Method::GET, "/apiAccessTokens/overview", Some("GET /apiAccessTokens/overview")),
            (
                Method::GET,
                "/apiAccessTokens/startRenewals/token",
                Some("GET /apiAccessTokens/startRenewals/{id}"),
            ),
            (Method::GET, "/apiAccessTokens/0199/token", Some("GET /apiAccessTokens/{id}/token")),
            (Method::POST, "/apiAccessTokens/0199/renew", Some("POST /apiAccessTokens/{id}/renew")),
            (Method::GET, "/console/a/b.js", Some("GET /console/{proxy+}")),
            (Method::GET, "/console", Some("GET /console")),
            (Method::PATCH, "/apiAccessTokens/self", Some("PATCH /apiAccessTokens/{id}")),
            (Method::DELETE, "/apiAccessTokens/0199", None),
            (Method::GET, "/apiAccessTokens/", None),
            (Method::GET, "/apiAccessTokens/a/b", None),
            (Method::GET, "/apiaccesstokens", None),
            (Method::GET, "/console/", None),
            (Method::GET, "/", None),
        ] {
            let found = routes.find(&method, path).map(|found| found.key);
            assert_eq!(found.as_deref(), expected, "{method} {path}");
        }
    }

    #[test]
    fn parameters_are_taken_from_the_path() {
        let routes = Routes::new(ROUTES).unwrap();
        let found = routes.find(&Method::GET, "/apiAccessTokens/a b").unwrap();
        assert_eq!(found.parameters, [("id".to_owned(), "a b".to_owned())]);
        let found = routes.find(&Method::GET, "/console/a/b.js").unwrap();
        assert_eq!(found.parameters, [("proxy".to_owned(), "a/b.js".to_owned())]);
    }
}
