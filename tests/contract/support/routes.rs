//! The routes of the route table, as the tests compare them.

use std::collections::BTreeSet;

use keyturn_functions::routes::ROUTES;

/// Every route, such as `GET /apiAccessTokens/{id}`.
pub(crate) fn routes() -> BTreeSet<String> {
    ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect()
}
