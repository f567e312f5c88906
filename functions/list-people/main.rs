//! The Lambda function `list-people`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::list_people::build).await
}
