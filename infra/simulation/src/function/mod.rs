//! One invocation of a function: its ports may fail, and it may crash at any call.

mod external;
mod port_call;
mod store;

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
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
use keyturn_application::mass_renewals::StartRenewals;
use keyturn_application::outbox::{Adapters, Outbox};
use keyturn_application::pull::Pull;
use keyturn_application::redeem::Redeem;
use keyturn_application::renew_token::RenewToken;
use keyturn_application::report_leaks::ReportLeaks;
use keyturn_application::rotate_secret::RotateSecret;
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::sweep::{MailRate, Sweep};
use keyturn_application::test_callback::TestCallback;
use keyturn_application::update_token::UpdateToken;
use keyturn_application::{Clock, Context, Randomness, Timer};
use keyturn_domain::Timestamp;

use crate::lock;
use crate::rng::Rng;
use crate::world::World;

use port_call::CrashPoint;
pub use port_call::Service;
pub(crate) use port_call::crashing_call;

/// The public address of the simulated API.
pub const BASE_URL: &str = "https://api.example.com";

/// The timeout of an API function, as in the template.
pub const API_TIMEOUT: TimeDelta = TimeDelta::seconds(15);

/// The timeout of the scheduled function, as in the template.
pub const SWEEP_TIMEOUT: TimeDelta = TimeDelta::seconds(120);

/// A sweep starts no item this close to its deadline.
const TIME_RESERVE: TimeDelta = TimeDelta::seconds(25);

/// The pace of mails.
const MAILS_PER_SECOND: u32 = 14;

/// One invocation; implements all ports of the function.
pub struct Invocation {
    world: Arc<World>,
    /// Its site: the actor and a running number.
    site: Vec<u64>,
    rng: Mutex<Rng>,
    calls: AtomicU32,
    fault_count: AtomicU32,
    /// Where it crashes, if at all.
    crash_point: Option<CrashPoint>,
    crashed: AtomicBool,
    started: Timestamp,
    deadline: Timestamp,
}

impl Invocation {
    /// An invocation at this site with this timeout.
    #[must_use]
    pub fn new(world: &Arc<World>, site: &[u64], timeout: TimeDelta) -> Arc<Self> {
        let started = world.executor.now();
        Arc::new(Self {
            world: Arc::clone(world),
            site: site.to_vec(),
            rng: Mutex::new(world.faults.rng(site)),
            calls: AtomicU32::new(0),
            fault_count: AtomicU32::new(0),
            crash_point: CrashPoint::of(world, site),
            crashed: AtomicBool::new(false),
            started,
            deadline: started + timeout,
        })
    }

    /// Runs the function. `None`: it crashed.
    pub async fn invoke<T>(self: &Arc<Self>, function: impl Future<Output = T>) -> Option<T> {
        let mut function = pin!(function);
        let result = poll_fn(|context| match function.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if self.crashed.load(Ordering::Relaxed) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        if result.is_none() {
            self.world.record(1, || format!("{} crashes", self.name()));
        }
        result
    }

    /// Whether a fault that excuses an error was injected.
    #[must_use]
    pub fn had_faults(&self) -> bool {
        self.fault_count.load(Ordering::Relaxed) > 0
    }

    /// When it started.
    #[must_use]
    pub const fn started(&self) -> Timestamp {
        self.started
    }

    /// A name for the log.
    #[must_use]
    pub fn name(&self) -> String {
        let site: Vec<_> = self.site.iter().map(|part| format!("{part:x}")).collect();
        format!("run {}", site.join("."))
    }

    /// Stops for good: `invoke` drops the future of a crashed invocation.
    async fn crash(&self) -> ! {
        self.crashed.store(true, Ordering::Relaxed);
        pending().await
    }
}

impl Clock for Invocation {
    fn now(&self) -> DateTime<Utc> {
        self.world.executor.now()
    }
}

impl Randomness for Invocation {
    fn fill(&self, bytes: &mut [u8]) {
        lock(&self.rng).fill(bytes);
    }
}

#[async_trait]
impl Timer for Invocation {
    fn elapsed(&self) -> Duration {
        (self.world.executor.now() - Timestamp::UNIX_EPOCH).to_std().unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        // The virtual clock counts whole milliseconds, and a wait must not end early.
        let millis = duration.as_nanos().div_ceil(1_000_000);
        self.world.executor.wait_millis(i64::try_from(millis).unwrap_or(i64::MAX)).await;
    }
}

/// The use cases of one invocation, wired to its ports.
pub struct UseCases(pub Arc<Invocation>);

impl UseCases {
    fn context(&self) -> Context {
        Context::new(self.0.clone(), self.0.clone())
    }

    fn vault(&self) -> SecretVault {
        SecretVault::new(self.0.clone(), self.context())
    }

    fn rules(&self) -> keyturn_domain::rules::Rules {
        self.0.world.rules.clone()
    }

    /// Authenticates the caller.
    #[must_use]
    pub fn authenticate(&self) -> Authenticate {
        Authenticate::new(self.0.clone(), self.context())
    }

    /// What all use cases that change one token share.
    #[must_use]
    pub fn change(&self) -> ChangeToken {
        ChangeToken { tokens: self.0.clone(), context: self.context() }
    }

    /// Replays saved responses.
    #[must_use]
    pub fn idempotency(&self) -> Idempotency {
        Idempotency {
            answers: self.0.clone(),
            vault: self.vault(),
            context: self.context(),
            encoder: Arc::new(TokenStringEncoder),
            copyable: self.rules().copyable,
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
        GetToken { tokens: self.0.clone() }
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

    /// `POST /apiAccessTokens/startRenewals`
    #[must_use]
    pub fn start_renewals(&self) -> StartRenewals {
        StartRenewals { mass_renewals: self.0.clone(), context: self.context() }
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

    /// `POST /leaks` and `POST /revoke`
    #[must_use]
    pub fn report(&self) -> ReportLeaks {
        ReportLeaks { reports: self.0.clone(), context: self.context() }
    }

    /// `POST /apiAccessTokens/self/renew`
    #[must_use]
    pub fn pull(&self) -> Pull {
        Pull { tokens: self.0.clone(), vault: self.vault(), rules: self.rules(), context: self.context() }
    }

    /// The scheduled function.
    #[must_use]
    pub fn sweep(&self) -> Sweep {
        let ports = &self.0;
        let messages =
            CallbackMessages { vault: self.vault(), context: self.context(), base_url: BASE_URL.to_owned() };
        let adapters = Adapters::new(|channel| Arc::new(external::Delivery(ports.clone(), channel)));
        Sweep {
            tokens: ports.clone(),
            credentials: ports.clone(),
            due: ports.clone(),
            reports: ports.clone(),
            mass_renewals: ports.clone(),
            messages,
            vault: self.vault(),
            callbacks: ports.clone(),
            outbox: Outbox {
                adapters,
                due: ports.clone(),
                tokens: ports.clone(),
                mail_limits: None,
                context: self.context(),
            },
            mail_rate: MailRate::per_second(MAILS_PER_SECOND),
            timer: ports.clone(),
            rules: self.rules(),
            context: self.context(),
        }
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.context().now()
    }

    /// Whether there is time for another item.
    pub fn in_time(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let invocation = self.0.clone();
        move || invocation.world.executor.now() + TIME_RESERVE < invocation.deadline
    }
}

/// Saves only the token string, which is all that the clients of the simulation use.
struct TokenStringEncoder;

impl CreatedEncoder for TokenStringEncoder {
    fn encode(&self, created: &Created) -> Result<String, keyturn_application::PortError> {
        Ok(created.string.expose().to_owned())
    }
}
