//! Each function's role grants exactly what its code uses: here as far as the template and the code show it; `emulator.rs`
//! and `moto.rs` run the functions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::deployment::{Role, deployment, functions, resources, translated};
use crate::support::policy::{Access, Condition, Statement};
use crate::support::{read, root};

/// AWS managed policies that SAM adds to each role. The boundary limits them to the functions' own log.
const AWS_MANAGED: [&str; 2] = [
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
];

/// Actions without resource-level permissions.
const WITHOUT_RESOURCES: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

fn roles() -> BTreeMap<String, Role> {
    let functions = functions(&deployment(&[], BTreeMap::new()));
    functions.into_iter().map(|(name, function)| (name, function.role)).collect()
}

fn services(statements: &[Statement]) -> BTreeSet<String> {
    let actions = statements.iter().flat_map(|statement| &statement.actions);
    actions.map(|action| action.split_once(':').unwrap().0.to_owned()).collect()
}

#[test]
fn roles_grant_the_services_whose_adapters_the_function_builds() {
    const ADAPTERS: [(&str, &str); 6] = [
        ("Table::from_environment", "dynamodb"),
        ("Credentials::from_environment", "dynamodb"),
        ("keyturn_seal::from_environment", "kms"),
        ("providers(environment, &table)", "kms"),
        ("outbox::over", "ses"),
        ("outbox::over", "events"),
    ];
    for (name, role) in roles() {
        let source = read(&format!("functions/{name}/handler.rs"));
        let built: BTreeSet<_> = ADAPTERS
            .iter()
            .filter(|(constructor, _)| source.contains(constructor))
            .map(|(_, service)| (*service).to_owned())
            .collect();
        let granted = services(&role.allowed);
        assert_eq!(granted, built, "{name}: the left is its role, the right its code");
    }
}

#[test]
fn functions_get_the_variables_that_their_code_reads() {
    let functions = functions(&deployment(&[], BTreeMap::new()));
    let sealing: BTreeSet<_> = functions
        .iter()
        .filter(|(_, function)| function.environment.contains_key("KEYTURN_KMS_KEY_ID"))
        .map(|(name, _)| name.as_str())
        .collect();
    let roles = roles();
    let with_key = roles.iter().filter(|(_, role)| services(&role.allowed).contains("kms"));
    assert_eq!(sealing, with_key.map(|(name, _)| name.as_str()).collect());
    for variable in
        ["KEYTURN_MAIL_SENDER", "KEYTURN_SES_CONFIGURATION_SET", "KEYTURN_EVENT_BUS", "KEYTURN_BASE_URL"]
    {
        assert!(functions["sweep"].environment.contains_key(variable), "{variable}");
    }
    for (name, function) in &functions {
        for variable in function.environment.keys() {
            assert!(is_read(variable), "{name} gets {variable}, which nothing reads");
        }
    }
}

/// Whether any deployed code names a variable, or a library of it does.
fn is_read(variable: &str) -> bool {
    if variable.starts_with("MIMALLOC_") {
        return true;
    }
    let mut grep = std::process::Command::new("grep");
    grep.current_dir(root()).args([
        "-rqF",
        "--include=*.rs",
        &format!("\"{variable}\""),
        "shared",
        "functions",
    ]);
    grep.status().unwrap().success()
}

#[test]
fn no_grant_is_for_all_resources() {
    let mut documents: Vec<(String, Statement)> = Vec::new();
    for (name, role) in roles() {
        assert_eq!(role.aws_managed, AWS_MANAGED, "{name}");
        documents
            .extend(role.allowed.into_iter().chain(role.boundary).map(|statement| (name.clone(), statement)));
    }
    assert!(documents.len() > 100);
    for (name, statement) in documents {
        for (action, resource, _) in statement.grants() {
            let justified = WITHOUT_RESOURCES.contains(&action.as_str());
            assert!(!action.starts_with('*') && !action.ends_with(":*"), "{name}: {action}");
            // A log group's streams are `…:*`.
            let group = resource.strip_suffix(":*").filter(|_| action.starts_with("logs:"));
            let named = !group.unwrap_or(&resource).contains('*');
            assert!(justified || named, "{name} may {action} on {resource}");
        }
    }
}

#[test]
fn only_two_functions_send_and_table_access_is_limited_by_key() {
    for (name, role) in roles() {
        let services = services(&role.allowed);
        let sends = services.contains("ses") || services.contains("events");
        assert!(["deliver", "sweep"].contains(&name.as_str()) || !sends, "{name}");
        for statement in role.allowed {
            let is_for = |service: &str| statement.actions.iter().any(|action| action.starts_with(service));
            let on_index = statement.resources.iter().all(|resource| resource.contains("/index/"));
            let keys = statement.conditions.get("dynamodb:LeadingKeys");
            let on_stream = statement.resources.iter().all(|resource| resource.ends_with("/stream"));
            let by_key = on_index || on_stream || keys.is_some_and(Condition::refuses_absent);
            assert!(by_key || !is_for("dynamodb:"), "{name}: {}", statement.sid);
            let with_purpose = statement.conditions.contains_key("kms:EncryptionContext:purpose");
            assert!(with_purpose || !is_for("kms:"), "{name}: {}", statement.sid);
        }
    }
}

/// What each function may change about an existing credential: the attributes besides its key. All others change nothing.
const CHANGES: [(&[&str], &[&str]); 5] = [
    // A token's end. A record that ends is deleted after the retention time.
    (&["deactivate-token"], &["deactivatedAt", "lastUsedAt", "ttl"]),
    (
        &["renew-own-token", "renew-token", "request-renewed-token"],
        &["expiresAt", "lastUsedAt", "pulls", "renewedAt", "renewedBy", "renewsAt", "renewsEveryDays"],
    ),
    (
        &["sweep"],
        &[
            "deactivatedAt",
            "expiresAt",
            "pulls",
            "renewedAt",
            "renewedBy",
            "renewsAt",
            "renewsEveryDays",
            "ttl",
        ],
    ),
    // When it renews itself.
    (&["start-renewal", "update-token"], &["lastUsedAt", "pulls", "renewsAt", "renewsEveryDays"]),
    (
        &[
            "back-channel-logout",
            "bootstrap",
            "console",
            "deliver",
            "openapi",
            "provider",
            "report-leaks",
            "revoke-token",
            "sign-in",
            "signed-in",
        ],
        &[],
    ),
];

/// Attributes of a credential that the first version did not write, or not at once.
const LATER: [&str; 6] = ["deactivatedAt", "lastUsedFrom", "pulls", "renewsAt", "renewsEveryDays", "ttl"];

/// The functions that create tokens.
const CREATING: [&str; 6] =
    ["bootstrap", "create-token", "renew-own-token", "renew-token", "request-renewed-token", "sweep"];

/// Whether a role allows a write to a credential: whatever names these attributes and returns this.
fn may_write(role: &Role, action: &str, attributes: &[&str], returns: &str) -> bool {
    let context = BTreeMap::from([
        ("dynamodb:LeadingKeys".to_owned(), vec!["CREDENTIAL#1".to_owned()]),
        ("dynamodb:Attributes".to_owned(), attributes.iter().map(|&name| name.to_owned()).collect()),
        ("dynamodb:ReturnValues".to_owned(), vec![returns.to_owned()]),
    ]);
    role.allowed.iter().any(|statement| {
        statement.resources.iter().any(|resource| {
            let access =
                Access { action: action.to_owned(), resource: resource.clone(), context: context.clone() };
            !statement.grants_for(&access).is_empty()
        })
    })
}

#[test]
fn only_functions_that_create_tokens_can_write_what_a_token_is() {
    let record = read("shared/adapters/dynamodb/tests/table/first_version/credential.json");
    let record: BTreeMap<String, Value> = serde_json::from_str(&record).unwrap();
    let stored = record.keys().map(String::as_str).filter(|name| !["pk", "sk"].contains(name));
    let attributes: BTreeSet<_> = stored.chain(LATER).collect();
    for (name, role) in roles() {
        let changed =
            |attribute: &&str| may_write(&role, "dynamodb:UpdateItem", &["pk", "sk", attribute], "NONE");
        let changes: BTreeSet<_> = attributes.iter().copied().filter(changed).collect();
        let expected = CHANGES.iter().find(|(functions, _)| functions.contains(&name.as_str()));
        let expected = expected.map_or(&["lastUsedAt"][..], |(_, attributes)| attributes);
        // Who records a use records where it came from.
        let from = expected.contains(&"lastUsedAt").then_some("lastUsedFrom");
        assert_eq!(
            changes,
            expected.iter().copied().chain(from).collect(),
            "{name} changes these attributes of a credential"
        );
        assert!(
            !may_write(&role, "dynamodb:UpdateItem", &["pk", "sk", "lastUsedAt", "hash"], "NONE"),
            "{name}"
        );
        assert!(!may_write(&role, "dynamodb:UpdateItem", &[], "NONE"), "{name}");
        for returned in ["ALL_OLD", "ALL_NEW"] {
            let reads = may_write(&role, "dynamodb:UpdateItem", &["pk", "sk", "lastUsedAt"], returned);
            assert!(!reads, "{name} gets a whole credential as {returned}");
        }
        let creates = may_write(&role, "dynamodb:PutItem", &["pk", "sk", "hash"], "NONE");
        assert_eq!(creates, CREATING.contains(&name.as_str()), "{name} writes whole credentials");
    }
}

#[test]
fn other_permissions_are_minimal() {
    // The schedules' role may start the sweep, and nothing else.
    let roles = resources("AWS::IAM::Role");
    let policies = roles["ScheduleRole"]["Policies"].to_string();
    assert_eq!(policies.matches("\"Action\"").count(), 1, "{policies}");
    assert!(policies.contains(r#""Action":"lambda:InvokeFunction""#), "{policies}");
    assert!(roles.keys().all(|name| !name.starts_with("SweepPart")), "one role for all schedules");
    assert!(!policies.contains("\"*\""), "{policies}");
    // API Gateway may invoke the functions with routes and the authorizer. The others need IAM permissions.
    for (name, permission) in resources("AWS::Lambda::Permission") {
        assert_eq!(permission["Principal"], "apigateway.amazonaws.com", "{name}");
        let function = permission["FunctionName"].to_string();
        assert!(!function.contains("Bootstrap") && !function.contains("Sweep"), "{name}");
        assert!(permission["SourceArn"].is_object(), "{name} is for any account's APIs");
    }
    // The key's policy allows all principals only what DynamoDB does for them in this account.
    let key = &translated()["Resources"]["SealingKey"]["Properties"]["KeyPolicy"]["Statement"];
    for statement in key.as_array().unwrap().iter().filter(|statement| statement["Principal"]["AWS"] == "*") {
        let conditions = &statement["Condition"]["StringEquals"];
        assert!(conditions["kms:CallerAccount"].is_object() && conditions["kms:ViaService"].is_object());
    }
}
