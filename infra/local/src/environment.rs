//! The environment variables of the functions.

use std::path::Path;

use anyhow::Result;

use crate::data_folder::DataFolder;
use crate::listeners::Addresses;

/// The table in the engine.
pub const TABLE: &str = "keyturn";

/// The region that the clients sign for; engine and fakes accept any.
pub(crate) const REGION: &str = "eu-central-1";

/// The variables that lead a function to these endpoints. Callers add what else a function needs.
#[must_use]
pub fn variables(
    [dynamodb, ses, eventbridge]: [&str; 3],
    base_url: &str,
    sealing_key: &Path,
) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.to_owned()),
        ("AWS_ENDPOINT_URL_SESV2", ses.to_owned()),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", eventbridge.to_owned()),
        ("KEYTURN_TABLE", TABLE.to_owned()),
        ("KEYTURN_EVENT_BUS", "keyturn".to_owned()),
        // A valid sender in a domain that never delivers (RFC 2606)
        ("KEYTURN_MAIL_SENDER", "keyturn@localhost.example".to_owned()),
        ("KEYTURN_SEALING_KEY_FILE", sealing_key.to_string_lossy().into_owned()),
        ("KEYTURN_ALLOWED_CALLBACK_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
        ("KEYTURN_ALLOWED_CALLBACK_PORTS", "443,8443,loopback".to_owned()),
        ("KEYTURN_BASE_URL", base_url.to_owned()),
        ("KEYTURN_ALLOW_PLAIN_HTTP_ISSUERS", "true".to_owned()),
    ]
}

/// The variables of the stack's own functions, without the developer's AWS profiles and proxies.
pub(crate) fn of_stack(folder: &DataFolder, addresses: &Addresses) -> Result<Vec<(&'static str, String)>> {
    let Addresses { gateway, engine, ses, eventbridge } = addresses;
    let mut all = variables([engine, ses, eventbridge], gateway, &folder.sealing_key()?);
    let no_profiles = folder.write("no-aws-profiles", b"")?.to_string_lossy().into_owned();
    all.extend([
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", no_profiles.clone()),
        ("AWS_SHARED_CREDENTIALS_FILE", no_profiles),
        ("KEYTURN_MAILS_PER_SECOND", "1000".to_owned()),
        ("NO_PROXY", "127.0.0.1,::1,localhost".to_owned()),
        ("no_proxy", "127.0.0.1,::1,localhost".to_owned()),
    ]);
    Ok(all)
}

/// Sets these variables in this process and removes the developer's, which could lead a function to a real account.
///
/// Must be called before a second thread exists: the process environment is not safe to change after that.
#[allow(unsafe_code)]
#[expect(clippy::disallowed_methods, reason = "names only, in order to remove what points at a real account")]
pub(crate) fn set(variables: &[(&'static str, String)]) {
    let is_foreign = |name: &str| name.starts_with("AWS_") || name == "KEYTURN_KMS_KEY_ID";
    let inherited = std::env::vars_os().map(|(name, _)| name);
    let foreign: Vec<_> = inherited.filter(|name| is_foreign(&name.to_string_lossy())).collect();
    // SAFETY: the only caller is the start of `run`, on the main thread, before the asynchronous runtime and
    // before any other thread is started, so nothing can read the environment at the same time.
    unsafe {
        for name in foreign {
            std::env::remove_var(name);
        }
        for (name, value) in variables {
            std::env::set_var(name, value);
        }
    }
}
