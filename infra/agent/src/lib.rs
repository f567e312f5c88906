//! The agent `keyturn`: keeps API access tokens fresh where they are used.
//!
//! [`core`] decides, without I/O; `engine` does what it says. `targets` and `actions` reach what the configuration
//! names, [`client`] reaches Keyturn, `state` keeps what must survive a crash.

mod actions;
mod atomic_file;
mod aws;
pub mod cli;
pub mod client;
mod cluster;
pub mod config;
pub mod core;
mod engine;
mod http;
mod listen;
mod log;
mod monitor;
mod secret;
mod state;
mod targets;

pub use cli::{main, main_with};
