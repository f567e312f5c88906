//! The translated template: routes, schedule, table, keys, logs. And the same routes in the emulator's router.

use std::collections::{BTreeMap, BTreeSet};

use keyturn_functions::{ROUTES, WITHOUT_ROUTE, routes::Route};
use keyturn_simulation::scale::parameters::Parameters;
use serde_json::{Value, json};

use crate::support::deployment::{deployment, functions, resources, translated};
use crate::support::read;
use crate::support::resolve::Resolver;

/// The routes of the route table: method, path, the function's program.
pub(crate) fn routes() -> BTreeSet<(String, String, String)> {
    let own = |route: &Route| (route.method.to_owned(), route.path.to_owned(), route.function.to_owned());
    ROUTES.iter().map(own).collect()
}

fn translated_routes(resolver: &Resolver<'_>) -> BTreeSet<(String, String, String)> {
    let body = resolver.value(&resources("AWS::ApiGatewayV2::Api")["Api"]["Body"]).unwrap();
    let mut routes = BTreeSet::new();
    for (path, methods) in body["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let integration = &operation["x-amazon-apigateway-integration"];
            assert_eq!(integration["payloadFormatVersion"], "2.0", "{method} {path}");
            let uri = integration["uri"].as_str().unwrap();
            let function = uri.split("function:").nth(1).unwrap().trim_end_matches("/invocations");
            let metadata = &translated()["Resources"][function]["Metadata"];
            let binary = metadata["BuildProperties"]["Binary"].as_str().unwrap();
            routes.insert((method.to_uppercase(), path.clone(), binary.to_owned()));
        }
    }
    routes
}

fn api() -> Resolver<'static> {
    deployment(&[], BTreeMap::new())
}

#[test]
fn the_api_has_exactly_the_routes_of_the_route_table() {
    assert_eq!(translated_routes(&api()), routes());
}

#[test]
fn the_template_deploys_every_function_of_the_package_and_no_other() {
    let deployed: BTreeSet<_> = functions(&api()).into_values().map(|function| function.binary).collect();
    let routed = ROUTES.iter().map(|route| route.function);
    let expected: BTreeSet<_> = routed.chain(WITHOUT_ROUTE).map(str::to_owned).collect();
    assert_eq!(deployed, expected, "the left is template.yaml");
}

/// The functions of the console, and of the people who use it.
const OF_THE_CONSOLE: [&str; 10] = [
    "back-channel-logout",
    "bar-person",
    "console",
    "end-session",
    "list-people",
    "list-sessions",
    "refresh-session",
    "sign-in",
    "sign-out",
    "signed-in",
];

#[test]
fn without_the_console_there_are_no_routes_to_it() {
    let others = routes().into_iter().filter(|(_, _, binary)| !OF_THE_CONSOLE.contains(&binary.as_str()));
    let others: BTreeSet<_> = others.collect();
    assert!(others.len() < routes().len());
    assert_eq!(translated_routes(&deployment(&[("WebConsole", "false")], BTreeMap::new())), others);
}

#[test]
fn the_emulator_routes_as_the_api_does() {
    let manifest: toml::Table = read("functions/Cargo.toml").parse().unwrap();
    let router = &manifest["package"]["metadata"]["lambda"]["watch"]["router"];
    let mut routed = BTreeSet::new();
    for (path, functions) in router.as_table().unwrap() {
        for function in functions.as_array().unwrap() {
            let text = |name: &str| function[name].as_str().unwrap().to_owned();
            routed.insert((text("method"), path.clone(), text("function")));
        }
    }
    assert_eq!(routed, routes(), "the left is the router of functions/Cargo.toml");
}

#[test]
fn the_api_throttles_and_its_access_log_holds_no_paths() {
    let stage = resources("AWS::ApiGatewayV2::Stage").into_values().next().unwrap();
    assert_eq!(stage["StageName"], "$default");
    assert!(stage["DefaultRouteSettings"]["ThrottlingRateLimit"].as_u64().unwrap() > 0);
    assert!(stage["DefaultRouteSettings"]["ThrottlingBurstLimit"].as_u64().unwrap() > 0);
    let format = stage["AccessLogSettings"]["Format"].as_str().unwrap();
    let entry: Value = serde_json::from_str(format).expect("each entry is JSON");
    let logged: BTreeSet<_> =
        entry.as_object().unwrap().values().map(|value| value.as_str().unwrap()).collect();
    assert!(logged.contains("$context.routeKey"), "{logged:?}");
    for secret in ["path", "query", "rawPath", "header", "authorizer", "protocol"] {
        assert!(logged.iter().all(|variable| !variable.contains(secret)), "{secret} is logged: {logged:?}");
    }
}

/// What no change of the template may lose, by JSON pointers into its resources.
#[test]
fn resources_have_the_settings_that_protect_data() {
    let resources = &translated()["Resources"];
    for (pointer, expected) in [
        ("/Table/DeletionPolicy", json!("RetainExceptOnCreate")),
        ("/Table/UpdateReplacePolicy", json!("Retain")),
        ("/Table/Properties/BillingMode", json!("PAY_PER_REQUEST")),
        ("/Table/Properties/DeletionProtectionEnabled", json!(true)),
        ("/Table/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", json!(true)),
        ("/Table/Properties/TimeToLiveSpecification", json!({"AttributeName": "ttl", "Enabled": true})),
        ("/Table/Properties/SSESpecification/SSEType", json!("KMS")),
        ("/Table/Properties/SSESpecification/KMSMasterKeyId/Fn::GetAtt/0", json!("SealingKey")),
        ("/Table/Properties/GlobalSecondaryIndexes/0/IndexName", json!("due")),
        ("/Table/Properties/GlobalSecondaryIndexes/1/IndexName", json!("tokens")),
        ("/Table/Properties/GlobalSecondaryIndexes/2/IndexName", json!("deliveries")),
        // A name would forbid a change that replaces the table.
        ("/Table/Properties/TableName", json!(null)),
        ("/SealingKey/DeletionPolicy", json!("RetainExceptOnCreate")),
        ("/SealingKey/UpdateReplacePolicy", json!("Retain")),
        ("/SealingKey/Properties/EnableKeyRotation", json!(true)),
        // Nobody would empty a queue.
        ("/SweepEventInvokeConfig/Properties/DestinationConfig/OnFailure", json!(null)),
        // The next minute is the retry.
        ("/SweepEventInvokeConfig/Properties/MaximumRetryAttempts", json!(0)),
    ] {
        assert_eq!(resources.pointer(pointer).unwrap_or(&Value::Null), &expected, "{pointer}");
    }
    assert_eq!(resources["Table"]["Properties"]["GlobalSecondaryIndexes"].as_array().unwrap().len(), 3);
    let multi_region = &resources["SealingKey"]["Properties"]["MultiRegion"];
    for (parameter, expected) in [("true", Some(json!(true))), ("false", None)] {
        let deployment = deployment(&[("MultiRegionKey", parameter)], BTreeMap::new());
        assert_eq!(deployment.value(multi_region), expected);
    }
}

#[test]
fn new_entries_are_delivered_from_a_stream_of_keys() {
    let stream = &resources("AWS::DynamoDB::Table")["Table"]["StreamSpecification"]["StreamViewType"];
    assert_eq!(api().text(stream), "KEYS_ONLY");
    let mapping = resources("AWS::Lambda::EventSourceMapping")["DeliverStream"];
    assert_eq!(mapping["FunctionName"]["Fn::GetAtt"][0], "Deliver");
    assert_eq!(mapping["EventSourceArn"]["Fn::GetAtt"], json!(["Table", "StreamArn"]));
    assert_eq!(
        (&mapping["MaximumRetryAttempts"], &mapping["MaximumRecordAgeInSeconds"]),
        (&json!(0), &json!(60))
    );
    let pattern = mapping["FilterCriteria"]["Filters"][0]["Pattern"].as_str().unwrap();
    let pattern: Value = serde_json::from_str(pattern).unwrap();
    assert_eq!(pattern["eventName"], json!(["INSERT"]));
    assert_eq!(pattern["dynamodb"]["Keys"]["sk"]["S"], json!([{"prefix": "ENTRY#"}]));
}

#[test]
fn the_table_is_warmed_if_a_parameter_says_so() {
    let throughputs = |parameter: &str| {
        let resolver = deployment(&[("WarmThroughput", parameter)], BTreeMap::new());
        let table = resolver.value(resources("AWS::DynamoDB::Table")["Table"]).unwrap();
        let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap().iter();
        let all = std::iter::once(&table).chain(indexes);
        all.map(|each| each["WarmThroughput"]["WriteUnitsPerSecond"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(throughputs("0"), vec![json!(null); 4]);
    assert_eq!(throughputs("12000"), vec![json!("12000"); 4]);
}

#[test]
fn every_minute_each_part_of_the_due_index_has_a_run() {
    for (reserves, parts) in [("true", 8), ("false", 1)] {
        let resolver = deployment(&[("ReserveConcurrency", reserves)], BTreeMap::new());
        let mut started = Vec::new();
        for (name, schedule) in resources("AWS::Scheduler::Schedule") {
            assert_eq!(schedule["ScheduleExpression"], "rate(1 minute)", "{name}");
            assert!(schedule.get("Name").is_none(), "a name would forbid a second deployment in the account");
            let target = &schedule["Target"];
            assert_eq!(target["Arn"]["Fn::GetAtt"][0], "Sweep");
            assert!(target["RetryPolicy"]["MaximumEventAgeInSeconds"].as_u64().unwrap() <= 60);
            if schedule.get("State").is_none_or(|state| resolver.text(state) == "ENABLED") {
                let input: Value = serde_json::from_str(&resolver.text(&target["Input"])).unwrap();
                assert_eq!(input["of"], parts, "{name}");
                started.push(input["part"].as_u64().unwrap());
            }
        }
        started.sort_unstable();
        assert_eq!(started, (0..parts).collect::<Vec<u64>>());
    }
}

/// The simulation's figures are those of a deployment with the template's defaults.
#[test]
fn the_simulation_runs_the_schedule_as_the_template_deploys_it() {
    let (simulated, resolver) = (Parameters::default(), api());
    let sweep = &resources("AWS::Lambda::Function")["Sweep"];
    let parameter = |name: &str| resolver.text(&json!({"Ref": name}));
    assert_eq!(sweep["MemorySize"], simulated.memory_mb);
    assert_eq!(sweep["Timeout"], simulated.timeout_seconds);
    let concurrency = resolver.value(&sweep["ReservedConcurrentExecutions"]).unwrap();
    assert_eq!(concurrency, simulated.concurrency);
    assert_eq!(resources("AWS::Scheduler::Schedule").len(), usize::from(simulated.schedules));
    for shards in ["DueShardsRead", "DueShardsWritten"] {
        assert_eq!(parameter(shards), simulated.shards.to_string(), "{shards}");
    }
    assert_eq!(parameter("MailsPerSecond"), simulated.mail_pace.to_string());
}

/// What is called most, or hands out files: a trace costs more than a verification or a run.
const UNTRACED: [&str; 8] =
    ["Authorizer", "Console", "Deliver", "GetOwnToken", "GetRenewalInfo", "Introspect", "OpenApi", "Sweep"];

#[test]
fn every_function_logs_traces_and_runs_on_arm() {
    let functions = resources("AWS::Lambda::Function");
    for (name, function) in &functions {
        assert_eq!(function["Architectures"], json!(["arm64"]), "{name}");
        assert_eq!(function["Runtime"], "provided.al2023", "{name}");
        let mode = if UNTRACED.contains(name) { "PassThrough" } else { "Active" };
        assert_eq!(function["TracingConfig"]["Mode"], mode, "{name}");
        assert_eq!(function["LoggingConfig"]["SystemLogLevel"], "WARN", "{name}");
        assert_eq!(function["LoggingConfig"]["LogGroup"]["Ref"], "FunctionLog", "{name}");
    }
    for (name, log) in resources("AWS::Logs::LogGroup") {
        assert_eq!(log["RetentionInDays"]["Ref"], "LogRetentionDays", "{name}");
    }
    assert_eq!(resources("AWS::Events::Archive").len(), 1);
}

/// The longest value of a parameter; one without a limit is longer than all variables may be.
fn longest(name: &str, declared: &Value) -> String {
    let length = declared["MaxLength"].as_u64().map_or(4_096, |length| usize::try_from(length).unwrap());
    let allowed = declared["AllowedValues"].as_array().into_iter().flatten();
    let allowed = allowed.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    match allowed.max_by_key(String::len) {
        Some(value) => value,
        None if name == "MailSender" => format!("{:x<1$}", "keyturn@", length),
        None if declared["Type"] == "Number" => declared["MaxValue"].to_string(),
        None => "x".repeat(length),
    }
}

/// Lambda refuses a deployment with more: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
#[test]
fn variables_stay_below_4_kb_at_their_longest() {
    let declared = translated()["Parameters"].as_object().unwrap();
    let values: Vec<_> = declared.iter().map(|(name, it)| (name.as_str(), longest(name, it))).collect();
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // As long as CloudFormation and the services let their names be
    let ids = [("Table", 255), ("Bus", 128), ("MailConfiguration", 64), ("Api", 10), ("SealingKey", 36)];
    let physical = ids.map(|(name, length)| (name.to_owned(), "x".repeat(length)));
    for (name, function) in functions(&deployment(&values, physical.into())) {
        // In JSON, with quotation marks, colon and comma
        let bytes: usize =
            function.environment.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
        assert!(bytes <= 4_096, "{name}: {bytes} bytes");
    }
}

#[test]
fn outputs_hold_the_first_steps() {
    let outputs = &translated()["Outputs"];
    for name in ["ApiUrl", "TableName", "BusName", "AuthorizerFunction", "BootstrapCommand"] {
        assert!(outputs[name]["Value"].is_object(), "no output {name}");
    }
    let command = api().text(&outputs["BootstrapCommand"]["Value"]);
    let invocation = "aws lambda invoke --region eu-central-1 --function-name Bootstrap ";
    assert!(command.starts_with(invocation), "{command}");
    assert!(command.contains(r#"--payload '{"companyId":"acme"}'"#), "{command}");
}
