//! The configuration of AWS clients: only what a Lambda function needs, so that a cold start is short.
//!
//! The usual configuration looks for credentials and a region in profiles, instance metadata and other services. Lambda
//! passes both in the environment, for as long as the process lives; leaving the rest out makes each binary smaller and its
//! start quicker.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::connections;
use crate::variables::Variables;

/// Attempts of one AWS call, the first included. With the time-outs below, a failing call ends within an API
/// function's 10 seconds.
const ATTEMPTS: u32 = 4;

/// The time limit of one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// The time limit of a call with all its attempts.
const TIMEOUT: Duration = Duration::from_secs(9);

/// The configuration from environment variables.
pub(crate) fn configuration(variables: &Variables) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(ATTEMPT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(TIMEOUT)
        .build();
    let mut sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(variables.get("AWS_REGION").map(Region::new))
        .http_client(connections::http_client(variables))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts)
        // The time limits end a stalled answer, too.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .use_fips(is_on(variables, "AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(is_on(variables, "AWS_USE_DUALSTACK_ENDPOINT"))
        .service_config(variables.clone());
    sdk.set_credentials_provider(credentials(variables));
    sdk.set_endpoint_url(variables.get("AWS_ENDPOINT_URL"));
    sdk.build()
}

/// The credentials of the function's role. Without them every AWS call fails with an error that says so.
fn credentials(variables: &Variables) -> Option<SharedCredentialsProvider> {
    let (id, secret) = (variables.get("AWS_ACCESS_KEY_ID")?, variables.get("AWS_SECRET_ACCESS_KEY")?);
    let session = variables.get("AWS_SESSION_TOKEN");
    Some(SharedCredentialsProvider::new(Credentials::new(id, secret, session, None, "environment")))
}

fn is_on(variables: &Variables, name: &str) -> bool {
    variables.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Settings of single services, such as `AWS_ENDPOINT_URL_DYNAMODB`.
impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        // All SDKs name such variables by the service id in upper case with underscores for spaces.
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.get(&format!("{}_{service}", key.env()))
    }
}
