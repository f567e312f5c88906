//! The deployment on moto, a second implementation of AWS's services: what its CloudFormation creates, and the functions on
//! its DynamoDB, KMS, SES and EventBridge. moto enforces no roles; the proxies in front of it do.
//!
//! moto's CloudFormation creates no HTTP API, schedule, SES configuration set or alarm, and ignores TTL.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tempfile::NamedTempFile;

use crate::chain::{self, parameters};
use crate::support::deployment::{Function, deployment, functions, resources, translated};
use crate::support::lambda::Lambda;
use crate::support::policy::Grant;
use crate::support::services::Moto;

/// The template as a file, without what reads the stream: moto would run that function in Docker at every write.
pub(crate) fn written(template: &Value) -> NamedTempFile {
    let mut template = template.clone();
    let resources = template["Resources"].as_object_mut().unwrap();
    resources.retain(|_, resource| resource["Type"] != "AWS::Lambda::EventSourceMapping");
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), template.to_string()).unwrap();
    file
}

/// Creates the stack; the physical ids of its resources.
pub(crate) fn deploy(moto: &Moto, template: &Value) -> BTreeMap<String, String> {
    let file = written(template);
    let deployed = moto.stack(&["deploy", file.path().to_str().unwrap()]);
    serde_json::from_value(deployed["physical"].clone()).unwrap()
}

#[tokio::test]
async fn cloudformation_creates_table_functions_and_roles() {
    let moto = Moto::start().await;
    let physical = deploy(&moto, translated());
    let seen = moto.stack(&["describe"]);
    assert_eq!(seen["status"], "CREATE_COMPLETE");
    assert_eq!(seen["indexes"], serde_json::json!(["deliveries", "due", "tokens"]));
    assert_eq!(seen["billing"], "PAY_PER_REQUEST");
    assert_eq!(seen["deletionProtection"], true);
    for (name, function) in resources("AWS::Lambda::Function") {
        let role = function["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        assert_eq!(seen["functions"][&physical[name]], physical[role], "{name} has another role");
        let role = &seen["roles"][&physical[role]];
        assert_eq!(role["inline"].as_array().map(Vec::len), inline_policies(function), "{name}");
        let granted = role["inline"].to_string();
        assert!(!granted.contains("Fn::") && !granted.contains("\"Ref\""), "{name}: {granted}");
    }
}

/// How many inline policies a function's role has.
fn inline_policies(function: &Value) -> Option<usize> {
    let role = resources("AWS::IAM::Role")[function["Role"]["Fn::GetAtt"][0].as_str().unwrap()];
    Some(role["Policies"].as_array().map_or(0, Vec::len))
}

#[tokio::test]
async fn functions_use_exactly_what_their_roles_grant() {
    let moto = Moto::start().await;
    let physical = deploy(&moto, translated());
    let functions = functions(&deployment(&parameters(), physical));
    let lambda = Lambda::start(functions, moto.endpoints(), Vec::new()).await;

    chain::run(&lambda).await;

    let seen = moto.stack(&["describe"]);
    assert!(seen["mailsSent"].as_u64().unwrap() >= 2, "mails: {}", seen["mailsSent"]);
    assert!(seen["archivedEvents"].as_u64().unwrap() >= 5, "events: {}", seen["archivedEvents"]);

    for (function, usage) in lambda.usage().await {
        let usage = usage.lock().unwrap();
        let unused: Vec<_> =
            needed(function).into_iter().filter(|grant| !usage.used.contains(grant)).collect();
        assert!(unused.is_empty(), "{} does not need {unused:#?}", function.name);
    }
}

/// `cargo xtask test --all` only: moto takes a while for each of a hundred large writes.
mod slow {
    use super::*;

    #[tokio::test]
    async fn services_take_the_largest_requests() {
        let moto = Moto::start().await;
        let physical = deploy(&moto, translated());
        let functions = functions(&deployment(&parameters(), physical));
        let lambda = Lambda::start(functions, moto.endpoints(), Vec::new()).await;
        chain::run_largest(&lambda).await;
    }
}

/// The grants that a function must use in this test.
fn needed(function: &Function) -> BTreeSet<(String, Grant)> {
    let statements = function.role.allowed.iter();
    let grants = statements
        .flat_map(|statement| statement.grants().into_iter().map(|grant| (statement.sid.clone(), grant)));
    grants.filter(|(_, grant)| !is_needed_elsewhere(function, grant)).collect()
}

/// What is needed at other times, or by an AWS service.
fn is_needed_elsewhere(function: &Function, (action, resource, conditions): &Grant) -> bool {
    let sender_alone = resource.ends_with("identity/keyturn@example.com");

    if function.binary == "deliver" {
        // Lambda reads the stream with the function's role.
        return resource.ends_with("/stream")
            || (action == "ses:SendEmail" && sender_alone)
            // Only a mail that SES refuses is noted.
            || action == "dynamodb:PutItem";
    }
    if function.binary == "report-leaks" {
        // Only a report that GitHub signed is looked up.
        return action != "dynamodb:PutItem";
    }
    if function.binary == "refresh-session" {
        // A role is refreshed ten minutes after the sign-in, which also reads the session once more.
        return !conditions.iter().any(|value| value == "CREDENTIAL#*" || value == "SESSION#*")
            || ["dynamodb:DeleteItem", "dynamodb:PutItem"].contains(&action.as_str())
            || (action == "dynamodb:UpdateItem" && !conditions.iter().any(|value| value == "seenAt"));
    }
    if ["update-token", "deactivate-token", "start-renewal"].contains(&function.binary.as_str()) {
        // Only a token that was changed meanwhile is read again.
        return action == "dynamodb:GetItem" && conditions == &["TOKEN#*"];
    }
    function.binary == "sweep"
        && (
            // SES requires the address or its domain, whichever is verified.
            (action == "ses:SendEmail" && sender_alone)
            // Only what is due at the same moment is read together.
            || action == "dynamodb:BatchGetItem"
            // Hours before an overlap ends, the sweep checks whether both tokens are in use.
            || (action == "dynamodb:GetItem" && conditions == &["CREDENTIAL#*"])
            // The record of a token that has expired is deleted after the retention time.
            || (action == "dynamodb:UpdateItem" && conditions[0] == "ttl")
            // Only a step that failed makes its token due later.
            || (action == "dynamodb:UpdateItem" && conditions.iter().any(|value| value == "TOKEN#*"))
            // The event of a callback is read again a minute later, and acknowledged alone, if it could not be published at once.
            || (["dynamodb:GetItem", "dynamodb:UpdateItem"].contains(&action.as_str())
                && conditions == &["CALLBACKS#*"])
            // Only a repeated delivery opens the stored request token; the first one has it from the issue.
            || (action == "kms:Decrypt" && conditions == &["request-token"])
        )
}
