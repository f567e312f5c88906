//! A program that gets the string on its standard input.

use async_trait::async_trait;

use super::{Holding, Place};
use crate::actions::run;
use crate::config::Command;
use crate::core::Failure;
use crate::secret::Secret;

/// A program that puts a token string somewhere. It can't be asked what is there, so that it may run twice for one string.
pub(super) struct CommandTarget(pub(super) Command);

#[async_trait]
impl Place for CommandTarget {
    fn content(&self, string: &Secret) -> Secret {
        string.clone()
    }

    async fn read(&self) -> Result<Holding, Failure> {
        Ok(Holding::Unreadable)
    }

    async fn write(&self, string: &Secret) -> Result<(), Failure> {
        run(&self.0, Some(string)).await
    }
}
