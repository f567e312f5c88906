//! The end of a run: what asks for it, and how long the last things may take.

use std::{future::Future, time::Duration};

use crate::error::StartError;

/// How long the services may take once no request runs any more; nobody uses them then.
pub(crate) const SERVICES_GRACE: Duration = Duration::from_millis(300);

/// Ends at Ctrl-C or when the process is told to terminate; both are caught from here on.
#[cfg(unix)]
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>, StartError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Runtime)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Runtime)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends at Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>, StartError> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
