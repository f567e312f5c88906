//! Sends callbacks: signed, once, over a connection of its own, and never to an address that is not permitted.
//!
//! It drives one HTTP/1.1 connection itself instead of using a client with a pool: what such a client would have to be
//! talked out of (redirects, proxies, cookies, decompression, reuse, a second look at the name) does not exist here.
//!
//! The way of a callback: `target` reads the URL, `request` signs, `connector` resolves, judges and connects,
//! `exchange` sends and reads within limits, `sender` keeps the time and reports.

mod connector;
mod delivery_error;
mod exchange;
mod meter;
mod request;
mod resolver;
mod retry_after;
mod sender;
mod target;
mod tls;

#[cfg(test)]
mod tests;

pub use sender::HttpCallbackSender;
