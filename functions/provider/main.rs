//! The Lambda function `provider`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    keyturn_functions::provider::serve().await
}
