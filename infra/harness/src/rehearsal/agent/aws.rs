//! The agent's targets in AWS, on moto.

use anyhow::{Result, ensure};
use serde_json::json;

use super::Setup;
use crate::rehearsal::DAY;
use crate::rehearsal::secrets::Secrets;
use crate::tools::start_moto;

pub(super) async fn run(setup: &mut Setup) -> Result<()> {
    let (mut moto, address) = start_moto().await?;
    let (secrets, path) = (Secrets::new(&address)?, setup.path("keyturn.toml"));
    let files = std::fs::read_to_string(&path)?;
    let targets = [("secrets-manager", "secret = \"partner\""), ("ssm", "parameter = \"/partner/token\"")];
    let mut text = files.clone();
    for (kind, name) in targets {
        text += &format!(
            "[[tokens.partner.targets]]\nkind = \"{kind}\"\n{name}\nregion = \"eu-central-1\"\nendpoint = \"{address}\"\n"
        );
    }
    std::fs::write(&path, text)?;
    // A secret has to exist; its absence keeps nothing else from being written.
    let missing = setup.output(&["once"]).await?;
    let printed = String::from_utf8_lossy(&missing.stderr).into_owned();
    ensure!(missing.status.code() == Some(1) && printed.contains("ResourceNotFoundException"), "{printed}");
    secrets.create("partner", "a first value").await?;
    let held = setup.held()?;
    for _ in 0..2 {
        ensure!(setup.output(&["once"]).await?.status.success(), "not fresh");
    }
    check(&secrets, &held).await?;

    setup.advance(31 * DAY).await?;
    ensure!(setup.output(&["once"]).await?.status.success(), "not renewed");
    let renewed = setup.held()?;
    ensure!(renewed != held, "not renewed");
    check(&secrets, &renewed).await?;
    ensure!(secrets.held("partner", "AWSPREVIOUS").await? == held, "the old string is not the previous one");
    let parameter = json!({"Name": "/partner/token"});
    let history = secrets.call("AmazonSSM.GetParameterHistory", &parameter).await?;
    let versions = history["Parameters"].as_array().map_or(0, Vec::len);
    ensure!(versions == 2, "{versions} versions of the parameter for two strings");

    moto.kill();
    let silent = setup.output(&["once"]).await?;
    ensure!(silent.status.code() == Some(1), "{:?}", silent.status);
    std::fs::write(&path, files)?;
    setup.renewed().await?;
    println!(
        "Secrets Manager and SSM: written once for each string; a missing secret and a silent service are reported"
    );
    Ok(())
}

/// Both hold this string.
async fn check(secrets: &Secrets, string: &str) -> Result<()> {
    ensure!(secrets.held("partner", "AWSCURRENT").await? == string, "the secret holds another string");
    let about = secrets.call("secretsmanager.DescribeSecret", &json!({"SecretId": "partner"})).await?;
    ensure!(!about["VersionIdsToStages"].to_string().contains("AWSPENDING"), "a version is pending");
    let parameter = json!({"Name": "/partner/token", "WithDecryption": true});
    let answer = secrets.call("AmazonSSM.GetParameter", &parameter).await?;
    let parameter = &answer["Parameter"];
    ensure!(
        parameter["Value"] == string && parameter["Type"] == "SecureString",
        "the parameter does not hold it"
    );
    Ok(())
}
