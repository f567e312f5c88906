//! Where the credentials for AWS come from.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::aws::{Answer, Aws};
use crate::setup::{Ended, Setup};

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Writes a parameter with these variables; `{aws}` stands for the address, `{folder}` for a folder with the file `identity`.
async fn once(
    answer: Option<Answer>,
    variables: &[(&'static str, &str)],
) -> (Ended, Option<(String, String)>) {
    let (aws, mut setup) = (Aws::start().await, Setup::new().await);
    aws.state().credentials = answer;
    std::fs::write(setup.path("identity"), "the identity\n").unwrap();
    let folder = setup.path("").display().to_string();
    for (name, value) in variables {
        let value = value.replace("{aws}", &aws.address).replace("{folder}", &folder);
        setup = setup.with(&[(*name, &value)]);
    }
    setup.configure("", &[aws.target("ssm")]);
    let ended = setup.once().await;
    assert_eq!(ended.code == 0, aws.state().parameter.is_some(), "{ended:?}");
    let signed = aws.state().signed.take();
    (ended, signed)
}

async fn check_signed(answer: Option<Answer>, variables: &[(&'static str, &str)], key: &str, session: &str) {
    let (ended, signed) = once(answer, variables).await;
    assert_eq!(signed, Some((key.to_owned(), session.to_owned())), "{ended:?}");
    assert_eq!(ended.code, 0, "{ended:?}");
}

async fn check_failed(answer: Option<Answer>, variables: &[(&'static str, &str)], expected: &str) {
    let (ended, signed) = once(answer, variables).await;
    assert_eq!((ended.code, &signed), (1, &None), "{ended:?}");
    assert!(ended.printed.contains(&format!("no AWS credentials: {expected}")), "{}", ended.printed);
}

fn role(session: &str) -> Value {
    json!({"AccessKeyId": "role", "SecretAccessKey": "secret", session: "session"})
}

const WEB_IDENTITY: &[(&str, &str)] = &[
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "{folder}/identity"),
    ("AWS_ROLE_ARN", "arn:aws:iam::1:role/agent"),
    ("AWS_ENDPOINT_URL_STS", "{aws}/sts"),
];

#[tokio::test]
async fn the_environment_comes_first() {
    let own = [("AWS_ACCESS_KEY_ID", "own"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    check_signed(None, &[WEB_IDENTITY, &own].concat(), "own", "").await;
    check_signed(None, &[&own[..], &[("AWS_SESSION_TOKEN", "mine")]].concat(), "own", "mine").await;
}

#[tokio::test]
async fn a_web_identity_is_exchanged_for_credentials() {
    let sts: Answer = |method, path, headers, body| {
        assert_eq!((method, path), (&Method::POST, "/sts/"));
        assert_eq!(headers["accept"], "application/json");
        for part in ["Action=AssumeRoleWithWebIdentity", "WebIdentityToken=the+identity&", "role%2Fagent"] {
            assert!(format!("{body}&").contains(part), "{body}");
        }
        let result = json!({"AssumeRoleWithWebIdentityResult": {"Credentials": role("SessionToken")}});
        json!({"AssumeRoleWithWebIdentityResponse": result}).to_string().into_response()
    };
    check_signed(Some(sts), WEB_IDENTITY, "role", "session").await;
    let refused: Answer = |_, _, _, _| {
        let error = json!({"Error": {"Code": "AccessDenied", "Message": "Not authorized", "Type": "Sender"}});
        (StatusCode::FORBIDDEN, error.to_string()).into_response()
    };
    let expected = "web identity: AccessDenied: answered with 403: Not authorized";
    check_failed(Some(refused), WEB_IDENTITY, expected).await;
    let missing = [WEB_IDENTITY, &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/file")]].concat();
    check_failed(None, &missing, "web identity: /no/such/file: No such file").await;
}

#[tokio::test]
async fn a_container_gives_credentials() {
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{aws}/container")];
    let authorized =
        [&variables[..], &[("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{folder}/identity")]].concat();
    let container: Answer = |method, path, headers, _| {
        assert_eq!((method, path), (&Method::GET, "/container"));
        assert_eq!(headers["authorization"], "the identity");
        role("Token").to_string().into_response()
    };
    check_signed(Some(container), &authorized, "role", "session").await;
    let refused: Answer = |_, _, headers, _| {
        assert!(!headers.contains_key("authorization"));
        let error = json!({"code": "AccessDeniedException", "message": "no association"});
        (StatusCode::BAD_REQUEST, error.to_string()).into_response()
    };
    let expected = "container: AccessDeniedException: answered with 400: no association";
    check_failed(Some(refused), &variables, expected).await;
    let empty: Answer = |_, _, _, _| "{}".into_response();
    check_failed(Some(empty), &variables, "container: an answer without credentials").await;
    let nowhere = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", NOWHERE)];
    check_failed(None, &nowhere, "container: no answer: ").await;
}

/// The metadata of an instance, with a session.
fn instance(method: &Method, path: &str, headers: &HeaderMap, role: Response) -> Response {
    if path == "/latest/api/token" {
        assert_eq!(method, Method::PUT);
        assert_eq!(headers["x-aws-ec2-metadata-token-ttl-seconds"], "60");
        return "metadata".into_response();
    }
    assert_eq!(headers["x-aws-ec2-metadata-token"], "metadata");
    match path {
        "/latest/meta-data/iam/security-credentials/" => "agent\n".into_response(),
        "/latest/meta-data/iam/security-credentials/agent" => role,
        _ => panic!("{path}"),
    }
}

#[tokio::test]
async fn an_instance_gives_credentials() {
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{aws}/")];
    let good: Answer =
        |method, path, headers, _| instance(method, path, headers, role("Token").to_string().into_response());
    check_signed(Some(good), &variables, "role", "session").await;
    let failed: Answer = |method, path, headers, _| {
        instance(method, path, headers, StatusCode::INTERNAL_SERVER_ERROR.into_response())
    };
    check_failed(Some(failed), &variables, "instance: answered with 500").await;
}

#[tokio::test]
async fn where_there_are_none_the_report_says_so() {
    let expected = "neither in the environment, nor by web identity, nor of a container or an instance";
    check_failed(None, &[("AWS_EC2_METADATA_DISABLED", "TRUE")], expected).await;
    check_failed(None, &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", NOWHERE)], expected).await;
    // An instance without a role
    let no_role: Answer = |_, path, _, _| match path {
        "/latest/api/token" => "metadata".into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    };
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{aws}")];
    check_failed(Some(no_role), &variables, expected).await;
}
