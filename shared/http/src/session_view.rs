//! Sessions, people and the ways to sign in as JSON.

use keyturn_domain::person::{KnownPerson, Person};
use keyturn_domain::provider::Provider;
use keyturn_domain::session::{Session, SessionId};
use keyturn_domain::{Timestamp, limits};
use serde::Serialize;

use crate::view::time;
#[cfg(feature = "openapi")]
use crate::words;

/// A person. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Person"))]
pub struct PersonView {
    /// The person's id, which issuer and subject determine.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// The identity provider's issuer.
    issuer: String,
    /// The provider's id of the person.
    subject: String,
    /// The name as the provider gave it last.
    name: String,
    /// The mail address as the provider gave it last.
    mail: Option<String>,
}

impl PersonView {
    /// A person.
    #[must_use]
    pub fn new(person: &Person) -> Self {
        Self {
            id: person.id().to_string(),
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            name: person.name.clone(),
            mail: person.mail.clone(),
        }
    }
}

/// A session. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Session"))]
pub struct SessionView {
    /// The session's id, which authenticates nobody.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// Who signed in.
    person: PersonView,
    /// The company in which they act.
    company_id: String,
    /// The id of the provider through which they signed in.
    provider: String,
    /// What they may do now.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = words::ROLES)))]
    role: &'static str,
    /// Until when the role holds without a refresh.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    role_holds_until: String,
    /// Until when the sign-in counts as recent; `null` if the provider does not say when it was.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    recent_until: Option<String>,
    /// When it began.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    created_date: String,
    /// When it was last used, exact to a minute.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    last_seen_at: Option<String>,
    /// When it ends at the latest.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    ends_at: String,
    /// Whether it is the caller's own.
    own: bool,
}

impl SessionView {
    /// A session as it is now, seen from a caller with that session.
    #[must_use]
    pub fn new(session: &Session, own: Option<SessionId>, now: Timestamp) -> Self {
        Self {
            id: session.id.to_string(),
            person: PersonView::new(&session.person),
            company_id: session.company.to_string(),
            provider: session.provider.to_string(),
            role: session.role_at(now).as_str(),
            role_holds_until: time(session.role_holds_until()),
            recent_until: session.authenticated_at.map(|at| time(at + limits::RECENT_SIGN_IN)),
            created_date: time(session.created_at),
            last_seen_at: session.seen_at.map(time),
            ends_at: time(session.ends_at),
            own: own == Some(session.id),
        }
    }
}

/// What a company knows of a person. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "KnownPerson"))]
pub struct KnownPersonView {
    /// Who.
    #[serde(flatten)]
    person: PersonView,
    /// The role at the last sign-in or refresh; `null` if the last sign-in was refused for lack of one.
    role: Option<&'static str>,
    /// When they last signed in.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    signed_in_at: Option<String>,
    /// When an administrator barred them.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    barred_at: Option<String>,
    /// Whether they can sign in, as far as is known.
    can_sign_in: bool,
}

impl KnownPersonView {
    /// What is known of a person.
    #[must_use]
    pub fn new(known: &KnownPerson) -> Self {
        Self {
            person: PersonView::new(&known.person),
            role: known.role.map(keyturn_domain::person::Role::as_str),
            signed_in_at: known.signed_in_at.map(time),
            barred_at: known.barred_at.map(time),
            can_sign_in: known.can_sign_in(),
        }
    }
}

/// The ways to sign in to the console. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "WaysToSignIn"))]
pub struct WaysToSignInView {
    /// The identity providers.
    providers: Vec<ProviderView>,
    /// Whether the console takes management tokens.
    token: bool,
    /// Whether the browser has a session's cookie, good or not.
    session: bool,
}

/// An identity provider.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Provider"))]
struct ProviderView {
    /// Its id, for `provider` of the sign-in.
    id: String,
    /// What its button says.
    name: String,
}

impl WaysToSignInView {
    /// These providers, token strings where the deployment allows them, and the session that the browser may have.
    #[must_use]
    pub fn new(providers: &[Provider], token: bool, session: bool) -> Self {
        let view =
            |provider: &Provider| ProviderView { id: provider.id.to_string(), name: provider.name.clone() };
        Self { providers: providers.iter().map(view).collect(), token, session }
    }
}
