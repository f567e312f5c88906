//! Lambda authorizer: lets requests to a company's own APIs through if their token is good for them.
//!
//! Nothing is remembered between two requests. `infra/docs/authorizer.md` tells how to set it up, and what a cache in the
//! gateway would do to it.

mod answer;
mod event;
mod protected;

use std::sync::Arc;

use keyturn_application::Context;
use keyturn_dynamodb::Credentials;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_verification::{Credential, Denied, Ended, Verifier, VerifyError, rights_for};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};

pub use answer::Answer;
use answer::{Decision, ResponseContext};
pub use event::Event;
use event::Target;
pub use protected::Protected;
use protected::Unclear;

/// Which application is where: the function's parameter.
const PROTECTED: &str = "KEYTURN_PROTECTED_APPLICATIONS";

/// How HTTP APIs are answered: the function's parameter.
const RESPONSES: &str = "KEYTURN_HTTP_API_RESPONSES";

/// The function.
pub struct Authorizer {
    verifier: Verifier,
    context: Context,
    protected: Protected,
    responses: Responses,
}

/// How an HTTP API wants to be answered. The event doesn't tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Responses {
    /// `EnableSimpleResponses: true`.
    Simple,
    /// `EnableSimpleResponses: false`.
    Policy,
}

/// Why a request gets no decision. The text is for API Gateway, which knows the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDecision {
    /// A REST API answers 401 to exactly this text, and to a policy never.
    #[error("Unauthorized")]
    Unauthorized,
    /// Nobody is let in while nobody can be asked; the gateway answers 500.
    #[error("the token can't be verified at the moment")]
    Unavailable,
    /// An event of no form that API Gateway documents.
    #[error("this is no event of a Lambda authorizer")]
    UnknownEvent,
}

impl From<NoDecision> for Diagnostic {
    fn from(reason: NoDecision) -> Self {
        Self { error_type: format!("{reason:?}"), error_message: reason.to_string() }
    }
}

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Authorizer, ConfigurationError> {
    let protected = Protected::parse(&environment.optional(PROTECTED).unwrap_or_default())
        .map_err(|problem| ConfigurationError::new(PROTECTED, problem))?;
    let responses = match environment.optional(RESPONSES).as_deref() {
        None | Some("simple") => Responses::Simple,
        Some("policy") => Responses::Policy,
        Some(_) => return Err(ConfigurationError::new(RESPONSES, "must be simple or policy")),
    };
    let verifier = Verifier::over(Arc::new(Credentials::from_environment(environment)?));
    Ok(Authorizer::new(verifier, environment.context(), protected, responses))
}

impl Authorizer {
    /// An authorizer that verifies like this.
    #[must_use]
    pub const fn new(
        verifier: Verifier,
        context: Context,
        protected: Protected,
        responses: Responses,
    ) -> Self {
        Self { verifier, context, protected, responses }
    }

    /// Decides.
    pub async fn answer(&self, event: &Event) -> Result<Answer, NoDecision> {
        let target = event.target().ok_or(NoDecision::UnknownEvent)?;
        let decision = match self.verifier.verify(event.token_string(), self.context.now()).await {
            Ok(caller) => self.judge(&caller, &target, event),
            Err(VerifyError::Denied(denied)) if event.is_http_api() => Decision::denied(&denied),
            Err(VerifyError::Denied(denied)) => {
                tracing::info!(request_id = event.request_id(), reason = reason(&denied), "unauthorized");
                return Err(NoDecision::Unauthorized);
            }
            Err(VerifyError::Unavailable(error)) => {
                let request_id = event.request_id();
                tracing::error!(request_id, error = &error as &dyn std::error::Error, "not verified");
                return Err(NoDecision::Unavailable);
            }
        };
        decision.log(event.request_id());
        Ok(match (event.is_http_api(), self.responses) {
            (true, Responses::Simple) => decision.simple(),
            (true, Responses::Policy) | (false, _) => decision.policy(target.arn),
        })
    }

    /// Whether a caller whose token is good may do it.
    fn judge(&self, caller: &Credential, target: &Target<'_>, event: &Event) -> Decision {
        let mut context = Decision::describe(caller);
        let application = self.protected.application(target.path, event.application_of_stage());
        let allowed = application.map_err(|unclear| (unclear_reason(unclear), unclear.to_string())).and_then(
            |application| {
                keyturn_domain::access::permit_use(caller, application, rights_for(target.method))
                    .map_err(|denied| (reason(&denied), denied.to_string()))
            },
        );
        if let Err((reason, detail)) = &allowed {
            context.extend(explain(reason, detail.clone()));
        }
        Decision { allowed: allowed.is_ok(), principal: caller.id.to_string(), context }
    }
}

impl Decision {
    fn denied(denied: &Denied) -> Self {
        let context = ResponseContext::from(explain(reason(denied), denied.to_string()));
        Self { allowed: false, principal: "nobody".to_owned(), context }
    }

    /// One line for what was refused. What was allowed is the gateway's access log's to tell: a line for each request
    /// would cost more than the read.
    fn log(&self, request_id: &str) {
        if let Some(reason) = self.context.get("reason") {
            tracing::info!(request_id, reason, token = self.principal, "denied");
        }
    }
}

fn explain(reason: &str, detail: String) -> [(&'static str, String); 2] {
    [("reason", reason.to_owned()), ("detail", detail)]
}

/// The word for a refusal, the API's own error code where it has one.
const fn reason(denied: &Denied) -> &'static str {
    match denied {
        Denied::Unauthenticated => "UNAUTHENTICATED",
        Denied::Ended(Ended::Expired(_)) => "EXPIRED",
        Denied::Ended(Ended::Renewed(_)) => "RENEWED",
        Denied::Ended(Ended::Deactivated(_)) => "DEACTIVATED",
        Denied::ApplicationMissing(_) => "APPLICATION_MISSING",
        Denied::ReadOnly => "READ_ONLY_TOKEN",
    }
}

const fn unclear_reason(unclear: Unclear) -> &'static str {
    match unclear {
        Unclear::NotConfigured => "NO_APPLICATION_CONFIGURED",
        Unclear::Ambiguous => "AMBIGUOUS_PATH",
    }
}

/// Runs under the Lambda runtime.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let authorizer = build(&Environment::start()).await?;
    authorizer.verifier.warm_up().await;
    let authorizer = &authorizer;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| authorizer.answer(&event.payload).await))
        .await
}

#[cfg(test)]
mod tests;
