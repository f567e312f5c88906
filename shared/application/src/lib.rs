//! What Keyturn does: one use case per promise, each a struct of the ports that it needs.
//!
//! A use case reads the record, lets the domain decide, and writes record and effects in one commit. It is the only
//! caller of the ports. A commit that loses a race is never repaired: the record is read and decided upon again.

pub mod authenticate;
pub mod bootstrap;
pub mod create_token;
pub mod deactivate_token;
pub mod edge;
pub mod failure;
pub mod get_token;
pub mod ports;
pub mod redeem;
pub mod retry;
pub mod strings;
pub mod sweep;

pub use edge::Edge;
pub use failure::Failure;
pub use ports::{Clock, PortError, Randomness};
