//! The callback log.

mod filters;
mod outcomes;

use crate::support::{ApiClient, ApiResponse, List, Receiver, renewing};

fn log(client: &ApiClient) -> List {
    List::new(client, "/callbacks/logs")
}

/// Creates a token that renews itself after 30 days through a callback.
async fn created(manager: &ApiClient, receiver: &Receiver) -> ApiResponse {
    manager.created(&renewing(receiver)).await
}
