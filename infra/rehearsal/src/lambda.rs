//! The receiver for Lambda behind a port of this machine: the same handler that Lambda runs, without the runtime around it.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use keyturn_environment::Environment;
use keyturn_receiver::Receiver;
use tokio::net::TcpListener;

/// Serves it until the process is killed.
pub(crate) async fn serve() -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a program's settings")]
    let receiver = Receiver::new(&Environment::from_process(), |name| std::env::var(name).ok())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("Listening: http://{}", listener.local_addr()?);
    let app = Router::new().fallback(answer).with_state(Arc::new(receiver));
    Ok(axum::serve(listener, app).await?)
}

/// A failed invocation is a 502, as a function URL makes it.
async fn answer(State(receiver): State<Arc<Receiver>>, request: axum::extract::Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST };
    let request = lambda_http::Request::from_parts(parts, lambda_http::Body::Binary(body.to_vec()));
    receiver.answer(request).await.unwrap_or_else(|error| {
        eprintln!("failed: {error:#}");
        StatusCode::BAD_GATEWAY
    })
}
