//! The addresses of a deployment: the one that AWS chooses, or a domain of the company's own; and the standby in a second region,
//! which has none.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::deployment::{deployment, functions, resources, translated};
use crate::support::resolve::Resolver;

const CHOSEN_BY_AWS: &str = "https://Api.execute-api.eu-central-1.amazonaws.com";

const OWN: [(&str, &str); 2] = [
    ("DomainName", "tokens.example.com"),
    ("CertificateArn", "arn:aws:acm:eu-central-1:123456789012:certificate/0-1"),
];

/// Functions that tell others where the API is.
const NAME_THE_ADDRESS: [&str; 7] =
    ["deliver", "introspect", "refresh-session", "sign-in", "signed-in", "sweep", "test-callback"];

fn with(parameters: &[(&str, &str)]) -> Resolver<'static> {
    deployment(parameters, BTreeMap::new())
}

/// The address that each function is given; none for one that takes the caller's.
fn addresses(resolver: &Resolver<'_>) -> BTreeMap<String, String> {
    let address = |(name, function): (String, crate::support::deployment::Function)| {
        Some((name, function.environment.get("KEYTURN_BASE_URL")?.clone()))
    };
    functions(resolver).into_iter().filter_map(address).collect()
}

/// Whether a resource exists.
fn exists(resolver: &Resolver<'_>, name: &str) -> bool {
    translated()["Resources"][name]["Condition"].as_str().is_none_or(|condition| resolver.holds(condition))
}

fn output(resolver: &Resolver<'_>, name: &str) -> String {
    resolver.text(&translated()["Outputs"][name]["Value"])
}

#[test]
fn callbacks_mails_introspections_and_outputs_name_the_company_s_own_domain() {
    let own = with(&OWN);
    let named = addresses(&own);
    assert_eq!(named.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(NAME_THE_ADDRESS));
    assert!(named.values().all(|address| address == "https://tokens.example.com"), "{named:?}");
    assert_eq!(output(&own, "ApiUrl"), "https://tokens.example.com");
    assert_eq!(output(&own, "ConsoleUrl"), "https://tokens.example.com/console");

    let other = with(&[]);
    // The functions of the API cannot know its id, and take the address that the caller used.
    let expected = ["deliver", "sweep"].map(|name| (name.to_owned(), CHOSEN_BY_AWS.to_owned()));
    assert_eq!(addresses(&other), expected.into());
    assert_eq!(output(&other, "ApiUrl"), CHOSEN_BY_AWS);
    assert_eq!(output(&other, "ConsoleUrl"), format!("{CHOSEN_BY_AWS}/console"));
}

#[test]
fn the_domain_leads_to_the_api() {
    let own = with(&OWN);
    let domain = own.value(resources("AWS::ApiGatewayV2::DomainName")["Domain"]).unwrap();
    assert_eq!(domain["DomainName"], "tokens.example.com");
    let settings = &domain["DomainNameConfigurations"][0];
    assert_eq!(settings["CertificateArn"], OWN[1].1);
    assert_eq!(
        (&settings["EndpointType"], &settings["SecurityPolicy"]),
        (&"REGIONAL".into(), &"TLS_1_2".into())
    );
    let mapping = resources("AWS::ApiGatewayV2::ApiMapping")["DomainMapping"];
    assert_eq!(mapping["ApiId"]["Ref"], "Api");
    assert_eq!(mapping["DomainName"]["Ref"], "Domain");
    let stage = mapping["Stage"]["Ref"].as_str().unwrap();
    assert_eq!(translated()["Resources"][stage]["Type"], "AWS::ApiGatewayV2::Stage");
    assert!(!output(&own, "DomainTarget").is_empty());
    for name in ["Domain", "DomainMapping"] {
        assert!(exists(&own, name) && !exists(&with(&[]), name), "{name}");
    }
    // CloudFormation refuses a domain without a certificate.
    let rule = translated()["Rules"]["OwnDomain"].to_string();
    assert!(
        rule.contains(r#"{"Ref":"CertificateArn"}"#) && rule.contains(r#"{"Ref":"DomainName"}"#),
        "{rule}"
    );
}

#[test]
fn the_address_of_aws_is_closed_only_if_there_is_another() {
    let closed = |parameters: &[(&str, &str)]| {
        let body = with(parameters).value(&resources("AWS::ApiGatewayV2::Api")["Api"]["Body"]).unwrap();
        body["servers"][0]["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"].clone()
    };
    let both = [&OWN[..], &[("ExecuteApiEndpoint", "false")]].concat();
    assert_eq!(closed(&both), true);
    assert_eq!(closed(&OWN), false);
    assert_eq!(closed(&[("ExecuteApiEndpoint", "false")]), false);
}

#[test]
fn a_standby_does_nothing_and_cannot_be_reached() {
    let role = |role| with(&[&OWN[..], &[("RegionRole", role)]].concat());
    for (resolver, active) in [(role("only"), true), (role("active"), true), (role("standby"), false)] {
        for (name, schedule) in resources("AWS::Scheduler::Schedule") {
            assert_eq!(resolver.text(&schedule["State"]) == "ENABLED", active, "{name}");
        }
        let stream = resources("AWS::Lambda::EventSourceMapping")["DeliverStream"];
        assert_eq!(resolver.value(&stream["Enabled"]), Some(Value::Bool(active)));
        let missed = resources("AWS::CloudWatch::Alarm")["SweepMissed"];
        assert_eq!(resolver.value(&missed["ActionsEnabled"]), Some(Value::Bool(active)));
        assert_eq!(exists(&resolver, "DomainMapping"), active);
        assert!(exists(&resolver, "Domain"), "its target is known before a fail-over");
    }
}

#[test]
fn a_replicated_table_has_a_stream_of_whole_items() {
    let stream = &resources("AWS::DynamoDB::Table")["Table"]["StreamSpecification"]["StreamViewType"];
    for (role, expected) in
        [("only", "KEYS_ONLY"), ("active", "NEW_AND_OLD_IMAGES"), ("standby", "NEW_AND_OLD_IMAGES")]
    {
        assert_eq!(with(&[("RegionRole", role)]).text(stream), expected);
    }
}
