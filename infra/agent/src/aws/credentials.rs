//! Credentials of the machine's own role: environment, web identity (EKS), container (ECS, EKS), instance metadata (EC2).
//! They are read for every call, which is rare, so that none is kept beyond its time.

use aws_credential_types::Credentials;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::core::Failure;
use crate::http::send;
use crate::log::variable;
use crate::secret::{Secret, scrub};

/// The addresses of the container and instance metadata services.
const CONTAINER: &str = "http://169.254.170.2";
const INSTANCE: &str = "http://169.254.169.254";

/// The failure where nothing gives any.
const NONE: &str = "neither in the environment, nor by web identity, nor of a container or an instance";

pub(super) async fn find(http: &Client, region: &str) -> Result<Credentials, Failure> {
    if let (Some(id), Some(secret)) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        return Ok(Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "environment"));
    }
    if let (Some(file), Some(role)) = (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN")) {
        return from("web identity", web_identity(http, region, &file, &role).await);
    }
    let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let address = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        .or_else(|| relative.map(|path| format!("{CONTAINER}{path}")));
    if let Some(address) = address {
        return from("container", container(http, &address).await);
    }
    if variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Failure::new(NONE));
    }
    instance(http).await
}

/// Puts the source that failed before what it said.
fn from(source: &str, found: Result<Credentials, Failure>) -> Result<Credentials, Failure> {
    found.map_err(|failure| Failure { what: format!("{source}: {}", failure.what), ..failure })
}

/// `AssumeRoleWithWebIdentity`, which needs no signature.
async fn web_identity(http: &Client, region: &str, file: &str, role: &str) -> Result<Credentials, Failure> {
    let token = read(file)?;
    let session = variable("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "keyturn-agent".to_owned());
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "AssumeRoleWithWebIdentity")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", role)
        .append_pair("RoleSessionName", &session)
        .append_pair("WebIdentityToken", token.expose())
        .finish();
    let endpoint = variable("AWS_ENDPOINT_URL_STS");
    let endpoint = endpoint.unwrap_or_else(|| format!("https://sts.{region}.amazonaws.com"));
    let request = http.post(format!("{endpoint}/")).header("accept", "application/json");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer = get(request).await?;
    let found =
        &answer["AssumeRoleWithWebIdentityResponse"]["AssumeRoleWithWebIdentityResult"]["Credentials"];
    credentials(found, "SessionToken")
}

async fn container(http: &Client, address: &str) -> Result<Credentials, Failure> {
    let mut request = http.get(address);
    let token = match variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(file) => Some(read(&file)?),
        None => variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::new),
    };
    if let Some(token) = token {
        request = request.header("authorization", token.expose());
    }
    credentials(&get(request).await?, "Token")
}

/// Instance metadata, version 2.
async fn instance(http: &Client) -> Result<Credentials, Failure> {
    let soon = std::time::Duration::from_secs(2);
    let endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| INSTANCE.to_owned());
    let endpoint = endpoint.trim_end_matches('/');
    let request = http.request(Method::PUT, format!("{endpoint}/latest/api/token")).timeout(soon);
    let token = text(request.header("x-aws-ec2-metadata-token-ttl-seconds", "60")).await?;
    let below = format!("{endpoint}/latest/meta-data/iam/security-credentials/");
    let ask = |url: &str| http.get(url).timeout(soon).header("x-aws-ec2-metadata-token", token.expose());
    let role = text(ask(&below)).await?;
    let answer = get(ask(&format!("{below}{}", role.expose().trim()))).await;
    from("instance", answer.and_then(|found| credentials(&found, "Token")))
}

async fn get(request: RequestBuilder) -> Result<Value, Failure> {
    let mut reply = send(request).await?;
    if reply.status.is_success() {
        return Ok(reply.body);
    }
    // STS puts its error inside an object, the metadata services do not.
    if let Some(error) = reply.body.get_mut("Error").map(Value::take) {
        reply.body = error;
    }
    let mut failure = reply.failure(&["message", "Message"]);
    if let Some(code) = reply.body["Code"].as_str().or_else(|| reply.body["code"].as_str()) {
        failure.what = format!("{}: {}", scrub(code), failure.what);
    }
    Err(failure)
}

/// The body of an answer that is no JSON.
async fn text(request: RequestBuilder) -> Result<Secret, Failure> {
    let failed = |_| Failure::new(NONE);
    let response = request.send().await.map_err(failed)?.error_for_status().map_err(failed)?;
    response.text().await.map(Secret::new).map_err(failed)
}

fn credentials(found: &Value, session: &str) -> Result<Credentials, Failure> {
    let text = |name: &str| found[name].as_str().map(str::to_owned);
    let (id, secret) = (text("AccessKeyId"), text("SecretAccessKey"));
    let (id, secret) = id.zip(secret).ok_or_else(|| Failure::new("an answer without credentials"))?;
    Ok(Credentials::new(id, secret, text(session), None, "role"))
}

fn read(file: &str) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::new(&format!("{file}: {error}")))?;
    Ok(Secret::new(text.trim().to_owned()))
}
