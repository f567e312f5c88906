//! Identity providers: what a deployment accepts from each, and the decision from verified claims to company and role.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::Timestamp;
use crate::fault::{FaultCode, Faults, Violation};
use crate::ids::{CompanyId, Malformed};
use crate::person::{Person, Role};
use crate::secret::Sealed;

/// The id of a provider, `[a-z0-9-]{1,50}`: part of its redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(String);

impl ProviderId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ProviderId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        text.parse::<CompanyId>().map(|id| Self(id.as_str().to_owned()))
    }
}

/// An OpenID Connect provider that people sign in through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its id in this deployment.
    pub id: ProviderId,
    /// What its button says.
    pub name: String,
    /// Its issuer, exactly as its tokens have it.
    pub issuer: String,
    /// The client id that it gave this deployment.
    pub client_id: String,
    /// The client secret; public clients have none.
    pub client_secret: Option<Sealed>,
    /// Scopes to ask for besides `openid`.
    pub scopes: Vec<String>,
    /// How a person's company is found.
    pub company: CompanyRule,
    /// The claim that holds roles or groups; a dot leads into an object.
    pub role_claim: String,
    /// Which value of that claim gives which role.
    pub roles: BTreeMap<String, Role>,
}

/// How a person's company is found. Whatever the rule, a provider asserts no company but those that are named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyRule {
    /// Everybody belongs to this company.
    Only(CompanyId),
    /// A claim says it, by these values.
    Claim {
        /// The claim; a dot leads into an object.
        name: String,
        /// Which value stands for which company.
        values: BTreeMap<String, CompanyId>,
    },
}

impl CompanyRule {
    /// The companies that the provider may assert.
    #[must_use]
    pub fn companies(&self) -> Vec<&CompanyId> {
        match self {
            Self::Only(company) => vec![company],
            Self::Claim { values, .. } => {
                let mut all: Vec<_> = values.values().collect();
                all.sort();
                all.dedup();
                all
            }
        }
    }
}

/// What a provider has asserted of a person, with its signature verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// `name`, if the provider gives it.
    pub name: Option<String>,
    /// `email`, if the provider gives it.
    pub mail: Option<String>,
    /// The values of every claim, by name; members of objects by their path with dots.
    pub claims: BTreeMap<String, Vec<String>>,
    /// `auth_time`, if the provider gives it.
    pub authenticated_at: Option<Timestamp>,
    /// `sid`, if the provider gives it.
    pub provider_session: Option<String>,
    /// `session_expiry`, if the provider gives it.
    pub session_ends_at: Option<Timestamp>,
    /// Whether the provider gave a refresh token.
    pub renewable: bool,
}

impl fmt::Debug for Identity {
    /// Without the claims, which are personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Who may sign in, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub person: Person,
    /// In which company.
    pub company: CompanyId,
    /// As what.
    pub role: Role,
}

/// Why somebody whom a provider vouches for may not sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedSignIn {
    /// The provider asserts no company that it may assert.
    #[error("the provider asserts no company that it may assert")]
    CompanyNotAllowed,
    /// The provider asserts several companies, and a session is of one.
    #[error("the provider asserts several companies")]
    SeveralCompanies,
    /// No claim gives a role.
    #[error("no claim gives a role")]
    NoRole,
    /// An administrator has barred the person.
    #[error("an administrator has barred the person")]
    Barred,
}

impl RefusedSignIn {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::CompanyNotAllowed, Self::SeveralCompanies, Self::NoRole, Self::Barred];

    /// The reason as a code for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CompanyNotAllowed => "COMPANY_NOT_ALLOWED",
            Self::SeveralCompanies => "SEVERAL_COMPANIES",
            Self::NoRole => "NO_ROLE",
            Self::Barred => "BARRED",
        }
    }
}

/// Characters of a name or address that is kept; a provider's value beyond that is cut.
const SHOWN_CHARACTERS: usize = 200;

impl Provider {
    /// The company and role of a person whom this provider vouches for.
    ///
    /// Only the claims that the provider's record names are looked at: never the mail address or `preferred_username`, which
    /// a person may be able to choose.
    pub fn decide(&self, identity: &Identity) -> Result<Grant, RefusedSignIn> {
        let (person, company) = (identity.person(), self.company_of(identity)?);
        let role = self.role_of(identity).ok_or(RefusedSignIn::NoRole)?;
        Ok(Grant { person, company, role })
    }

    /// The highest role that the claims give.
    fn role_of(&self, identity: &Identity) -> Option<Role> {
        identity.values(&self.role_claim).iter().filter_map(|value| self.roles.get(value)).max().copied()
    }

    /// The company that the claims say, of those that the provider may assert.
    pub fn company_of(&self, identity: &Identity) -> Result<CompanyId, RefusedSignIn> {
        let (name, values) = match &self.company {
            CompanyRule::Only(company) => return Ok(company.clone()),
            CompanyRule::Claim { name, values } => (name, values),
        };
        let mut companies: Vec<_> =
            identity.values(name).iter().filter_map(|value| values.get(value)).collect();
        companies.sort();
        companies.dedup();
        match companies.as_slice() {
            [] => Err(RefusedSignIn::CompanyNotAllowed),
            [company] => Ok((*company).clone()),
            _ => Err(RefusedSignIn::SeveralCompanies),
        }
    }
}

impl Identity {
    /// The person.
    #[must_use]
    pub fn person(&self) -> Person {
        Person {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            name: shown(self.name.as_deref().or(self.mail.as_deref()).unwrap_or(&self.subject)),
            mail: self.mail.as_deref().map(shown).filter(|mail| !mail.is_empty()),
        }
    }

    fn values(&self, claim: &str) -> &[String] {
        self.claims.get(claim).map_or(&[], Vec::as_slice)
    }
}

/// A text of a provider as people are shown it: without control and invisible formatting characters, and not too long.
fn shown(text: &str) -> String {
    let visible = text.trim().chars().filter(|character| !crate::settings::is_hidden(*character));
    visible.take(SHOWN_CHARACTERS).collect()
}

/// A provider as an operator writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderDraft {
    /// Its id.
    pub id: String,
    /// What its button says; the id if not given.
    pub name: Option<String>,
    /// Its issuer.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// Scopes besides `openid`.
    pub scopes: Vec<String>,
    /// The one company, if no claim says it.
    pub company: Option<String>,
    /// The claim that says the company.
    pub company_claim: Option<String>,
    /// Which of its values stands for which company.
    pub companies: BTreeMap<String, String>,
    /// The claim that says the role.
    pub role_claim: String,
    /// Which of its values gives which role.
    pub roles: BTreeMap<String, String>,
}

impl ProviderDraft {
    /// Applies the rules. `plain_http` allows issuers on this machine without TLS.
    pub fn parse(&self, client_secret: Option<Sealed>, plain_http: bool) -> Result<Provider, Faults> {
        let mut faults = Faults::default();
        let id = faults.take("id", &self.id, self.id.parse().map_err(|Malformed| invalid_id()));
        faults.take("issuer", &self.issuer, parse_issuer(&self.issuer, plain_http));
        for (field, text) in [("clientId", &self.client_id), ("roleClaim", &self.role_claim)] {
            if text.trim().is_empty() {
                faults.add(field, Violation::required());
            }
        }
        let roles = self.parse_roles(&mut faults);
        let company = self.parse_company(&mut faults);
        match (id, company) {
            (Some(id), Some(company)) if faults.is_empty() => Ok(Provider {
                name: self.name.clone().unwrap_or_else(|| self.id.clone()),
                id,
                issuer: self.issuer.clone(),
                client_id: self.client_id.clone(),
                client_secret,
                scopes: self.scopes.clone(),
                company,
                role_claim: self.role_claim.clone(),
                roles,
            }),
            _ => Err(faults),
        }
    }

    fn parse_roles(&self, faults: &mut Faults) -> BTreeMap<String, Role> {
        let mut roles = BTreeMap::new();
        for (value, role) in &self.roles {
            let parsed = role.parse().map_err(|Malformed| {
                Violation::new(FaultCode::UnsupportedValue, "must be VIEWER, OPERATOR or ADMIN")
            });
            roles.extend(faults.take("roles", role, parsed).map(|role: Role| (value.clone(), role)));
        }
        if self.roles.is_empty() {
            faults.add("roles", Violation::required());
        }
        roles
    }

    fn parse_company(&self, faults: &mut Faults) -> Option<CompanyRule> {
        let company = |faults: &mut Faults, field: &str, text: &str| {
            let error = "must have 1 to 50 of the characters a-z, 0-9 and -";
            let parsed = text.parse().map_err(|Malformed| Violation::new(FaultCode::InvalidCompanyId, error));
            faults.take(field, text, parsed)
        };
        match (&self.company, &self.company_claim) {
            (Some(only), None) => company(faults, "company", only).map(CompanyRule::Only),
            (None, Some(name)) => {
                let mut values = BTreeMap::new();
                for (value, id) in &self.companies {
                    values.extend(company(faults, "companies", id).map(|id| (value.clone(), id)));
                }
                if self.companies.is_empty() {
                    faults.add("companies", Violation::required());
                }
                Some(CompanyRule::Claim { name: name.clone(), values })
            }
            (None, None) => {
                faults.add("company", Violation::required());
                None
            }
            (Some(_), Some(_)) => {
                let error = "excludes companyClaim";
                faults.add("company", Violation::new(FaultCode::MutuallyExclusive, error));
                None
            }
        }
    }
}

fn invalid_id() -> Violation {
    Violation::new(FaultCode::InvalidId, "must have 1 to 50 of the characters a-z, 0-9 and -")
}

/// An issuer is an https URL without query and fragment (OpenID Connect Discovery 1.0, section 3).
fn parse_issuer(text: &str, plain_http: bool) -> Result<(), Violation> {
    let invalid = || Violation::new(FaultCode::InvalidUrl, "must be a URL without query and fragment");
    let url = url::Url::parse(text).map_err(|_| invalid())?;
    if url.query().is_some() || url.fragment().is_some() || url.host().is_none() {
        return Err(invalid());
    }
    let is_loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(_)) | None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if plain_http && is_loopback => Ok(()),
        _ => Err(Violation::new(FaultCode::HttpsRequired, "must begin with https://")),
    }
}
