//! What API Gateway is answered, in the form that it expects.
//!
//! Every value of a context is a text, because REST APIs allow nothing that is nested.

use std::collections::BTreeMap;

use keyturn_verification::Credential;
use serde::Serialize;

/// What integrations, mapping templates and access logs see as `$context.authorizer`.
pub(crate) type ResponseContext = BTreeMap<&'static str, String>;

/// Who may do it, or why not.
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    /// Whom the gateway takes the caller for: a token's id.
    pub(crate) principal: String,
    pub(crate) context: ResponseContext,
}

/// An answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of an HTTP API with simple responses.
    Simple(Simple),
    /// Of every other API: an IAM policy.
    Policy(Policy),
}

/// Yes or no.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Simple {
    is_authorized: bool,
    context: ResponseContext,
}

/// A policy for the one request that was asked about, so that it says too little rather than too much should anybody cache
/// it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    principal_id: String,
    policy_document: Document,
    context: ResponseContext,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: String,
}

impl Decision {
    /// What is known of a caller.
    pub(crate) fn describe(caller: &Credential) -> ResponseContext {
        let applications: Vec<_> = caller.applications.names().collect();
        let mut context = ResponseContext::from([
            ("companyId", caller.company.to_string()),
            ("tokenId", caller.id.to_string()),
            ("seriesId", caller.series.to_string()),
            ("name", caller.name.as_str().to_owned()),
            ("rights", caller.rights.as_str().to_owned()),
            ("applications", applications.join(",")),
        ]);
        if let Some(end) = caller.expires_at {
            context.insert("expiresAt", end.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
        context
    }

    pub(crate) fn simple(self) -> Answer {
        Answer::Simple(Simple { is_authorized: self.allowed, context: self.context })
    }

    pub(crate) fn policy(self, arn: &str) -> Answer {
        let statement = Statement {
            action: "execute-api:Invoke",
            effect: if self.allowed { "Allow" } else { "Deny" },
            resource: arn.to_owned(),
        };
        Answer::Policy(Policy {
            principal_id: self.principal,
            policy_document: Document { version: "2012-10-17", statement: [statement] },
            context: self.context,
        })
    }
}
