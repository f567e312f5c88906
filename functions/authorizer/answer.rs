//! Authorizer responses in the formats of API Gateway.
//!
//! All context values are strings: REST APIs allow no nested values.

use std::collections::BTreeMap;

use keyturn_verification::Credential;
use serde::Serialize;

/// The context: `$context.authorizer` in integrations, mapping templates and access logs.
pub(crate) type ResponseContext = BTreeMap<&'static str, String>;

/// An authorization decision.
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    /// The principal id: the token's id.
    pub(crate) principal: String,
    pub(crate) context: ResponseContext,
}

/// An authorizer response.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// For an HTTP API with simple responses.
    Simple(Simple),
    /// For every other API: an IAM policy.
    Policy(Policy),
}

/// A simple response.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Simple {
    is_authorized: bool,
    context: ResponseContext,
}

/// A policy for the requested method and path only, so that a cached one never allows more than was decided.
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
    /// Describes the caller's token.
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
        let moments = [("expiresAt", caller.expires_at), ("renewsAt", caller.renewal.map(|plan| plan.at))];
        for (name, moment) in moments {
            context.extend(moment.map(|at| (name, at.format("%Y-%m-%dT%H:%M:%SZ").to_string())));
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
