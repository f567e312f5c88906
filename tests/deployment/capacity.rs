//! Rate limits, time-outs and concurrency fit together: no function can take the concurrency that another needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::deployment::{deployment, resources, translated};
use crate::support::read;
use crate::support::resolve::Resolver;
use crate::template::routes;

/// Concurrent executions of an account: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const ACCOUNT: f64 = 1_000.0;

/// What AWS does not let an account reserve.
const UNRESERVED: f64 = 100.0;

/// Seconds that a request takes at its slowest while AWS's services are healthy: one to four calls of DynamoDB and KMS.
const SLOWEST: f64 = 0.1;

/// Routes whose requests take longer.
const SLOWER: [(&str, f64); 10] = [
    // 2,000 entries of an index, and 100 records
    ("GET /apiAccessTokens", 1.0),
    // and summaries of 2,000 tokens
    ("GET /apiAccessTokens/overview", 3.0),
    ("POST /apiAccessTokens/startRenewals", 3.0),
    ("GET /apiAccessTokens/{id}/activities", 1.0),
    ("GET /callbacks/logs", 1.0),
    // The function's time-out: the receiver decides.
    ("POST /apiAccessTokens/{id}/callback/test", 25.0),
    // The identity provider decides; each of its answers takes 2.5 seconds at most.
    ("GET /console/sign-in", 5.0),
    ("GET /console/signed-in/{id}", 7.5),
    ("POST /console/refresh", 2.5),
    ("POST /console/back-channel-logout", 5.0),
];

/// Functions that must not wait for others, or must not take what others need.
const LIMITED: [&str; 13] = [
    "Authorizer",
    "Bootstrap",
    "CallbackLogs",
    "Deliver",
    "Introspect",
    "ListActivities",
    "ListTokens",
    "RenewOwnToken",
    "ReportLeaks",
    "RequestRenewedToken",
    "RevokeToken",
    "Sweep",
    "TestCallback",
];

struct Function {
    reserved: Option<f64>,
    timeout: f64,
    /// Requests a second that the API lets through to it, by route.
    rates: Vec<(String, f64)>,
}

impl Function {
    /// The concurrency that it needs if each request takes so many seconds.
    fn needs(&self, seconds: impl Fn(&str) -> f64) -> f64 {
        self.rates.iter().map(|(route, rate)| rate * seconds(route)).sum()
    }
}

fn stage() -> &'static Value {
    resources("AWS::ApiGatewayV2::Stage").into_values().next().unwrap()
}

fn functions(resolver: &Resolver<'_>) -> BTreeMap<&'static str, Function> {
    let default = stage()["DefaultRouteSettings"]["ThrottlingRateLimit"].as_f64().unwrap();
    let settings = resolver.value(&stage()["RouteSettings"]).unwrap();
    let rate = |route: &str| settings[route]["ThrottlingRateLimit"].as_f64().unwrap_or(default);
    let of = |(name, function): (&'static str, &Value)| {
        let reserved = resolver.value(&function["ReservedConcurrentExecutions"]).filter(|it| !it.is_null());
        let reserved = reserved.map(|it| it.as_f64().or_else(|| it.as_str()?.parse().ok()).unwrap());
        let binary = &translated()["Resources"][name]["Metadata"]["BuildProperties"]["Binary"];
        let own = routes().into_iter().filter(|(_, _, function)| binary == function);
        let own = own.map(|(method, path, _)| format!("{method} {path}"));
        let rates = own.map(|route| (route.clone(), rate(&route))).collect();
        (name, Function { reserved, timeout: function["Timeout"].as_f64().unwrap(), rates })
    };
    resources("AWS::Lambda::Function").into_iter().map(of).collect()
}

fn reserved(functions: &BTreeMap<&str, Function>) -> f64 {
    functions.values().filter_map(|function| function.reserved).sum()
}

#[test]
fn functions_that_must_not_wait_for_others_have_concurrency_of_their_own() {
    let functions = functions(&deployment(&[], BTreeMap::new()));
    let limited = functions.iter().filter(|(_, it)| it.reserved.is_some()).map(|(name, _)| *name);
    assert_eq!(limited.collect::<Vec<_>>(), LIMITED);
    let reserved = reserved(&functions);
    assert!(reserved <= ACCOUNT - UNRESERVED, "AWS refuses {reserved}");
    assert!(read("infra/docs/deploy.md").contains(&format!("the reservations above take {reserved}")));
}

#[test]
fn what_the_api_lets_through_fits_the_concurrency() {
    let functions = functions(&deployment(&[], BTreeMap::new()));
    let shared = ACCOUNT - reserved(&functions);
    let slowest = |route: &str| SLOWER.iter().find(|(slow, _)| *slow == route).map_or(SLOWEST, |(_, it)| *it);
    for (name, function) in &functions {
        if let Some(reserved) = function.reserved {
            // What takes longer is an outage: then it uses up its own concurrency and no other's.
            let needed = function.needs(slowest);
            assert!(needed <= reserved, "{name}: {needed} at once, {reserved} reserved");
        } else {
            // Even if all requests hang until the time-out, the functions beside it still have concurrency.
            let needed = function.needs(|_| function.timeout);
            assert!(needed < shared, "{name}: {needed} at once, {shared} shared");
        }
        assert!(function.rates.iter().all(|(route, _)| slowest(route) <= function.timeout), "{name}");
    }
}

/// API Gateway refuses a stage with settings of a route that it doesn't have.
#[test]
fn only_routes_that_exist_have_limits_of_their_own() {
    for (console, without) in [("true", ""), ("false", "console")] {
        let resolver = deployment(&[("WebConsole", console)], BTreeMap::new());
        let settings = resolver.value(&stage()["RouteSettings"]).unwrap();
        let routes = routes().into_iter().filter(|(_, _, function)| function != without);
        let routes: BTreeSet<_> = routes.map(|(method, path, _)| format!("{method} {path}")).collect();
        for route in settings.as_object().unwrap().keys() {
            assert!(routes.contains(route), "{route} with WebConsole {console}");
        }
    }
}

#[test]
fn reservations_can_be_changed_and_left_out() {
    let without = functions(&deployment(&[("ReserveConcurrency", "false")], BTreeMap::new()));
    assert!(without.values().all(|function| function.reserved.is_none()));
    for (parameter, named) in [
        ("AuthorizerConcurrency", &["Authorizer"][..]),
        ("IntrospectionConcurrency", &["Introspect"]),
        ("RedemptionConcurrency", &["RenewOwnToken", "RequestRenewedToken"]),
        ("ListConcurrency", &["CallbackLogs", "ListActivities", "ListTokens"]),
    ] {
        for (value, expected) in [("0", None), ("7", Some(7.0))] {
            let functions = functions(&deployment(&[(parameter, value)], BTreeMap::new()));
            assert!(named.iter().all(|name| functions[name].reserved == expected), "{parameter} {value}");
        }
    }
}

#[test]
fn no_time_out_is_longer_than_what_waits_for_it() {
    for (name, function) in functions(&deployment(&[], BTreeMap::new())) {
        let longest = match name {
            // API Gateway gives up on an authorizer after 10 seconds and on a request after 30.
            "Authorizer" => 10.0,
            "Sweep" => 90.0,
            "TestCallback" | "Deliver" => 30.0,
            _ => 10.0,
        };
        assert!(function.timeout <= longest, "{name}: {} s", function.timeout);
    }
}

#[test]
fn no_route_has_metrics_that_nothing_reads() {
    for (name, stage) in resources("AWS::ApiGatewayV2::Stage") {
        assert!(!stage.to_string().contains("DetailedMetricsEnabled"), "{name}: US$ 0.30 for each metric");
    }
}
