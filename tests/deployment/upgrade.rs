//! An upgrade keeps the table's data, and deleting the stack keeps the table, as far as moto can show it; the rest is in
//! `infra/docs/deploy.md`.

use serde_json::{Value, json};

use crate::moto::{deploy, written};
use crate::support::deployment::translated;
use crate::support::services::Moto;

/// The template of an imagined earlier version: without one function, and with less memory for another. moto's
/// CloudFormation can't change a table.
fn earlier() -> Value {
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
async fn update_and_rollback_keep_the_table_and_its_data() {
    let moto = Moto::start().await;
    let first = deploy(&moto, &earlier());
    assert!(!first.contains_key("RenewToken"));
    moto.stack(&["put"]);

    for (template, renews) in [(translated(), true), (&earlier(), false)] {
        let file = written(template);
        let after = moto.stack(&["update", file.path().to_str().unwrap()])["physical"].clone();
        assert_eq!(after["RenewToken"].is_string(), renews);
        for kept in ["Table", "SealingKey", "Sweep", "SweepRole"] {
            assert_eq!(after[kept], first[kept].as_str(), "{kept} was replaced");
        }
        assert_eq!(moto.stack(&["get"])["there"], true);
    }
}

#[tokio::test]
async fn deleting_the_stack_keeps_the_table() {
    let moto = Moto::start().await;
    deploy(&moto, translated());
    assert_eq!(moto.stack(&["delete"])["tableThere"], true);
}
