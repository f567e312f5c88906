//! Items of the list: age and renewal.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{named, tokens};
use crate::support::{ApiClient, DAY, HOUR, Reply, TestStack, assert_no_secrets, id, renewing_token};

/// The list by id; fails unless each item is the same as the token alone and shows no secret.
async fn listed(manager: &ApiClient) -> BTreeMap<String, Value> {
    let items = tokens(manager).items(&[("size", "100")]).await;
    for item in &items {
        assert_no_secrets("an item", &item.to_string());
        assert_eq!(*item, manager.token(&id(item)).await.body);
    }
    items.into_iter().map(|item| (id(&item), item)).collect()
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn shows_the_age() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let old = manager.created(&named("old")).await;
    let age = async |id: &str| {
        let item = listed(&manager).await.remove(id).unwrap();
        (item["ageInDays"].as_i64().unwrap(), item["ageLevel"].as_str().unwrap().to_owned())
    };
    assert_eq!(age(&old.id()).await, (0, "NORMAL".to_owned()));
    let start = old.time("createdDate");
    let months = |count| (start + chrono::Months::new(count) - start).num_seconds();

    stack.advance_to(start, months(6) - HOUR).await;
    assert_eq!(age(&old.id()).await.1, "NORMAL");
    stack.advance_to(start, months(7)).await;
    assert_eq!(age(&old.id()).await, (months(7) / DAY, "ORANGE".to_owned()));
    let younger = manager.created(&named("younger")).await.id();
    stack.advance_to(start, months(13)).await;
    assert_eq!(age(&old.id()).await, (months(13) / DAY, "RED".to_owned()));
    assert_eq!(age(&younger).await.1, "NORMAL");
}

#[tokio::test]
async fn shows_the_state_of_the_renewal() {
    let (stack, receiver, created) = renewing_token().await;
    let manager = stack.manager();
    receiver.always(Reply::Status(500));
    let item = async || listed(&manager).await.remove(&created.id()).unwrap();
    let due = created.time("createdDate") + TimeDelta::days(30);

    let fresh = item().await;
    assert_eq!(time(&fresh["autoRenewal"]["nextRenewalAt"]), due);
    assert_eq!(fresh["autoRenewal"]["callback"], json!({"url": receiver.url()}));
    for absent in ["pendingRenewal", "renewedFrom", "renewedBy", "lastUsedAt", "expiresAt"] {
        assert!(fresh[absent].is_null(), "{absent}");
    }
    assert_eq!((&fresh["status"], &fresh["seriesId"]), (&json!("ACTIVE"), &json!(created.id())));

    stack.advance_to(due, 1).await;
    let failing = item().await["pendingRenewal"].clone();
    let issued = time(&failing["requestedAt"]);
    assert!((0..=1).contains(&(issued - due).num_seconds()), "{failing}");
    assert_eq!(time(&failing["redeemBy"]), issued + TimeDelta::hours(2));
    assert_eq!(time(&failing["nextCallbackAt"]), issued + TimeDelta::hours(24));
    assert_eq!((&failing["attempt"], &failing["lastDelivery"]["success"]), (&json!(1), &json!(false)));
    assert_eq!(time(&failing["lastDelivery"]["at"]), issued);

    receiver.always(Reply::Status(204));
    stack.advance(25 * HOUR).await;
    let pending = item().await["pendingRenewal"].clone();
    assert_eq!((&pending["attempt"], &pending["lastDelivery"]["success"]), (&json!(2), &json!(true)));
    assert_eq!(time(&pending["requestedAt"]), issued + TimeDelta::hours(24));

    let string = stack.client_of(&created).redeemed(&receiver.request_token()).await;
    assert!(stack.client(&string).is_authenticated().await);
    let old = item().await;
    let new = listed(&manager).await.remove(old["renewedBy"].as_str().unwrap()).unwrap();
    assert!(old["pendingRenewal"].is_null() && old["autoRenewal"].is_null(), "{old}");
    assert!(old["lastUsedAt"].is_string() && new["lastUsedAt"].is_string(), "{old} {new}");
    assert_eq!(time(&old["expiresAt"]), time(&new["createdDate"]) + TimeDelta::hours(24));
    assert_eq!((&new["renewedFrom"], &new["seriesId"]), (&old["id"], &old["seriesId"]));
    assert_eq!(time(&new["autoRenewal"]["nextRenewalAt"]), time(&new["createdDate"]) + TimeDelta::days(30));
    stack.advance(DAY + 1).await;
    assert_eq!(item().await["status"], "EXPIRED");
}
