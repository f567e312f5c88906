//! Where a token string is written.

mod command;
mod file;
mod kubernetes;
mod secrets_manager;
mod ssm;

use std::collections::BTreeSet;

use anyhow::Result;
use async_trait::async_trait;

use crate::aws::Api;
use crate::cluster::Cluster;
use crate::config::{Config, Target};
use crate::core::{Answer, Failure};
use crate::secret::{Fingerprint, Secret};
use kubernetes::KubernetesTarget;
use secrets_manager::SecretTarget;
use ssm::ParameterTarget;

/// A place that holds a token string. Writing is idempotent: the same string again changes nothing.
#[async_trait]
pub(crate) trait Place: Send + Sync {
    /// The content that holds this string.
    fn content(&self, string: &Secret) -> Secret;

    /// What it holds.
    async fn read(&self) -> Result<Holding, Failure>;

    /// Writes this string.
    async fn write(&self, string: &Secret) -> Result<(), Failure>;
}

/// What a place holds.
pub(crate) enum Holding {
    /// It does not exist yet.
    Nothing,
    /// This.
    Content(Secret),
    /// This, but with other permissions or another owner than it should have.
    Misplaced(Secret),
    /// It can't be read.
    Unreadable,
}

/// Opens a target.
pub(crate) fn open(target: &Target, config: &Config) -> Result<Box<dyn Place>> {
    Ok(match target {
        Target::File { path, access, template } => {
            Box::new(file::FileTarget { path: path.clone(), access: *access, template: template.clone() })
        }
        Target::Command(command) => Box::new(command::CommandTarget(command.clone())),
        Target::SecretsManager { secret, aws, template } => {
            let api = Api::open("secretsmanager", aws, config.timeout)?;
            Box::new(SecretTarget { api, secret: secret.clone(), template: template.clone() })
        }
        Target::Parameter { name, key_id, aws, template } => {
            let api = Api::open("ssm", aws, config.timeout)?;
            let (name, key_id, template) = (name.clone(), key_id.clone(), template.clone());
            Box::new(ParameterTarget { api, name, key_id, template })
        }
        Target::Kubernetes { secret, namespace, key, template } => {
            let api = Cluster::open(namespace.as_deref(), config.timeout)?;
            let (secret, key, template) = (secret.clone(), key.clone(), template.clone());
            Box::new(KubernetesTarget { api, secret, key, template })
        }
    })
}

/// Writes a string to a place unless it holds it, and reads it back.
pub(crate) async fn put(
    place: &dyn Place,
    string: &Secret,
    known: &BTreeSet<Fingerprint>,
    recorded: bool,
) -> Answer {
    match try_put(place, string, known, recorded).await {
        Ok(answer) => answer,
        Err(failure) => Answer::Failed(failure),
    }
}

async fn try_put(
    place: &dyn Place,
    string: &Secret,
    known: &BTreeSet<Fingerprint>,
    recorded: bool,
) -> Result<Answer, Failure> {
    let content = place.content(string);
    match place.read().await? {
        Holding::Unreadable if recorded => return Ok(Answer::Unchanged),
        Holding::Content(held) if held == content => return Ok(Answer::Unchanged),
        Holding::Content(held) | Holding::Misplaced(held) => {
            let found = Secret::token_in(held.expose()).filter(|found| found != string);
            if let Some(found) = found.filter(|found| !known.contains(&found.fingerprint())) {
                return Ok(Answer::Found(found));
            }
        }
        Holding::Nothing | Holding::Unreadable => {}
    }
    place.write(string).await?;
    match place.read().await? {
        Holding::Unreadable => Ok(Answer::Changed),
        Holding::Content(held) if held == content => Ok(Answer::Changed),
        _ => Err(Failure::new("what was written is not what is read back")),
    }
}

/// The token string that a place holds, if any.
pub(crate) async fn find(place: &dyn Place) -> Result<Option<Secret>, Failure> {
    Ok(match place.read().await? {
        Holding::Content(held) | Holding::Misplaced(held) => Secret::token_in(held.expose()),
        Holding::Nothing | Holding::Unreadable => None,
    })
}
