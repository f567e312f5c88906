//! The Lambda function, behind a function URL or an HTTP API.

use keyturn_environment::Environment;
use keyturn_receiver::Receiver;
use lambda_http::service_fn;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::tracing::init_default_subscriber();
    #[expect(clippy::disallowed_methods, reason = "a program's settings")]
    let receiver = &Receiver::new(&Environment::from_process(), |name| std::env::var(name).ok())?;
    lambda_http::run(service_fn(async |request| receiver.answer(request).await)).await
}
