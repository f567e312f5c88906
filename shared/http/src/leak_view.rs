//! Answers to reports of leaks.

use serde::Serialize;

/// A report was taken. Whether any of its strings is known is not said.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Accepted"))]
pub struct AcceptedView {
    /// Always `ACCEPTED`.
    status: &'static str,
}

impl AcceptedView {
    /// The answer.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "nothing is accepted by default")]
    pub const fn new() -> Self {
        Self { status: "ACCEPTED" }
    }
}

/// What a verified partner is told of a string that it reported.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Label"))]
pub struct LabelView {
    /// SHA-256 of the string, in hexadecimal digits.
    token_hash: String,
    /// The type that the partner gave it.
    token_type: String,
    /// `true_positive` if it is a string of this deployment, or was one; else `false_positive`.
    label: &'static str,
}

impl LabelView {
    /// The label of a string with this hash.
    #[must_use]
    pub const fn new(token_hash: String, token_type: String, is_known: bool) -> Self {
        Self { token_hash, token_type, label: if is_known { "true_positive" } else { "false_positive" } }
    }
}

/// The types of strings that GitLab may report.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "TokenTypes"))]
pub struct TokenTypesView {
    /// The identifiers of the rules that find them.
    types: [&'static str; 2],
}

impl TokenTypesView {
    /// The type of a token string.
    pub const FIRST: &str = "gitleaks_rule_id_keyturn_api_access_token";

    /// All of them.
    #[must_use]
    pub const fn all() -> Self {
        Self { types: [Self::FIRST, "gitleaks_rule_id_keyturn_request_token"] }
    }
}
