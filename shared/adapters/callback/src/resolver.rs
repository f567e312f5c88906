//! Finds the addresses of a name.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;

/// Finds the addresses of a name. A test gives the answers that an attacker's name server would give.
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
