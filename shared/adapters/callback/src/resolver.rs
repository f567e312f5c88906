//! Resolves host names.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;

/// Resolves host names. A port, so that tests can play an attacker's name server.
#[async_trait]
pub(crate) trait Resolver: Send + Sync {
    /// All addresses, in the order in which they should be tried.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's resolver.
pub(crate) struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}
