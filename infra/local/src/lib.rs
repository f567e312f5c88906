//! The local stack: every function of Keyturn in one process, behind a local gateway, on an embedded engine that
//! speaks DynamoDB's protocol, with fakes of the services that send mails and publish events.
//!
//! The functions run as in a deployment: they read the same environment variables, use the same clients and get the
//! same events. Only the clock is passed to them, because it can be moved forward here.
//!
//! The stack is not a model of AWS: it has no permissions, no throttling besides the failures that a test asks for, and
//! no other service.

mod arguments;
mod data_folder;
pub mod environment;
mod fakes;
mod functions;
mod gateway;
pub mod headless;
mod id;
pub mod identity;
mod journal;
pub mod lambda;
mod listeners;
mod management_token;
mod pages;
mod private_file;
mod run;
mod services;
mod stream;
mod time;

pub use arguments::Arguments;
pub use listeners::Addresses;
pub use run::{main, run};
pub use services::LocalServices;
