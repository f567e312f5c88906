//! A stand-in for a company's identity provider: OpenID Connect with the authorization code flow, for people who sign in with
//! one click. Tests let it misbehave.
//!
//! It knows no passwords and trusts everybody. It keeps what it issues in memory.

mod endpoints;
mod page;
mod signer;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyturn_application::Clock;
use serde_json::{Map, Value, json};

pub use signer::{Signer, signing_input};

/// The client id of the deployment that people sign in to.
pub const CLIENT_ID: &str = "keyturn";

/// The client secret, which everybody knows.
pub const CLIENT_SECRET: &str = "a secret of the local stack only";

/// Where the local stack serves it.
pub(crate) const PATH: &str = "/_local/identity";

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Somebody {
    /// `sub`
    pub subject: &'static str,
    /// `name`
    pub name: &'static str,
    /// `roles`
    pub roles: Vec<String>,
}

/// Makes an ID token out of its claims: what a test forges, it signs itself.
pub type Forge = Arc<dyn Fn(&Signer, Map<String, Value>) -> String + Send + Sync>;

/// What the user info tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserInfo {
    /// There is none: all claims are in the ID token.
    #[default]
    None,
    /// Name, mail address and roles, which the ID token then lacks.
    Own,
    /// The same of another person.
    Of(&'static str),
}

/// The identity provider.
pub struct IdentityProvider {
    issuer: String,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) people: Vec<Somebody>,
    pub(crate) codes: HashMap<String, SignedIn>,
    pub(crate) refresh_tokens: HashMap<String, SignedIn>,
    /// Of whom the user info tells, by access token.
    pub(crate) access_tokens: HashMap<String, &'static str>,
    pub(crate) user_info: UserInfo,
    pub(crate) signer: Signer,
    pub(crate) forge: Option<Forge>,
    /// The issuer that authorization responses name (RFC 9207).
    pub(crate) named_issuer: String,
    pub(crate) out_of_order: bool,
    /// How often the keys were asked for.
    pub(crate) key_requests: usize,
}

/// Somebody who signed in, and for what.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) subject: &'static str,
    pub(crate) session: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    pub(crate) at: i64,
}

impl IdentityProvider {
    /// A provider with this issuer, which is also its address.
    #[must_use]
    pub fn new(issuer: &str, clock: Arc<dyn Clock>) -> Arc<Self> {
        let somebody = |subject, name, role: &[&str]| Somebody {
            subject,
            name,
            roles: role.iter().map(|role| (*role).to_owned()).collect(),
        };
        let state = State {
            people: vec![
                somebody("vera", "Vera Viewer", &["keyturn-viewer"]),
                somebody("otto", "Otto Operator", &["keyturn-operator"]),
                somebody("ada", "Ada Admin", &["keyturn-admin"]),
                somebody("nora", "Nora Norole", &["something-else"]),
            ],
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            access_tokens: HashMap::new(),
            user_info: UserInfo::None,
            signer: Signer::new(),
            forge: None,
            named_issuer: issuer.to_owned(),
            out_of_order: false,
            key_requests: 0,
        };
        Arc::new(Self { issuer: issuer.to_owned(), clock, state: Mutex::new(state) })
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its record in a deployment, for this company.
    #[must_use]
    pub fn record(&self, id: &str, company: &str) -> Value {
        json!({
            "id": id,
            "name": "the local identity provider",
            "issuer": self.issuer,
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "company": company,
            "roleClaim": "roles",
            "roles": {
                "keyturn-viewer": "VIEWER", "keyturn-operator": "OPERATOR", "keyturn-admin": "ADMIN",
            },
        })
    }

    /// Makes the ID tokens from now on in another way.
    pub fn forge(&self, forge: Option<Forge>) {
        self.state().forge = forge;
    }

    /// Gives somebody other roles.
    pub fn set_roles(&self, subject: &str, roles: &[&str]) {
        let mut state = self.state();
        let found = state.people.iter_mut().filter(|somebody| somebody.subject == subject);
        for somebody in found {
            somebody.roles = roles.iter().map(|role| (*role).to_owned()).collect();
        }
    }

    /// Puts claims into the user info instead of the ID token.
    pub fn set_user_info(&self, user_info: UserInfo) {
        self.state().user_info = user_info;
    }

    /// Signs with another key from now on, and publishes only that.
    pub fn rotate_keys(&self) {
        self.state().signer = Signer::new();
    }

    /// Names another issuer in authorization responses.
    pub fn name_issuer(&self, issuer: &str) {
        issuer.clone_into(&mut self.state().named_issuer);
    }

    /// Answers every request with 503, or works again.
    pub fn set_out_of_order(&self, out_of_order: bool) {
        self.state().out_of_order = out_of_order;
    }

    /// How often its keys were asked for.
    #[must_use]
    pub fn key_requests(&self) -> usize {
        self.state().key_requests
    }

    /// The claims of a logout token for somebody, and for one session of theirs.
    #[must_use]
    pub fn logout_claims(&self, subject: &str, session: Option<&str>) -> Map<String, Value> {
        let now = self.now();
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(self.issuer)),
            ("aud".to_owned(), json!(CLIENT_ID)),
            ("sub".to_owned(), json!(subject)),
            ("iat".to_owned(), json!(now)),
            ("exp".to_owned(), json!(now + 120)),
            ("jti".to_owned(), json!(crate::id::new())),
            ("events".to_owned(), json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
        ]);
        claims.extend(session.map(|session| ("sid".to_owned(), json!(session))));
        claims
    }

    /// Signs claims as a token of this type.
    #[must_use]
    pub fn sign(&self, kind: &str, claims: &Map<String, Value>) -> String {
        self.state().signer.sign(kind, claims)
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
