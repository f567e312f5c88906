//! A file, replaced atomically.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use async_trait::async_trait;

use super::{Holding, Place};
use crate::atomic_file::{Access, replace};
use crate::config::Template;
use crate::core::Failure;
use crate::secret::Secret;

/// A file that holds a token string.
pub(super) struct FileTarget {
    pub(super) path: PathBuf,
    pub(super) access: Access,
    pub(super) template: Template,
}

#[async_trait]
impl Place for FileTarget {
    fn content(&self, string: &Secret) -> Secret {
        self.template.render(string)
    }

    async fn read(&self) -> Result<Holding, Failure> {
        let read = std::fs::metadata(&self.path).and_then(|about| Ok((about, std::fs::read(&self.path)?)));
        let (about, content) = match read {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Holding::Nothing),
            Err(error) => return Err(self.failure(&error)),
        };
        let content = Secret::new(String::from_utf8_lossy(&content).into_owned());
        let Access { mode, user, group } = self.access;
        let is_placed = about.mode() & 0o777 == mode
            && user.is_none_or(|user| user == about.uid())
            && group.is_none_or(|group| group == about.gid());
        Ok(if is_placed { Holding::Content(content) } else { Holding::Misplaced(content) })
    }

    async fn write(&self, string: &Secret) -> Result<(), Failure> {
        let content = self.content(string);
        replace(&self.path, content.expose().as_bytes(), self.access).map_err(|error| self.failure(&error))
    }
}

impl FileTarget {
    fn failure(&self, error: &io::Error) -> Failure {
        Failure::new(&format!("{}: {error}", self.path.display()))
    }
}
