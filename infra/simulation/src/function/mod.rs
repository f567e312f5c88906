//! One invocation of a function: it's built, runs against ports that may fail, and may die at any call.

mod fault;
mod outside;
mod store;

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use chrono::{DateTime, TimeDelta, Utc};
use keyturn_application::authenticate::Authenticate;
use keyturn_application::callback_message::CallbackMessages;
use keyturn_application::change::ChangeToken;
use keyturn_application::copy_token::CopyToken;
use keyturn_application::create_token::CreateToken;
use keyturn_application::created::{Created, CreatedEncoder};
use keyturn_application::get_token::GetToken;
use keyturn_application::idempotency::Idempotency;
use keyturn_application::list_tokens::ListTokens;
use keyturn_application::redeem::Redeem;
use keyturn_application::renew_token::RenewToken;
use keyturn_application::rotate_secret::RotateSecret;
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::sweep::{Outbox, Sweep};
use keyturn_application::test_callback::TestCallback;
use keyturn_application::update_token::UpdateToken;
use keyturn_application::{Clock, Context, Randomness};
use keyturn_domain::Timestamp;

use crate::lock;
use crate::rng::Rng;
use crate::world::World;

pub use fault::Service;

/// The public address of the API in this world.
pub const BASE_URL: &str = "https://api.example.com";

/// How long an API function may run, as the template says.
pub const API_LIMIT: TimeDelta = TimeDelta::seconds(15);

/// How long the scheduled function may run, as the template says.
pub const SWEEP_LIMIT: TimeDelta = TimeDelta::seconds(120);

/// No item of a sweep is begun this close to its limit.
const RESERVE: TimeDelta = TimeDelta::seconds(25);

/// One invocation. It's what stands behind all ports of the function.
pub struct Run {
    world: Arc<World>,
    /// Its place in the world: who runs for the how manyeth time.
    place: Vec<u64>,
    rng: Mutex<Rng>,
    calls: AtomicU32,
    faults: AtomicU32,
    /// The call at which it dies, and whether that call takes effect first.
    doom: Option<(u32, bool)>,
    dead: AtomicBool,
    started: Timestamp,
    limit: Timestamp,
}

impl Run {
    /// An invocation at this place of the world that may take that long.
    #[must_use]
    pub fn new(world: &Arc<World>, place: &[u64], limit: TimeDelta) -> Arc<Self> {
        let started = world.executor.now();
        Arc::new(Self {
            world: Arc::clone(world),
            place: place.to_vec(),
            rng: Mutex::new(world.chance.rng(place)),
            calls: AtomicU32::new(0),
            faults: AtomicU32::new(0),
            doom: fault::doom(world, place),
            dead: AtomicBool::new(false),
            started,
            limit: started + limit,
        })
    }

    /// Runs the function. `None`: it died.
    pub async fn invoke<T>(self: &Arc<Self>, function: impl Future<Output = T>) -> Option<T> {
        let mut function = pin!(function);
        let result = poll_fn(|context| match function.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if self.dead.load(Ordering::Relaxed) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        if result.is_none() {
            self.world.note(1, || format!("{} dies", self.name()));
        }
        result
    }

    /// Whether anything was done to this invocation that excuses an error.
    #[must_use]
    pub fn was_disturbed(&self) -> bool {
        self.faults.load(Ordering::Relaxed) > 0
    }

    /// When it began.
    #[must_use]
    pub const fn started(&self) -> Timestamp {
        self.started
    }

    /// The invocation in words.
    #[must_use]
    pub fn name(&self) -> String {
        let place: Vec<_> = self.place.iter().map(|part| format!("{part:x}")).collect();
        format!("run {}", place.join("."))
    }

    /// Stops for good; whoever polls this invocation sees it and lets go of it.
    async fn die(&self) -> ! {
        self.dead.store(true, Ordering::Relaxed);
        pending().await
    }
}

impl Clock for Run {
    fn now(&self) -> DateTime<Utc> {
        self.world.executor.now()
    }
}

impl Randomness for Run {
    fn fill(&self, bytes: &mut [u8]) {
        lock(&self.rng).fill(bytes);
    }
}

/// The use cases of one invocation, joined with its ports.
pub struct Functions(pub Arc<Run>);

impl Functions {
    fn context(&self) -> Context {
        Context::new(self.0.clone(), self.0.clone())
    }

    fn vault(&self) -> SecretVault {
        SecretVault::new(self.0.clone(), self.context())
    }

    fn rules(&self) -> keyturn_domain::rules::Rules {
        self.0.world.rules.clone()
    }

    /// Finds out who calls.
    #[must_use]
    pub fn authenticate(&self) -> Authenticate {
        Authenticate::new(self.0.clone(), self.context())
    }

    /// What calls that change one token have in common.
    #[must_use]
    pub fn change(&self) -> ChangeToken {
        ChangeToken { tokens: self.0.clone(), credentials: self.0.clone(), context: self.context() }
    }

    /// Gives answers again.
    #[must_use]
    pub fn idempotency(&self) -> Idempotency {
        Idempotency {
            answers: self.0.clone(),
            vault: self.vault(),
            context: self.context(),
            encoder: Arc::new(TokenStringEncoder),
        }
    }

    /// `POST /apiAccessTokens`
    #[must_use]
    pub fn create(&self) -> CreateToken {
        CreateToken {
            tokens: self.0.clone(),
            vault: self.vault(),
            rules: self.rules(),
            context: self.context(),
        }
    }

    /// `GET /apiAccessTokens/{id}`
    #[must_use]
    pub fn get(&self) -> GetToken {
        GetToken { tokens: self.0.clone(), credentials: self.0.clone() }
    }

    /// `GET /apiAccessTokens`
    #[must_use]
    pub fn list(&self) -> ListTokens {
        ListTokens { list: self.0.clone(), context: self.context() }
    }

    /// `PATCH /apiAccessTokens/{id}`
    #[must_use]
    pub fn update(&self) -> UpdateToken {
        UpdateToken { change: self.change(), vault: self.vault(), rules: self.rules() }
    }

    /// `GET /apiAccessTokens/{id}/token`
    #[must_use]
    pub fn copy(&self) -> CopyToken {
        CopyToken { change: self.change(), vault: self.vault(), rules: self.rules() }
    }

    /// `POST /apiAccessTokens/{id}/renew`
    #[must_use]
    pub fn renew(&self) -> RenewToken {
        RenewToken { change: self.change(), vault: self.vault(), rules: self.rules() }
    }

    /// `POST /apiAccessTokens/{id}/callback/rotateSecret`
    #[must_use]
    pub fn rotate(&self) -> RotateSecret {
        RotateSecret { change: self.change(), vault: self.vault() }
    }

    /// `POST /apiAccessTokens/{id}/callback/test`
    #[must_use]
    pub fn test(&self) -> TestCallback {
        let callbacks = self.0.clone();
        TestCallback { change: self.change(), vault: self.vault(), callbacks, rules: self.rules() }
    }

    /// `POST /apiAccessTokens/requestRenewedToken`
    #[must_use]
    pub fn redeem(&self) -> Redeem {
        Redeem {
            tokens: self.0.clone(),
            history: self.0.clone(),
            vault: self.vault(),
            rules: self.rules(),
            context: self.context(),
        }
    }

    /// The scheduled function.
    #[must_use]
    pub fn sweep(&self) -> Sweep {
        let run = &self.0;
        let messages =
            CallbackMessages { vault: self.vault(), context: self.context(), base_url: BASE_URL.to_owned() };
        Sweep {
            tokens: run.clone(),
            credentials: run.clone(),
            due: run.clone(),
            messages,
            vault: self.vault(),
            callbacks: run.clone(),
            outbox: Outbox::new(|channel| Arc::new(outside::Delivery(run.clone(), channel))),
            rules: self.rules(),
            context: self.context(),
        }
    }

    /// Now, as the invocation's clock shows it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.context().now()
    }

    /// Whether the invocation has time to begin another item.
    pub fn in_time(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let run = self.0.clone();
        move || run.world.executor.now() + RESERVE < run.limit
    }
}

/// Saves the token string alone: all that a client of the simulation looks at.
struct TokenStringEncoder;

impl CreatedEncoder for TokenStringEncoder {
    fn encode(&self, created: &Created) -> Result<String, keyturn_application::PortError> {
        Ok(created.string.expose().to_owned())
    }
}
