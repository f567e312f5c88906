//! `GET /applications`: the applications that tokens can be for.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::Failure;
use keyturn_application::authenticate::Authenticate;
use keyturn_domain::access::Need;
use keyturn_domain::credential::Credential;
use keyturn_domain::settings::Catalogue;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_http::view::{ApplicationView, ListView};
use keyturn_http::{Call, Endpoint, Handle, Query, Reply};
use lambda_http::http::StatusCode;

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let edge = environment.edge();
    let handler = Handler { catalogue: environment.rules()?.catalogue };
    Ok(Endpoint::new(Authenticate::new(table, edge), handler))
}

struct Handler {
    catalogue: Catalogue,
}

#[async_trait]
impl Handle for Handler {
    fn need(&self) -> Need {
        Need::Manage
    }

    async fn handle(&self, _caller: &Credential, call: &Call) -> Result<Reply, Failure> {
        Query::of(call).finish()?;
        let items = self.catalogue.names().into_iter().map(ApplicationView::new).collect();
        Ok(Reply::json(StatusCode::OK, &ListView::<ApplicationView<'_>>::new(items))?)
    }
}
