//! The sweep's calls of the sealer, and its handling of a delivery that is refused for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use keyturn_application::PortError;
use keyturn_application::outbox::Adapters;
use keyturn_application::ports::{
    Deliver, DeliveryOutcome, DueStore as _, History as _, Order, OutboxEntry, Paging, TokenStore as _,
};
use keyturn_domain::channel::Channel;
use keyturn_domain::history::Action;

use crate::step::Step;
use crate::steps::World;
use crate::support::Store;

/// The choice of a token that renews itself daily through a callback, and of one that does so every other day without.
const WITH_CALLBACK: u64 = 0;
const WITHOUT_CALLBACK: u64 = 1;

/// Choices of `Step::Pass`.
const MINUTES_3: u64 = 1;
const DAY_1: u64 = 6;
const DAYS_2: u64 = 7;

async fn world(token: u64, passed: u64) -> World {
    let mut world = World::new(Store::start().await, 1);
    world.step(Step::Create, token).await;
    world.step(Step::Pass, passed).await;
    world.outside.sealer_calls.lock().unwrap().clear();
    world
}

async fn sealer_calls(world: &mut World) -> Vec<(&'static str, &'static str)> {
    world.step(Step::Sweep, 0).await;
    std::mem::take(&mut world.outside.sealer_calls.lock().unwrap())
}

#[tokio::test]
async fn only_a_retry_unseals_the_request_token() {
    let mut world = world(WITH_CALLBACK, DAY_1).await;
    *world.outside.failure_rate.lock().unwrap() = 1.0;
    assert_eq!(sealer_calls(&mut world).await, [("seal", "request-token"), ("open", "signing-secret")]);

    world.step(Step::Pass, MINUTES_3).await;
    assert_eq!(sealer_calls(&mut world).await, [("open", "request-token"), ("open", "signing-secret")]);
    let sent = world.outside.keys.lock().unwrap();
    assert!(sent.len() == 2 && sent[0] == sent[1], "{sent:?}");
}

/// A channel that counts its deliveries and refuses them for good.
#[derive(Default)]
struct Refusing(AtomicU32);

#[async_trait]
impl Deliver for Refusing {
    async fn deliver(&self, _: &OutboxEntry) -> Result<DeliveryOutcome, PortError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(DeliveryOutcome::Refused(PortError::bare("no such address")))
    }
}

#[tokio::test]
async fn a_refused_mail_is_noted_in_the_history_and_not_sent_again() {
    let world = world(WITHOUT_CALLBACK, DAYS_2).await;
    *world.outside.failure_rate.lock().unwrap() = 0.0;
    let mail = Arc::new(Refusing::default());
    let adapters = Adapters::new(|channel| match channel {
        Channel::Event => world.outside.clone(),
        Channel::Mail => mail.clone(),
    });
    // The second run finds nothing to do.
    for (failed_mails, renewed) in [(1, 1), (0, 0)] {
        let summary = world.sweep_with(adapters.clone()).await;
        assert_eq!((summary.failed_mails, summary.renewed, summary.failed), (failed_mails, renewed, 0));
    }
    assert_eq!(mail.0.load(Ordering::Relaxed), 1);

    let commits = world.stores.commits.lock().unwrap().clone();
    let mut actions = Vec::new();
    for commit in &commits {
        let entry = commit.change.entry.as_ref().unwrap();
        let key = world.stores.entry_key(commit.entry_id, entry);
        assert_eq!(world.stores.outbox_entry(&key).await.unwrap(), None, "{entry:?} is pending");
        actions.push(entry.action.clone());
    }
    let renewed = Action::Renewed(keyturn_domain::history::RenewalMethod::Schedule);
    assert_eq!(actions, [Action::Created, renewed, Action::MailRefused]);

    let token = world.stores.token(commits[0].change.tokens[0].id).await.unwrap().unwrap();
    let page = Paging { size: 1, order: Order::Descending, bound: None };
    let newest = world.stores.activities(&token, page).await.unwrap();
    assert_eq!(newest.items[0].1.action, Action::MailRefused);
}
