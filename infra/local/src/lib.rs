//! The local stack: every function of Keyturn in one process, behind a local gateway, on an embedded engine that
//! speaks DynamoDB's protocol, with stand-ins for the services that send mails and publish events.
//!
//! A function cannot tell it from a deployment. It reads the same environment variables, talks to the same
//! clients, gets the same events, and there is no switch in it that says "local"; so what is tried here is what
//! is deployed. Only the clock is given to the functions, because it can be moved forward here.
//!
//! Not a model of AWS: no permissions, no throttling besides the failures that are asked for, no other service.

mod arguments;
mod engine;
mod error;
mod fakes;
mod files;
mod functions;
mod gateway;
pub mod headless;
mod id;
pub mod lambda;
mod listeners;
mod management_token;
mod pages;
mod process_environment;
mod ready;
mod run;
mod services;
mod services_only;
mod stop;
mod template;
mod time;
mod yaml;

pub use arguments::Arguments;
pub use error::StartError;
pub use run::run;
pub use services_only::LocalServices;
