//! The Lambda function `sweep`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    sweep::serve().await
}
