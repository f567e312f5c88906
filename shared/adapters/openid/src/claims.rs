//! From verified claims to an identity.

use std::collections::BTreeMap;

use chrono::SubsecRound as _;
use keyturn_domain::Timestamp;
use keyturn_domain::provider::{CompanyRule, Identity, Provider};
use openidconnect::core::{
    CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, EmptyExtraTokenFields, IdTokenClaims, IdTokenFields, StandardTokenResponse,
    UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Every claim that OpenID Connect has no name for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct OtherClaims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

pub(crate) type Claims = IdTokenClaims<OtherClaims, CoreGenderClaim>;

pub(crate) type IdToken = openidconnect::IdToken<
    OtherClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

pub(crate) type TokenResponse = StandardTokenResponse<
    IdTokenFields<
        OtherClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

pub(crate) type UserInfo = UserInfoClaims<OtherClaims, CoreGenderClaim>;

/// When the provider's session ends (OpenID Connect Enterprise Extensions 1.0).
const SESSION_EXPIRY: &str = "session_expiry";

/// Levels of objects in which claims are looked for: `resource_access.client.roles` has three.
const DEPTH: usize = 4;

/// The identity that the claims of an ID token describe.
pub(crate) fn identity(claims: &Claims) -> Identity {
    let others = &claims.additional_claims().all;
    let seconds = |value: &Value| Timestamp::from_timestamp(value.as_i64()?, 0);
    Identity {
        issuer: claims.issuer().as_str().to_owned(),
        subject: claims.subject().as_str().to_owned(),
        name: claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned()),
        mail: claims.email().map(|mail| mail.as_str().to_owned()),
        claims: flattened(others),
        authenticated_at: claims.auth_time().map(|at| at.trunc_subsecs(0)),
        provider_session: others.get("sid").and_then(Value::as_str).map(str::to_owned),
        session_ends_at: others.get(SESSION_EXPIRY).and_then(seconds),
        renewable: false,
    }
}

/// Somebody of whom nothing but the subject is known yet.
pub(crate) fn unknown(issuer: &str, subject: &str) -> Identity {
    Identity {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        name: None,
        mail: None,
        claims: BTreeMap::new(),
        authenticated_at: None,
        provider_session: None,
        session_ends_at: None,
        renewable: false,
    }
}

/// Whether the claims that the provider's record names are there.
pub(crate) fn says_enough(identity: &Identity, provider: &Provider) -> bool {
    let has = |name: &str| identity.claims.contains_key(name);
    let company = match &provider.company {
        CompanyRule::Only(_) => true,
        CompanyRule::Claim { name, .. } => has(name),
    };
    company && has(&provider.role_claim)
}

/// Adds what the user info says and the ID token does not.
pub(crate) fn add_user_info(identity: &mut Identity, info: &UserInfo) {
    let name = info.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
    identity.name = identity.name.take().or(name);
    identity.mail = identity.mail.take().or_else(|| info.email().map(|mail| mail.as_str().to_owned()));
    for (name, values) in flattened(&info.additional_claims().all) {
        identity.claims.entry(name).or_insert(values);
    }
}

/// The values of claims by name, those within objects by their path.
fn flattened(claims: &Map<String, Value>) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (name, value) in claims {
        collect(name, value, DEPTH, &mut all);
    }
    // A claim whose own name has dots goes before a path.
    for (name, value) in claims {
        if let Some(values) = values(value) {
            all.insert(name.clone(), values);
        }
    }
    all
}

fn collect(path: &str, value: &Value, depth: usize, all: &mut BTreeMap<String, Vec<String>>) {
    if let Some(values) = values(value) {
        all.insert(path.to_owned(), values);
    } else if let (Value::Object(members), 1..) = (value, depth) {
        for (name, value) in members {
            collect(&format!("{path}.{name}"), value, depth - 1, all);
        }
    }
}

/// A text or a list of texts. Anything else, such as a number, maps to nothing.
fn values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => {
            Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_groups_where_each_provider_puts_them() {
        let claims = json!({
            "cognito:groups": ["a"],
            "groups": ["b", 7, "c"],
            "roles": "d",
            "realm_access": { "roles": ["e"] },
            "resource_access": { "keyturn": { "roles": ["f"] } },
            "https://example.com/role": "g",
            "flag": true,
        });
        let Value::Object(claims) = claims else { unreachable!() };
        let flattened = flattened(&claims);
        let of = |name: &str| flattened.get(name).map(|values| values.join(","));
        for (name, expected) in [
            ("cognito:groups", Some("a")),
            ("groups", Some("b,c")),
            ("roles", Some("d")),
            ("realm_access.roles", Some("e")),
            ("resource_access.keyturn.roles", Some("f")),
            ("https://example.com/role", Some("g")),
            ("flag", None),
            ("realm_access", None),
        ] {
            assert_eq!(of(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_claim_with_dots_in_its_name_goes_before_a_path() {
        let Value::Object(claims) = json!({"a.b": "own", "a": {"b": "path"}}) else { unreachable!() };
        assert_eq!(flattened(&claims)["a.b"], ["own"]);
    }
}
