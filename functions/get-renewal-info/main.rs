//! The Lambda function `get-renewal-info`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::get_renewal_info::build).await
}
