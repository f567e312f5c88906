//! What an introspection tells of a token, as JSON.

use keyturn_domain::credential::Credential;
use serde::Serialize;

/// The answer (RFC 7662, section 2.2). One and the same for everything that isn't active, so that nobody learns more about a
/// string than that. Fields may be added.
#[derive(Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Introspection"))]
pub enum IntrospectionView {
    /// Not a token of this company, or no longer good.
    Inactive(Inactive),
    /// A token that is good.
    Active(Box<Active>),
}

/// Not a token of this company, or no longer good.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "InactiveToken"))]
pub struct Inactive {
    /// Always `false`.
    #[cfg_attr(feature = "openapi", schemars(extend("const" = false)))]
    active: bool,
}

/// The members that the RFC names, filled so: who acts is the series, which stays the same when the token is renewed; on
/// whose behalf, the company.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "ActiveToken"))]
pub struct Active {
    /// Always `true`.
    #[cfg_attr(feature = "openapi", schemars(extend("const" = true)))]
    active: bool,
    /// The rights and the applications, separated by spaces.
    scope: String,
    /// The id of the token's series.
    client_id: String,
    /// The company.
    sub: String,
    /// The address of this API.
    iss: String,
    /// The id of the token.
    jti: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// When the token was created, in seconds since 1970.
    iat: i64,
    /// When the token ends, in seconds since 1970, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "i64"))]
    exp: Option<i64>,
    /// When the token renews itself, in seconds since 1970, if it does. No member of the RFC.
    #[serde(rename = "renewsAt", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "i64"))]
    renews_at: Option<i64>,
}

impl IntrospectionView {
    /// A token that is good, asked about at this address.
    #[must_use]
    pub fn active(token: &Credential, issuer: String) -> Self {
        let scope: Vec<_> =
            std::iter::once(token.rights.as_str()).chain(token.applications.names()).collect();
        Self::Active(Box::new(Active {
            active: true,
            scope: scope.join(" "),
            client_id: token.series.to_string(),
            sub: token.company.to_string(),
            iss: issuer,
            jti: token.id.to_string(),
            token_type: "Bearer",
            iat: token.created_at.timestamp(),
            exp: token.expires_at.map(|end| end.timestamp()),
            renews_at: token.renewal.map(|plan| plan.at.timestamp()),
        }))
    }

    /// Anything else.
    #[must_use]
    pub const fn inactive() -> Self {
        Self::Inactive(Inactive { active: false })
    }
}
