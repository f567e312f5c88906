//! Which function answers a request: of all routes that match, the most specific one, by the rules of HTTP APIs
//! (a full match before a greedy one before `$default`, a method before `ANY`).

use std::cmp::Reverse;

use axum::http::Method;

use crate::{error::StartError, template::RouteDefinition};

/// All routes, the most specific first.
#[derive(Debug)]
pub(crate) struct Routes(Vec<Route>);

#[derive(Debug)]
struct Route {
    /// For example `GET /apiAccessTokens/{id}`: what the event calls the route.
    key: String,
    /// `None` is `ANY`.
    method: Option<Method>,
    /// `None` is `$default`.
    segments: Option<Vec<Segment>>,
    binary: String,
}

/// One part of a path, the most specific first.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Parameter(String),
    /// Takes all that is left; only at the end.
    Greedy(String),
}

/// The route of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) key: String,
    pub(crate) binary: String,
    /// Names and decoded values.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Routes {
    /// The template's routes; each must lead to a function that this stack has.
    pub(crate) fn new(definitions: &[RouteDefinition], known: &[&str]) -> Result<Self, StartError> {
        if let Some(route) = definitions.iter().find(|route| !known.contains(&route.binary.as_str())) {
            return Err(StartError::Template(format!(
                "{} {} leads to the function {}, which is not in the local stack: add it to infra/local/src/functions.rs",
                route.method, route.path, route.binary
            )));
        }
        let mut routes = definitions.iter().map(Route::parse).collect::<Result<Vec<_>, _>>()?;
        routes.sort_by_key(Route::rank);
        Ok(Self(routes))
    }

    /// The most specific route for a method and a decoded path.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Found> {
        self.0.iter().filter(|route| route.method.as_ref().is_none_or(|own| own == method)).find_map(
            |route| {
                let parameters = route.parameters(path)?;
                Some(Found { key: route.key.clone(), binary: route.binary.clone(), parameters })
            },
        )
    }
}

impl Route {
    fn parse(definition: &RouteDefinition) -> Result<Self, StartError> {
        let RouteDefinition { method, path, binary } = definition;
        let wrong = || StartError::Template(format!("{method} {path} is no route"));
        let is_default = path == "$default";
        let segments = match (is_default, path.strip_prefix('/')) {
            (true, _) => None,
            (false, Some(rest)) => Some(rest.split('/').map(Segment::parse).collect::<Vec<_>>()),
            (false, None) => return Err(wrong()),
        };
        let is_greedy = |segment: &Segment| matches!(segment, Segment::Greedy(_));
        if segments.iter().any(|all| all.iter().rev().skip(1).any(is_greedy)) {
            return Err(wrong());
        }
        let own_method = match method.as_str() {
            "ANY" => None,
            name => Some(Method::from_bytes(name.as_bytes()).map_err(|_| wrong())?),
        };
        let key = if is_default { path.clone() } else { format!("{method} {path}") };
        Ok(Self { key, method: own_method, segments, binary: binary.clone() })
    }

    /// Sorts the more specific routes first.
    fn rank(&self) -> (u8, Reverse<usize>, Vec<u8>, bool) {
        let ranks: Vec<u8> = self.segments.iter().flatten().map(Segment::rank).collect();
        let class = match self.segments {
            None => 2,
            Some(_) if ranks.contains(&Segment::GREEDY) => 1,
            Some(_) => 0,
        };
        (class, Reverse(ranks.len()), ranks, self.method.is_none())
    }

    /// The values of the path's parameters, if the path matches.
    fn parameters(&self, path: &str) -> Option<Vec<(String, String)>> {
        let Some(segments) = &self.segments else { return Some(Vec::new()) };
        let mut rest = Some(path.strip_prefix('/')?);
        let mut parameters = Vec::new();
        for segment in segments {
            let left = rest?;
            let (part, after) = match left.split_once('/') {
                Some((part, after)) => (part, Some(after)),
                None => (left, None),
            };
            rest = after;
            match segment {
                Segment::Fixed(text) if text == part => {}
                Segment::Parameter(name) if !part.is_empty() => {
                    parameters.push((name.clone(), part.to_owned()));
                }
                Segment::Greedy(name) if !left.is_empty() => {
                    parameters.push((name.clone(), left.to_owned()));
                    rest = None;
                }
                _ => return None,
            }
        }
        rest.is_none().then_some(parameters)
    }
}

impl Segment {
    const GREEDY: u8 = 2;

    fn parse(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name.to_owned()),
                None => Self::Parameter(name.to_owned()),
            },
            None => Self::Fixed(text.to_owned()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Fixed(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => Self::GREEDY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str]) -> Routes {
        let definition = |key: &&str| {
            let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
            RouteDefinition { method: method.to_owned(), path: path.to_owned(), binary: "f".to_owned() }
        };
        Routes::new(&keys.iter().map(definition).collect::<Vec<_>>(), &["f"]).unwrap()
    }

    fn found(routes: &Routes, method: &Method, path: &str) -> Option<String> {
        routes.find(method, path).map(|found| found.key)
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&[
            "$default",
            "ANY /console/{proxy+}",
            "GET /apiAccessTokens/{id}",
            "GET /apiAccessTokens/requestRenewedToken",
            "ANY /apiAccessTokens/{id}/renew",
            "POST /apiAccessTokens/{id}/renew",
            "GET /{any}/index.html",
        ]);
        for (method, path, key) in [
            (Method::GET, "/apiAccessTokens/requestRenewedToken", "GET /apiAccessTokens/requestRenewedToken"),
            (Method::GET, "/apiAccessTokens/0199", "GET /apiAccessTokens/{id}"),
            (Method::POST, "/apiAccessTokens/0199/renew", "POST /apiAccessTokens/{id}/renew"),
            (Method::PUT, "/apiAccessTokens/0199/renew", "ANY /apiAccessTokens/{id}/renew"),
            (Method::GET, "/console/a/b.js", "ANY /console/{proxy+}"),
            (Method::GET, "/console/index.html", "GET /{any}/index.html"),
            (Method::GET, "/console/", "$default"),
            (Method::DELETE, "/apiAccessTokens/0199", "$default"),
        ] {
            assert_eq!(found(&routes, &method, path).as_deref(), Some(key), "{method} {path}");
        }
    }

    #[test]
    fn what_no_route_matches_is_not_found() {
        let routes = routes(&["GET /apiAccessTokens/{id}", "GET /apiAccessTokens"]);
        for path in ["/", "/apiAccessTokens/", "/apiAccessTokens/a/b", "/apiaccesstokens", "apiAccessTokens"]
        {
            assert_eq!(found(&routes, &Method::GET, path), None, "{path}");
        }
        assert_eq!(found(&routes, &Method::POST, "/apiAccessTokens"), None);
    }

    #[test]
    fn parameters_are_the_parts_of_the_path() {
        let routes = routes(&["GET /a/{first}/b/{rest+}"]);
        let parameters = routes.find(&Method::GET, "/a/x y/b/c/d").unwrap().parameters;
        let expected = [("first", "x y"), ("rest", "c/d")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(parameters, expected);
    }

    #[test]
    fn a_function_that_is_not_here_stops_the_start() {
        let definition =
            RouteDefinition { method: "GET".to_owned(), path: "/x".to_owned(), binary: "list-x".to_owned() };
        let refusal = Routes::new(&[definition], &["f"]).unwrap_err().to_string();
        assert!(refusal.contains("GET /x") && refusal.contains("list-x"), "{refusal}");
    }
}
