//! The Lambda function `bootstrap`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    bootstrap::serve().await
}
