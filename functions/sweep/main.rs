//! The Lambda function `sweep`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    keyturn_functions::sweep::serve().await
}
