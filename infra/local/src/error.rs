//! Why the stack could not start. Whoever reads one of these is at a terminal and wants to know what to do
//! next, so each message is one line that ends with that.

use std::{io, path::PathBuf};

use keyturn_environment::ConfigurationError;

/// A reason not to start. Shown as one line on stderr, with exit code 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port belongs to another program.
    #[error(
        "{address} is already in use: stop the other program, or choose another port with --port (0 takes a free one)"
    )]
    PortInUse {
        /// Host and port as given.
        address: String,
    },

    /// The address cannot be listened on, for another reason.
    #[error("cannot listen on {address}: {source}; choose another --host or --port")]
    Listen {
        /// Host and port as given.
        address: String,
        /// What the system said.
        source: io::Error,
    },

    /// Something in the data folder cannot be read or written.
    #[error(
        "cannot use {path}: {source}; make it readable and writable, or choose another folder with --data-dir, or start with --in-memory"
    )]
    DataFolder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Another instance works on the same folder.
    #[error(
        "the data folder {path} is in use by another instance{holder}: stop that one, or choose another folder with --data-dir"
    )]
    DataFolderHeld {
        /// The folder.
        path: PathBuf,
        /// ` (process 123)` if it is known.
        holder: String,
    },

    /// A file in the data folder is not what this version wrote.
    #[error("{path} cannot be understood ({reason}): restore it, or delete it to start without it")]
    DamagedFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// `template.yaml` says something that the stack cannot follow.
    #[error("template.yaml: {0}")]
    Template(String),

    /// The embedded engine refused to open its file or to create the table.
    #[error("the embedded database: {0}")]
    Engine(String),

    /// The data was made with another table definition than the one in `template.yaml`.
    #[error(
        "the table in {path} was made with another definition than the one in template.yaml: move the folder away, or choose another one with --data-dir"
    )]
    TableDiffers {
        /// The engine's file.
        path: PathBuf,
    },

    /// A function did not accept its settings.
    #[error("a function does not accept its settings: {0}")]
    Settings(#[from] ConfigurationError),

    /// The first company or its management token could not be created.
    #[error("cannot create the management token: {0}")]
    ManagementToken(String),

    /// The asynchronous runtime or its signal handlers could not be set up.
    #[error("cannot start the runtime: {0}")]
    Runtime(io::Error),
}

/// An error and everything that caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.replace('\n', " ")
}
