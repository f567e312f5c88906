//! The Lambda function `deliver`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    keyturn_functions::deliver::serve().await
}
