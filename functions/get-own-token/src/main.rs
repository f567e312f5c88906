//! The Lambda function `get-own-token`.

#[tokio::main]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(get_own_token::build).await
}
