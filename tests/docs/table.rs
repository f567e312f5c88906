//! How each command of the pages is checked: it runs here, something else runs the same, or nothing here can. In any case
//! `commands.rs` looks at its program and options. The README's tour has a test of its own, which runs whole blocks.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::commands::{commands, split};
use crate::pages::root;
use crate::run::built;
use crate::tour;

/// A module of `run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Programs,
    Local,
    Aws,
    Clients,
}

/// How a command is checked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// By running it. This must stand in what it prints.
    Run(By, &'static str),
    /// This test starts the same program, and says how.
    Tested(&'static str),
    /// This step of `cargo xtask test` is or runs it.
    Step(&'static str),
    /// It can't run here, for this reason.
    LookedUp(&'static str),
}

use By::{Aws, Clients, Local, Programs};
use How::{LookedUp, Run, Step, Tested};

const ACCOUNT: &str = "it needs an account";
const REPOSITORY: &str = "it needs the address of a repository";

/// Each command once, on however many pages it stands.
const TABLE: &[(&str, How)] = &[
    // What runs on this machine alone.
    ("cargo run -- --help", Run(Programs, "Runs all of Keyturn on this machine")),
    ("cargo xtask --help", Run(Programs, "Usage: cargo xtask")),
    ("cargo xtask bench --only units", Run(Programs, "a whole automatic renewal")),
    ("cargo xtask simulate --seeds 1000", Run(Programs, "seeds x 365 days: 0 violations")),
    ("cargo xtask simulate headline", Run(Programs, "| clients locked out |")),
    (
        "cargo xtask simulate --seed 7 --days 12 --tokens 5 --faults 5 --keep 1f3a77b2,9c01d4e8 --journal --no-shrink",
        Run(Programs, "1 seeds x 12 days: 0 violations"),
    ),
    (
        "cargo run -- --standing-clock --in-memory --port 0",
        Tested("one_that_stands_goes_only_where_it_is_moved"),
    ),
    ("cargo run", Tested("the_tour_of_the_readme_goes_as_it_says")),
    ("cargo xtask crash", Tested("killed_at_random_moments_every_answer_stays_true")),
    ("cargo xtask load", Tested("many_clients_at_once_get_no_errors")),
    ("cargo xtask rehearse python", Tested("the_one_in_python_never_loses_its_token")),
    ("cargo xtask rehearse node", Tested("the_one_for_node_never_loses_its_token")),
    ("cargo xtask rehearse rust", Tested("the_one_for_lambda_never_loses_its_token")),
    ("cargo xtask openapi", Tested("the_file_is_what_is_made_here")),
    ("cargo xtask schemathesis --max-examples 1500 --seed 1", Tested("the_api_keeps_its_description")),
    ("cargo xtask test", Step("test")),
    ("cargo xtask test --only simulation", Step("simulation")),
    ("cargo xtask test --only structure", Step("structure")),
    ("npm ci", Step("tools")),
    ("cargo xtask bench", LookedUp("it measures optimised programs, which take minutes to build")),
    (
        "cargo xtask bench --only cold",
        LookedUp("it measures optimised programs, which take minutes to build"),
    ),
    ("cargo xtask screenshots", LookedUp("it writes pictures anew that somebody has to look at")),
    // The functions under their emulator, and what invokes them.
    ("cargo run -- --services-only", Run(Local, "EventBridge: http://127.0.0.1:")),
    ("cargo xtask lambda watch --env-file .keyturn/functions.env", Run(Local, "starting Runtime server")),
    (
        "cargo xtask lambda invoke bootstrap --data-file infra/events/bootstrap.json",
        Run(Local, r#""token":"kat_"#),
    ),
    ("cargo xtask lambda invoke sweep --data-file infra/events/schedule.json", Run(Local, r#""left":0"#)),
    (
        r#"aws lambda invoke --function-name BOOTSTRAP --cli-binary-format raw-in-base64-out --payload '{"companyId": "acme"}' /dev/stdout"#,
        Run(Local, r#""token":"kat_"#),
    ),
    ("aws lambda invoke --function-name …Sweep… /dev/stdout", Run(Local, r#""left":0"#)),
    // Clients that are generated from the description.
    (
        "openapi-python-client generate --url http://127.0.0.1:8080/openapi.json",
        Run(Clients, "/keyturn-client"),
    ),
    ("npx @hey-api/openapi-ts -i http://127.0.0.1:8080/openapi.json -o client", Run(Clients, "Done!")),
    // A deployment. What SAM would make is made by moto.
    (
        "aws cloudformation describe-stacks --stack-name STACK --query 'Stacks[0].Outputs'",
        Run(Aws, "BootstrapCommand"),
    ),
    (
        "aws dynamodb restore-table-to-point-in-time --source-table-name OLD --target-table-name keyturn-restored --restore-date-time 2026-01-31T12:00:00Z --sse-specification-override Enabled=true,SSEType=KMS,KMSMasterKeyId=KEY",
        Run(Aws, "keyturn-restored"),
    ),
    (
        "aws dynamodb update-time-to-live --table-name keyturn-restored --time-to-live-specification AttributeName=ttl,Enabled=true",
        Run(Aws, r#""AttributeName": "ttl""#),
    ),
    (
        "aws dynamodb update-continuous-backups --table-name keyturn-restored --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        Run(Aws, r#""PointInTimeRecoveryStatus": "ENABLED""#),
    ),
    (
        "aws dynamodb update-table --table-name keyturn-restored --deletion-protection-enabled",
        Run(Aws, r#""DeletionProtectionEnabled": true"#),
    ),
    (
        "target/tools/deployment/bin/python infra/deployment/translate.py template.yaml Table SealingKey > import.json",
        Run(Aws, ""),
    ),
    (
        r#"aws cloudformation create-change-set --stack-name keyturn-2 --change-set-name import --change-set-type IMPORT --template-body file://import.json --parameters ParameterKey=MailSender,ParameterValue=ADDRESS --resources-to-import '[{"ResourceType":"AWS::DynamoDB::Table","LogicalResourceId":"Table","ResourceIdentifier":{"TableName":"keyturn-restored"}}, {"ResourceType":"AWS::KMS::Key","LogicalResourceId":"SealingKey","ResourceIdentifier":{"KeyId":"KEY"}}]'"#,
        Run(Aws, r#""StackId""#),
    ),
    ("aws cloudformation execute-change-set --stack-name keyturn-2 --change-set-name import", Run(Aws, "")),
    ("aws scheduler list-schedules", Run(Aws, r#""Schedules""#)),
    ("aws kms describe-key --key-id alias/STACK --query KeyMetadata.KeyId", Run(Aws, "-")),
    ("aws kms rotate-key-on-demand --key-id KEY", Run(Aws, r#""KeyId""#)),
    ("aws events list-archives --query 'Archives[].ArchiveName'", Run(Aws, "keyturn-Archive-")),
    (
        "aws events describe-archive --archive-name NAME --query '[ArchiveArn, EventSourceArn]'",
        Run(Aws, ":archive/keyturn-Archive-"),
    ),
    (
        "aws events start-replay --replay-name once-more --event-source-arn ARCHIVE --destination Arn=BUS --event-start-time 2026-01-31T12:00:00Z --event-end-time 2026-01-31T13:00:00Z",
        Run(Aws, r#""State": "STARTING""#),
    ),
    // moto can't delete a stack whose table refuses to be deleted, and so the test doesn't ask for more than that.
    ("aws cloudformation delete-stack --stack-name STACK", Tested("the_table_outlives_its_stack")),
    ("cargo xtask sam", Tested("sam_builds_for_arm64")),
    ("cargo xtask sam build", Tested("sam_builds_for_arm64")),
    ("sam build", Tested("sam_builds_for_arm64")),
    ("cargo xtask sam deploy", LookedUp(ACCOUNT)),
    ("cargo xtask sam deploy --guided", LookedUp(ACCOUNT)),
    ("cargo xtask sam deploy --parameter-overrides RetentionDays=800", LookedUp(ACCOUNT)),
    ("cargo xtask sam deploy --stack-name keyturn-2", LookedUp(ACCOUNT)),
    ("sam deploy --guided --config-file .samconfig.toml", LookedUp(ACCOUNT)),
    ("git clone … keyturn", LookedUp(REPOSITORY)),
    ("cd keyturn", LookedUp(REPOSITORY)),
    ("git pull", LookedUp(REPOSITORY)),
    ("git checkout PREVIOUS", LookedUp(REPOSITORY)),
];

/// The commands of the pages in their order, each once, but those of the tour.
fn named() -> Vec<String> {
    let mut snippets = commands();
    snippets.retain(|(place, text)| {
        !(place.starts_with("README.md:") && tour::BLOCKS.iter().any(|start| text.starts_with(start)))
    });
    let mut seen = BTreeSet::new();
    let mut named = split(&snippets);
    named.retain(|command| seen.insert(command.clone()));
    named
}

/// The commands that a module of `run` runs, in the pages' order, each with what it must print.
pub(crate) fn of(by: By) -> Vec<(String, &'static str)> {
    let expected = |command: &String| {
        TABLE.iter().find_map(|(text, how)| match how {
            Run(runner, says) if *runner == by && *text == command => Some(*says),
            _ => None,
        })
    };
    let run: Vec<_> = named().into_iter().filter_map(|it| expected(&it).map(|says| (it, says))).collect();
    assert!(!run.is_empty(), "no page has a command for {by:?}");
    run
}

#[test]
fn every_command_of_the_pages_is_in_the_table_and_no_other() {
    let listed: Vec<_> = TABLE.iter().map(|(command, _)| (*command).to_owned()).collect();
    let (listed_once, named): (BTreeSet<_>, BTreeSet<_>) =
        (listed.iter().cloned().collect(), named().into_iter().collect());
    assert_eq!(listed.len(), listed_once.len(), "a command is there twice");
    let (unlisted, unnamed): (Vec<_>, Vec<_>) =
        (named.difference(&listed_once).collect(), listed_once.difference(&named).collect());
    assert!(unlisted.is_empty(), "on a page, and not in the table: {unlisted:#?}");
    assert!(unnamed.is_empty(), "in the table, and on no page: {unnamed:#?}");
}

#[test]
fn whatever_runs_a_command_instead_is_there() {
    let sources = sources();
    let steps = Command::new(built("xtask")).args(["test", "--list"]).output().unwrap().stdout;
    let steps = String::from_utf8(steps).unwrap();
    for (command, how) in TABLE {
        let there = match how {
            Run(..) => true,
            Tested(name) => sources.contains(&format!("fn {name}()")),
            Step(name) => steps.lines().any(|line| line.split_whitespace().next() == Some(*name)),
            LookedUp(reason) => !reason.is_empty(),
        };
        assert!(there, "{command}: {how:?}");
    }
}

/// All sources of Rust, one after the other.
fn sources() -> String {
    fn collect(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                collect(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut text = String::new();
    for folder in ["functions", "infra", "shared", "tests"] {
        collect(&root().join(folder), &mut text);
    }
    text
}
