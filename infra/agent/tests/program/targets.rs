//! Targets in AWS that fail: the old string stays, the other targets get the new one, and the next try mends it.

use crate::aws::{Aws, Fault};
use crate::keyturn::string;
use crate::setup::{Ended, Setup};

/// A call that fails, and what is reported.
type Case = (&'static str, Fault, &'static str);

/// Renews the token once for each case, with the target between two others.
async fn check(kind: &str, held: impl Fn(&Aws) -> Option<String>, cases: &[Case]) {
    let aws = Aws::start().await;
    let setup = Setup::new().await.with(&[("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")]);
    let targets = [setup.file("first"), aws.target(kind), setup.file("last")];
    let others = || ["first", "last"].map(|name| std::fs::read_to_string(setup.path(name)).unwrap());
    setup.configure("", &targets);
    assert_eq!(setup.once().await.code, 0);
    for (operation, fault, expected) in cases {
        let old = held(&aws);
        let new = string(setup.keyturn.renew());
        aws.state().fault = Some((operation, *fault));
        setup.configure(if fault.is_none() { "timeout = \"2s\"" } else { "" }, &targets);
        let Ended { code, printed } = setup.once().await;
        assert_eq!(aws.state().fault, None, "{operation} is not called");
        assert_eq!(code, 1, "{printed}");
        let expected =
            format!("target {kind}:{}: {expected}", if kind == "ssm" { "/partner" } else { "partner" });
        assert!(printed.contains(&expected), "{expected}\n{printed}");
        assert_eq!(held(&aws), old, "{operation}");
        assert_eq!(others(), [new.clone(), new.clone()], "{operation}");

        setup.configure("", &targets);
        let Ended { code, printed } = setup.once().await;
        assert_eq!((code, held(&aws)), (0, Some(new)), "{operation}: {printed}");
    }
}

const THROTTLED: Fault = Some((400, "ThrottlingException", "Rate exceeded"));

#[tokio::test]
async fn a_secret_that_cannot_be_written_keeps_its_string_until_it_can() {
    let conflict = "AWSCURRENT is currently attached to another version";
    let cases = [
        (
            "GetSecretValue",
            Some((403, "AccessDeniedException", "no secretsmanager:GetSecretValue")),
            "AccessDeniedException: answered with 403: no secretsmanager:GetSecretValue",
        ),
        (
            "PutSecretValue",
            Some((409, "ResourceExistsException", "kat_0123456789 is another content")),
            "ResourceExistsException: answered with 409: kat_… is another content",
        ),
        (
            "UpdateSecretVersionStage",
            Some((400, "InvalidParameterException", conflict)),
            "InvalidParameterException: answered with 400: AWSCURRENT is currently",
        ),
        ("DescribeSecret", Some((500, "", "<html>")), "answered with 500"),
        ("PutSecretValue", THROTTLED, "ThrottlingException: answered with 400: Rate exceeded"),
        ("GetSecretValue", None, "no answer in time"),
    ];
    check("secrets-manager", |aws| aws.held("AWSCURRENT"), &cases).await;
}

#[tokio::test]
async fn a_parameter_that_cannot_be_written_keeps_its_string_until_it_can() {
    let cases = [
        (
            "GetParameter",
            Some((403, "AccessDeniedException", "no ssm:GetParameter")),
            "AccessDeniedException: answered with 403: no ssm:GetParameter",
        ),
        (
            "PutParameter",
            Some((409, "TooManyUpdates", "kat_0123456789 is being written")),
            "TooManyUpdates: answered with 409: kat_… is being written",
        ),
        ("PutParameter", Some((500, "InternalServerError", "")), "InternalServerError: answered with 500"),
        ("GetParameter", THROTTLED, "ThrottlingException: answered with 400: Rate exceeded"),
        ("PutParameter", None, "no answer in time"),
    ];
    check("ssm", |aws| aws.state().parameter.clone(), &cases).await;
}

#[tokio::test]
async fn a_stage_that_was_left_pending_is_removed() {
    let aws = Aws::start().await;
    let setup = Setup::new().await.with(&[("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")]);
    setup.configure("", &[aws.target("secrets-manager")]);
    assert_eq!(setup.once().await.code, 0);
    let held = |stages: [&str; 3]| stages.map(|stage| aws.held(stage));
    let stages = ["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"];
    assert_eq!(held(stages), [Some(string(1)), None, None]);
    // The new version is put, but not made current.
    setup.keyturn.renew();
    aws.state().fault = Some(("UpdateSecretVersionStage", THROTTLED));
    assert_eq!(setup.once().await.code, 1);
    assert_eq!(held(stages), [Some(string(1)), None, Some(string(2))]);
    assert_eq!(setup.once().await.code, 0);
    assert_eq!(held(stages), [Some(string(2)), Some(string(1)), None]);
}
