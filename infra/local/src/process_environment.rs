//! The functions' settings. They read the same environment variables as in a deployment, so the stack sets
//! those of its own process instead of handing the functions anything else.

use crate::{engine, error::StartError, files::data_folder::DataFolder, listeners, listeners::Listeners};

/// A valid sender in a domain that never delivers (RFC 2606).
const SENDER: &str = "keyturn@localhost.example";

/// Name of the event bus that published events carry.
pub(crate) const EVENT_BUS: &str = "keyturn";

/// Region that the clients sign for; the stand-ins take any.
pub(crate) const REGION: &str = "eu-central-1";

/// Every variable that a function sees, besides those that the developer set and that are not ours to decide.
pub(crate) fn variables(
    folder: &DataFolder,
    listeners: &Listeners,
) -> Result<Vec<(&'static str, String)>, StartError> {
    let no_profiles = folder.empty_file("no-aws-profiles")?.to_string_lossy().into_owned();
    Ok(vec![
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        // The developer's own profiles must not reach in: a role or a proxy there would break the stack.
        ("AWS_CONFIG_FILE", no_profiles.clone()),
        ("AWS_SHARED_CREDENTIALS_FILE", no_profiles),
        ("AWS_ENDPOINT_URL_DYNAMODB", listeners::url(&listeners.engine)?),
        ("AWS_ENDPOINT_URL_SESV2", listeners::url(&listeners.ses)?),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", listeners::url(&listeners.eventbridge)?),
        ("NO_PROXY", "127.0.0.1,::1,localhost".to_owned()),
        ("no_proxy", "127.0.0.1,::1,localhost".to_owned()),
        ("KEYTURN_TABLE", engine::TABLE.to_owned()),
        ("KEYTURN_EVENT_BUS", EVENT_BUS.to_owned()),
        ("KEYTURN_MAILS_PER_SECOND", "1000".to_owned()),
        ("KEYTURN_MAIL_SENDER", SENDER.to_owned()),
        ("KEYTURN_SEALING_KEY_FILE", folder.sealing_key()?.to_string_lossy().into_owned()),
        ("KEYTURN_ALLOWED_CALLBACK_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
        ("KEYTURN_BASE_URL", listeners::url(&listeners.gateway)?),
    ])
}

/// Whether a variable of the developer's shell could lead a function to a real account.
fn is_foreign(name: &str) -> bool {
    name.starts_with("AWS_") || name == "KEYTURN_KMS_KEY_ID"
}

/// Replaces whatever the developer's shell says about AWS by the given variables.
///
/// Must be called before a second thread exists: the process environment is not safe to change after that.
#[allow(unsafe_code)]
#[expect(clippy::disallowed_methods, reason = "names only, in order to remove what points at a real account")]
pub(crate) fn set(variables: &[(&'static str, String)]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_one_of_the_stack() {
        let folder = DataFolder::temporary().unwrap();
        let listeners = Listeners::bind("127.0.0.1", 0).unwrap();
        let variables = variables(&folder, &listeners).unwrap();
        let services: Vec<_> = variables.iter().filter(|(name, _)| name.contains("ENDPOINT_URL")).collect();
        assert_eq!(services.len(), 3);
        assert!(services.iter().all(|(_, url)| url.starts_with("http://127.0.0.1:")));
    }
}
