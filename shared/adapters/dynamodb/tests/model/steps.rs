//! Random steps: use cases in any order, repeated commits, and reads of everything.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use keyturn_application::callback_message::CallbackMessages;
use keyturn_application::change::ChangeToken;
use keyturn_application::copy_token::CopyToken;
use keyturn_application::create_token::CreateToken;
use keyturn_application::idempotency::{Idempotency, RequestKey};
use keyturn_application::outbox::{Adapters, Outbox};
use keyturn_application::ports::{
    Bound, Commit, CompanyCheck, CredentialStore as _, DeliveryFilter, DueStore as _, History as _, Order,
    Paging, TokenFilter, TokenList as _, TokenStore as _,
};
use keyturn_application::pull::Pull;
use keyturn_application::redeem::Redeem;
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::start_renewal::{Occasion, start_renewal};
use keyturn_application::sweep::{MailRate, Part, Summary, Sweep};
use keyturn_application::test_callback::TestCallback;
use keyturn_application::update_token::UpdateToken;
use keyturn_application::{Context, Failure, deactivate_token};
use keyturn_domain::channel::Channel;
use keyturn_domain::draft::{AutoRenewalDraft, TokenDraft};
use keyturn_domain::edit::{AutoRenewalPatch, Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::history::Actor;
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretString;
use keyturn_domain::token::Status;
use keyturn_domain::{Timestamp, caller::Caller, credential::Credential, lifecycle};
use keyturn_simulation::memory::MemoryTable;
use keyturn_simulation::rng::Rng;
use uuid::Uuid;

use crate::both::Both;
use crate::leaking;
use crate::outside::{Outside, TokenStringEncoder};
use crate::step::Step;
use crate::support::Store;
use crate::support::make::{birth, company, rules, settings, string};

/// One of a few source addresses, or none.
fn address(choice: u64) -> Option<IpAddr> {
    let host = u8::try_from(choice / 3 % 4).unwrap();
    (host > 0).then(|| Ipv4Addr::new(192, 0, 2, host).into())
}

/// Both stores and what goes on outside.
pub(crate) struct World {
    pub(crate) stores: Arc<Both>,
    pub(crate) outside: Arc<Outside>,
    caller: Caller,
    pub(crate) tokens: Vec<TokenId>,
}

impl World {
    pub(crate) fn new(store: Store, seed: u64) -> Self {
        let both = Both {
            table: store.table,
            memory: MemoryTable::default(),
            commits: Mutex::default(),
            begun: AtomicUsize::default(),
        };
        let outside = Outside {
            now: Mutex::new(birth()),
            rng: Mutex::new(Rng::of(&[seed])),
            keys: Mutex::default(),
            failure_rate: Mutex::new(0.3),
            sealer_calls: Mutex::default(),
        };
        let change =
            lifecycle::create(company(), settings(), string(1), None, &rules(), Actor::Operator, birth());
        let caller = Caller::Token(Credential::of(&change.tokens[0]));
        Self { stores: Arc::new(both), outside: Arc::new(outside), caller, tokens: Vec::new() }
    }

    pub(crate) fn context(&self) -> Context {
        Context::new(self.outside.clone(), self.outside.clone())
    }

    fn vault(&self) -> SecretVault {
        SecretVault::new(self.outside.clone(), self.context())
    }

    fn change(&self) -> ChangeToken {
        ChangeToken { tokens: self.stores.clone(), context: self.context() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context().now()
    }

    /// Does one thing. A refusal is an answer too.
    pub(crate) async fn step(&mut self, step: Step, choice: u64) {
        let picked = |count: usize| usize::try_from(choice).unwrap() % count.max(1);
        let id = self.tokens.get(picked(self.tokens.len())).copied();
        match (step, id) {
            (Step::Create, _) | (_, None) => self.create(choice).await,
            (Step::Pass, _) => self.pass(choice),
            (Step::Sweep, _) => self.sweep().await,
            (Step::Again, _) => self.commit_again(choice).await,
            (Step::Redeem, _) => self.redeem(choice).await,
            (Step::Pull, Some(id)) => self.pull(id, choice).await,
            (Step::List, _) => self.list(choice).await,
            (Step::Deliveries, _) => self.deliveries(choice).await,
            (Step::Reschedule | Step::Acknowledge, _) => self.account(step, choice).await,
            (Step::Edit, Some(id)) => self.edit(id, choice).await,
            (Step::Start, Some(id)) => {
                let occasion = if choice.is_multiple_of(3) { Occasion::SuspectedLeak } else { Occasion::Any };
                let _refused = start_renewal(&self.change(), &self.caller, id.into(), occasion).await;
            }
            (Step::Deactivate, Some(id)) => {
                deactivate_token::deactivate(&self.change(), &self.caller, id.into()).await.unwrap();
            }
            (Step::Copy, Some(id)) => {
                let copy = CopyToken { change: self.change(), vault: self.vault(), rules: rules() };
                let _refused = copy.run(&self.caller, id).await;
            }
            (Step::Test, Some(id)) => self.test(id).await,
            (Step::Leak, Some(id)) => leaking::report(self, id, choice).await,
            (Step::Use, Some(id)) => {
                let at = birth() + TimeDelta::hours(i64::try_from(choice % 1_000).unwrap());
                self.stores.record_use(id, at.into()).await.unwrap();
                self.stores.credential(id).await.unwrap();
            }
            (Step::Look, Some(id)) => self.look(id, choice).await,
        }
        self.remember();
    }

    fn remember(&mut self) {
        let commits = self.stores.commits.lock().unwrap();
        for token in commits.iter().rev().take(40).flat_map(|commit| &commit.change.tokens) {
            if !self.tokens.contains(&token.id) {
                self.tokens.push(token.id);
            }
        }
    }

    fn pass(&self, choice: u64) {
        let minutes = [1, 3, 20, 119, 121, 1_439, 1_441, 3_000, 12_000][usize::try_from(choice % 9).unwrap()];
        *self.outside.now.lock().unwrap() += TimeDelta::minutes(minutes);
    }

    async fn create(&self, choice: u64) {
        let create = CreateToken {
            tokens: self.stores.clone(),
            vault: self.vault(),
            rules: rules(),
            context: self.context(),
        };
        let callback = (choice & 1 == 0).then(|| Some("https://example.com/renewals".to_owned()));
        let renewal = AutoRenewalDraft {
            every_days: Some(i64::try_from(choice % 5).unwrap() + 1),
            callback,
            pull: Some(choice & 32 != 0),
        };
        let end = self.now() + TimeDelta::days(9);
        let names = ["partner", "PARTNER two", "Straße", "x"];
        let draft = TokenDraft {
            name: Some(names[usize::try_from(choice % 4).unwrap()].to_owned()),
            rights: Some("READ".to_owned()),
            applications: Some(vec!["ORDERS".to_owned()]),
            expires_at: (choice & 6 == 6).then(|| end.to_rfc3339()),
            auto_renewal: (choice & 8 == 0).then_some(renewal),
            mail_recipient: Some("ops@example.com".to_owned()),
            ..TokenDraft::default()
        };
        let idempotency = Idempotency {
            answers: self.stores.clone(),
            vault: self.vault(),
            context: self.context(),
            encoder: Arc::new(TokenStringEncoder),
            copyable: choice & 32 == 0,
        };
        let key = RequestKey { hash: [u8::try_from(choice % 7).unwrap(); 32], fingerprint: [1; 32] };
        let key = (choice & 16 == 0).then_some(key);
        let none = Faults::default();
        // A repetition is refused when the secrets of its answer are gone.
        let created = create.run(&self.caller, &draft, &none, (&idempotency, key)).await;
        assert!(!matches!(created, Err(Failure::Broken(_))));
    }

    async fn edit(&self, id: TokenId, choice: u64) {
        let update = UpdateToken { change: self.change(), vault: self.vault(), rules: rules() };
        let days = Patch::Set(i64::try_from(choice % 6).unwrap() + 1);
        let auto_renewal = match choice % 3 {
            0 => Patch::Remove,
            1 => Patch::Set(AutoRenewalPatch { every_days: days, ..AutoRenewalPatch::default() }),
            _ => Patch::Keep,
        };
        let description = Patch::Set(format!("number {choice}"));
        let patch = TokenPatch { description, auto_renewal, ..TokenPatch::default() };
        let _refused = update.run(&self.caller, id.into(), &patch, &Faults::default(), None).await;
    }

    async fn test(&self, id: TokenId) {
        let (change, callbacks) = (self.change(), self.outside.clone());
        let test = TestCallback { change, vault: self.vault(), callbacks, rules: rules() };
        let _refused = test.run(&self.caller, id, "https://api.example.com".to_owned()).await;
    }

    async fn redeem(&self, choice: u64) {
        let keys = self.outside.keys.lock().unwrap().clone();
        let Some(key) = keys.get(usize::try_from(choice).unwrap() % keys.len().max(1)) else { return };
        let newest = if choice & 1 == 0 { keys.last().unwrap() } else { key };
        let redeem = Redeem {
            tokens: self.stores.clone(),
            history: self.stores.clone(),
            vault: self.vault(),
            rules: rules(),
            context: self.context(),
        };
        let id = SecretString::parse(keyturn_domain::secret::Kind::Request, newest).unwrap().id();
        let caller = Credential { id, ..self.caller.token().unwrap().clone() };
        let _refused = redeem.run(&caller, newest, None, address(choice)).await;
    }

    async fn pull(&self, id: TokenId, choice: u64) {
        let pull = Pull {
            tokens: self.stores.clone(),
            vault: self.vault(),
            rules: rules(),
            context: self.context(),
        };
        let _refused =
            pull.run(&Credential { id, ..self.caller.token().unwrap().clone() }, None, address(choice)).await;
    }

    async fn sweep(&self) {
        let summary = self.sweep_with(Adapters::new(|_| self.outside.clone())).await;
        assert_eq!(summary.left, 0);
    }

    /// Sweeps with these channels.
    pub(crate) async fn sweep_with(&self, adapters: Adapters) -> Summary {
        let messages = CallbackMessages {
            vault: self.vault(),
            context: self.context(),
            base_url: "https://api.example.com".to_owned(),
        };
        let sweep = Sweep {
            tokens: self.stores.clone(),
            credentials: self.stores.clone(),
            due: self.stores.clone(),
            reports: self.stores.clone(),
            mass_renewals: self.stores.clone(),
            messages,
            vault: self.vault(),
            callbacks: self.outside.clone(),
            outbox: Outbox {
                adapters,
                due: self.stores.clone(),
                tokens: self.stores.clone(),
                mail_limits: None,
                context: self.context(),
            },
            mail_rate: MailRate::per_second(1_000),
            timer: keyturn_environment::Environment::with_variables([]).timer(),
            rules: rules(),
            context: self.context(),
        };
        let summary = sweep.run(Part::ALL, &|| true).await;
        sweep.next_due_after(self.now()).await.unwrap();
        summary
    }

    /// A commit that was made is made again, as it was, or in parts.
    async fn commit_again(&self, choice: u64) {
        let commits = self.stores.commits.lock().unwrap().clone();
        let Some(commit) = commits.get(usize::try_from(choice).unwrap() % commits.len().max(1)) else {
            return;
        };
        let mut commit: Commit = commit.clone();
        if choice & 1 == 0 {
            commit.entry_id = Uuid::from_u128(choice.into());
        }
        // A commit of nothing is none: use cases never make one, and DynamoDB refuses it.
        if choice & 2 == 0 && !commit.change.tokens.is_empty() {
            commit.change.entry = None;
        }
        commit.company = match choice & 12 {
            0 => Some(CompanyCheck::New(company())),
            4 => Some(CompanyCheck::Exists(company())),
            _ => None,
        };
        let _conflict = self.stores.commit(&commit).await;
    }

    async fn account(&self, step: Step, choice: u64) {
        let commits = self.stores.commits.lock().unwrap().clone();
        let commit = commits.get(usize::try_from(choice).unwrap() % commits.len().max(1));
        let Some((id, entry)) =
            commit.and_then(|commit| Some((commit.entry_id, commit.change.entry.as_ref()?)))
        else {
            return;
        };
        let key = self.stores.entry_key(id, entry);
        let Some(mut outbox_entry) = self.stores.outbox_entry(&key).await.unwrap() else { return };
        if step == Step::Reschedule {
            if choice & 1 == 1 {
                outbox_entry.pending = outbox_entry.pending.without(Channel::Event);
            }
            outbox_entry.failures = outbox_entry.failures.with_another(self.now());
            self.stores.reschedule(&outbox_entry, self.now() + TimeDelta::minutes(2)).await.unwrap();
        } else {
            self.stores.acknowledge(&outbox_entry).await.unwrap();
        }
        self.stores.outbox_entry(&key).await.unwrap();
    }

    fn paging(choice: u64, bound: Option<Uuid>) -> Paging {
        let order = if choice & 1 == 0 { Order::Ascending } else { Order::Descending };
        let bound =
            bound.map(|id| if choice & 2 == 0 { Bound::StartingAfter(id) } else { Bound::EndingBefore(id) });
        Paging { size: usize::try_from(choice % 5).unwrap() + 1, order, bound }
    }

    async fn list(&self, choice: u64) {
        let status = [None, Some(Status::Active), Some(Status::Expired), Some(Status::Deactivated)];
        let search = [None, Some("PART"), Some("ss"), Some("ß")];
        let filter = TokenFilter {
            status: status[usize::try_from(choice / 4 % 4).unwrap()],
            application: (choice & 64 == 0).then(|| "ORDERS".to_owned()),
            search: search[usize::try_from(choice / 128 % 4).unwrap()].map(str::to_owned),
        };
        let bound = self.tokens.get(usize::try_from(choice % 11).unwrap()).map(|id| id.uuid());
        let paging = Self::paging(choice, bound);
        self.stores.list(&company(), &filter, paging, self.now()).await.unwrap();
    }

    pub(crate) async fn look(&self, id: TokenId, choice: u64) {
        let Some(token) = self.stores.token(id).await.unwrap() else { return };
        let page = self.stores.activities(&token, Self::paging(choice, None)).await.unwrap();
        let bound = page.items.last().map(|(id, _)| *id);
        self.stores.activities(&token, Self::paging(choice, bound)).await.unwrap();
    }

    async fn deliveries(&self, choice: u64) {
        let filter = DeliveryFilter {
            token: self.tokens.get(usize::try_from(choice % 7).unwrap()).copied(),
            error_only: choice & 1 == 0,
            start: (choice & 2 == 0).then(|| birth() + TimeDelta::days(i64::try_from(choice % 9).unwrap())),
            end: (choice & 4 == 0).then(|| self.now() - TimeDelta::hours(1)),
        };
        let page = self.stores.deliveries(&company(), &filter, Self::paging(choice, None)).await.unwrap();
        for (id, _) in page.items {
            self.stores.delivery(&company(), id).await.unwrap();
        }
    }
}
