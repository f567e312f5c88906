//! Lambda authorizer: allows requests to a company's own APIs if their token is valid and has the required rights.
//!
//! Nothing is cached between requests. `infra/docs/authorizer.md` describes the set-up and the effect of the gateway's cache.

mod answer;
mod event;
mod near_miss;
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
use protected::{Place, Unclear};

/// Parameter: the application of each path.
const PROTECTED: &str = "KEYTURN_PROTECTED_APPLICATIONS";

/// Parameter: the response format for HTTP APIs.
const RESPONSES: &str = "KEYTURN_HTTP_API_RESPONSES";

/// The authorizer.
pub struct Authorizer {
    verifier: Verifier,
    context: Context,
    protected: Protected,
    responses: Responses,
}

/// The response format that an HTTP API expects. The event does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Responses {
    /// `EnableSimpleResponses: true`.
    Simple,
    /// `EnableSimpleResponses: false`.
    Policy,
}

/// Why there is no decision. API Gateway receives the text and interprets the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDecision {
    /// A REST API answers 401 only for exactly this error text, never for a policy.
    #[error("Unauthorized")]
    Unauthorized,
    /// Fails closed if the store is unreachable; the gateway answers 500.
    #[error("the token can't be verified at the moment")]
    Unavailable,
    /// The event has no documented format.
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
    /// Creates an authorizer.
    #[must_use]
    pub const fn new(
        verifier: Verifier,
        context: Context,
        protected: Protected,
        responses: Responses,
    ) -> Self {
        Self { verifier, context, protected, responses }
    }

    /// Authorizes a request.
    pub async fn answer(&self, event: &Event) -> Result<Answer, NoDecision> {
        let target = event.target().ok_or(NoDecision::UnknownEvent)?;
        let (string, from) = (event.token_string(), event.source_address());
        let decision = match self.verifier.verify_from(string, from, self.context.now()).await {
            Ok(caller) => self.authorize(&caller, &target, event),
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

    /// Checks application and rights of a caller with a valid token.
    fn authorize(&self, caller: &Credential, target: &Target<'_>, event: &Event) -> Decision {
        let mut context = Decision::describe(caller);
        let place = Place { api: target.api, path: target.path, of_stage: event.application_of_stage() };
        let application = self.protected.application(place);
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

    /// Logs a denial. Allowed requests are in the gateway's access log; a log line for each would cost more than the read.
    fn log(&self, request_id: &str) {
        if let Some(reason) = self.context.get("reason") {
            tracing::info!(request_id, reason, token = self.principal, "denied");
        }
    }
}

fn explain(reason: &str, detail: String) -> [(&'static str, String); 2] {
    [("reason", reason.to_owned()), ("detail", detail)]
}

/// The reason code: the API's error code where there is one.
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
        Unclear::Contradiction => "CONTRADICTORY_APPLICATIONS",
    }
}

/// Runs the function in the Lambda runtime.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let authorizer = build(&Environment::start()).await?;
    authorizer.verifier.warm_up().await;
    let authorizer = &authorizer;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| authorizer.answer(&event.payload).await))
        .await
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
