//! The functions, called in this process as the Lambda runtime calls them.

use anyhow::{Context as _, Result, bail};
use keyturn_environment::Environment;
use keyturn_functions::sweep::Sweep;
use keyturn_http::Endpoint;
use lambda_http::http::{Method, Request};
use lambda_http::{Body, RequestExt as _};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What is called with a management token.
pub struct Api {
    manager: String,
    pub(crate) create: Endpoint,
    pub(crate) get: Endpoint,
    pub(crate) list: Endpoint,
    pub(crate) update: Endpoint,
    pub(crate) copy: Endpoint,
    pub(crate) deactivate: Endpoint,
    pub(crate) renew: Endpoint,
    pub(crate) redeem: Endpoint,
    pub(crate) introspect: Endpoint,
    /// The scheduled function.
    pub sweep: Sweep,
}

/// A request without its caller.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) id: Option<&'a str>,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: String,
}

impl Call<'_> {
    pub(crate) const fn get() -> Self {
        Self { method: Method::GET, id: None, headers: &[], body: String::new() }
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

impl Api {
    /// Builds the functions and founds a company.
    pub async fn build(environment: &Environment) -> Result<Self> {
        let request = keyturn_functions::bootstrap::Request {
            company_id: "acme".to_owned(),
            token_name: None,
            allow_existing_company: true,
        };
        let founded = keyturn_functions::bootstrap::build(environment).await?.run(request).await?;
        Ok(Self {
            manager: founded.token,
            create: keyturn_functions::create_token::build(environment).await?,
            get: keyturn_functions::get_token::build(environment).await?,
            list: keyturn_functions::list_tokens::build(environment).await?,
            update: keyturn_functions::update_token::build(environment).await?,
            copy: keyturn_functions::copy_token::build(environment).await?,
            deactivate: keyturn_functions::deactivate_token::build(environment).await?,
            renew: keyturn_functions::renew_token::build(environment).await?,
            redeem: keyturn_functions::request_renewed_token::build(environment).await?,
            introspect: keyturn_functions::introspect::build(environment).await?,
            sweep: keyturn_functions::sweep::build(environment).await?,
        })
    }

    /// Asks a function as the manager; anything but success is an error.
    pub(crate) async fn ask(&self, endpoint: &Endpoint, call: Call<'_>) -> Result<Value> {
        let mut request = Request::builder()
            .method(call.method)
            .uri("/")
            .header("authorization", format!("Bearer {}", self.manager))
            .header("host", "keyturn.example.com");
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::Text(call.body))?;
        if let Some(id) = call.id {
            request = request.with_path_parameters(HashMap::from([("id".to_owned(), vec![id.to_owned()])]));
        }
        let response = endpoint.answer(request).await;
        let status = response.status();
        let Body::Text(body) = response.into_body() else { bail!("an answer without a text") };
        if !status.is_success() {
            bail!("a call was answered {status}: {body}");
        }
        Ok(serde_json::from_str(&body)?)
    }

    /// Creates a token and answers it with its string.
    pub async fn create(&self, token: &Value) -> Result<Value> {
        self.ask(&self.create, Call::post(token)).await
    }

    /// Redeems a request token.
    pub async fn redeem(&self, request_token: &str) -> Result<Value> {
        self.ask(&self.redeem, Call::post(&json!({"requestToken": request_token}))).await
    }
}

/// A text in an answer.
pub(crate) fn text<'a>(answer: &'a Value, field: &str) -> Result<&'a str> {
    answer[field].as_str().with_context(|| format!("an answer without {field}"))
}
