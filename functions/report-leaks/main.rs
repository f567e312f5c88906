//! The program of `POST /leaks` and of GitLab's forms of it.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::report_leaks::build).await
}
