//! The functions, called in this process as the Lambda runtime calls them.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail};
use keyturn_application::Failure;
use keyturn_environment::Environment;
use keyturn_functions::ROUTES;
use keyturn_functions::sweep::Sweep;
use keyturn_functions::{bootstrap, sweep};
use keyturn_http::Endpoint;
use lambda_http::http::{Method, Request};
use lambda_http::{Body, RequestExt as _};
use serde_json::{Value, json};

/// The functions that a management token calls, and the scheduled one.
pub(crate) struct Api {
    management_token: String,
    /// By the functions' names.
    endpoints: HashMap<&'static str, Endpoint>,
    pub(crate) sweep: Sweep,
}

/// A request without its authorization.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) id: Option<&'a str>,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: String,
}

impl Call<'_> {
    pub(crate) const fn get() -> Self {
        Self { method: Method::GET, id: None, headers: &[], query: &[], body: String::new() }
    }

    pub(crate) fn post(body: &Value) -> Self {
        Self { method: Method::POST, body: body.to_string(), ..Self::get() }
    }
}

impl<'a> Call<'a> {
    pub(crate) fn of(self, id: &'a str) -> Self {
        Self { id: Some(id), ..self }
    }
}

/// The company that measurements are made in.
pub(crate) const COMPANY: &str = "acme";

impl Api {
    /// Builds the functions and creates a company.
    pub(crate) async fn build(environment: &Environment) -> Result<Self> {
        let request = |allow_existing_company| bootstrap::Request {
            company_id: COMPANY.to_owned(),
            token_name: None,
            allow_existing_company,
        };
        let bootstrap = bootstrap::build(environment).await?;
        let created = match bootstrap.run(request(false)).await {
            Err(Failure::Refused(_)) => bootstrap.run(request(true)).await?,
            created => created?,
        };
        let mut endpoints = HashMap::new();
        for route in ROUTES {
            endpoints.insert(route.function, (route.build)(environment).await?);
        }
        Ok(Self { management_token: created.token, endpoints, sweep: sweep::build(environment).await? })
    }

    /// Calls a function with the management token; anything but success is an error.
    pub(crate) async fn call(&self, function: &str, call: Call<'_>) -> Result<Value> {
        self.call_as(&self.management_token, function, call).await
    }

    /// The same with another token.
    pub(crate) async fn call_as(&self, token: &str, function: &str, call: Call<'_>) -> Result<Value> {
        let mut request = Request::builder()
            .method(call.method)
            .uri("/")
            .header("authorization", format!("Bearer {token}"))
            .header("host", "keyturn.example.com");
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::Text(call.body))?;
        if !call.query.is_empty() {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![(*value).to_owned()]);
            request =
                request.with_query_string_parameters(call.query.iter().map(owned).collect::<HashMap<_, _>>());
        }
        if let Some(id) = call.id {
            request = request.with_path_parameters(HashMap::from([("id".to_owned(), vec![id.to_owned()])]));
        }
        let endpoint = self.endpoints.get(function).with_context(|| format!("no function {function}"))?;
        let response = endpoint.answer(request).await;
        let status = response.status();
        let Body::Text(body) = response.into_body() else { bail!("an answer without a text") };
        if !status.is_success() {
            bail!("{function} answered {status}: {body}");
        }
        Ok(serde_json::from_str(&body)?)
    }

    pub(crate) async fn create(&self, token: &Value) -> Result<Value> {
        self.call("create-token", Call::post(token)).await
    }

    pub(crate) async fn redeem(&self, request_token: &str) -> Result<Value> {
        self.call("request-renewed-token", Call::post(&json!({"requestToken": request_token}))).await
    }
}
