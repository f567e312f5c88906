//! An upgrade keeps what is in the table, and nobody deletes it by accident. That's as far as moto goes; what AWS does
//! besides is in `infra/docs/deploy.md`.

use serde_json::{Value, json};

use crate::moto::{deploy, written};
use crate::support::deployment::translated;
use crate::support::services::Moto;

/// The template as a version before this one might have had it: without a function, and with less memory for another.
/// moto's CloudFormation can't change a table.
fn before() -> Value {
    let mut template = translated().clone();
    let resources = template["Resources"].as_object_mut().unwrap();
    resources.retain(|name, _| !name.starts_with("RenewToken"));
    resources["Api"]["Properties"]["Body"]["paths"]
        .as_object_mut()
        .unwrap()
        .remove("/apiAccessTokens/{id}/renew");
    resources["Sweep"]["Properties"]["MemorySize"] = json!(128);
    template
}

#[tokio::test]
async fn an_update_and_the_way_back_keep_the_table_with_what_is_in_it() {
    let moto = Moto::start().await;
    let first = deploy(&moto, &before());
    assert!(!first.contains_key("RenewToken"));
    moto.stack(&["put"]);

    for (template, renews) in [(translated(), true), (&before(), false)] {
        let file = written(template);
        let after = moto.stack(&["update", file.path().to_str().unwrap()])["physical"].clone();
        assert_eq!(after["RenewToken"].is_string(), renews);
        for kept in ["Table", "SealingKey", "Sweep", "SweepRole", "DeadLetters"] {
            assert_eq!(after[kept], first[kept].as_str(), "{kept} was replaced");
        }
        assert_eq!(moto.stack(&["get"])["there"], true);
    }
}

#[tokio::test]
async fn the_table_outlives_its_stack() {
    let moto = Moto::start().await;
    deploy(&moto, translated());
    assert_eq!(moto.stack(&["delete"])["tableThere"], true);
}
