//! Sends signed callbacks, each over a connection of its own and to permitted addresses only.
//!
//! Drives one HTTP/1.1 connection per callback instead of using a pooling client, so there are no redirects, proxies,
//! cookies, decompression, connection reuse or second name resolution to switch off.
//!
//! `target` parses the URL, `request` signs, `connector` resolves, checks and connects, `exchange` sends and reads within
//! limits, `sender` enforces the time limit and reports.

mod connector;
mod delivery_error;
mod exchange;
mod fetch;
mod meter;
mod request;
mod resolver;
mod retry_after;
mod sender;
mod target;
mod tls;

#[cfg(test)]
mod tests;

pub use fetch::HttpFetcher;
pub use sender::HttpCallbackSender;
