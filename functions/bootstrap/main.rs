//! The Lambda function `bootstrap`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    keyturn_functions::bootstrap::serve().await
}
