//! What the stack keeps on disk: one folder, held by one instance, with files that survive a kill.

pub(crate) mod data_folder;
pub(crate) mod journal;
pub(crate) mod private_file;
