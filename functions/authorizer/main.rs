//! The Lambda function `authorizer`.

// One thread: a small function has less than one processor, and threads are the dearest part of a bare cold start.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    keyturn_functions::authorizer::serve().await
}
