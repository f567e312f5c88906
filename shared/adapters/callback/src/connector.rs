//! Connects to a target and checks the address that the connection really uses.
//!
//! A name is resolved once per connection, forbidden addresses are dropped, and the connection goes to exactly one of
//! the rest. The name is never resolved again, so DNS rebinding has no effect.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::ids::CompanyId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Host;

use crate::delivery_error::DeliveryError;
use crate::resolver::Resolver;
use crate::target::Target;
use crate::tls::Tls;

/// How many addresses of one name are tried. More would let a name turn one callback into a port scan.
const MOST_ADDRESSES: usize = 4;

/// A connection, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to permitted addresses.
pub(crate) struct Connector {
    pub(crate) networks: AllowedNetworks,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) tls: Tls,
}

impl Connector {
    /// Connects on behalf of a company, or of none. Of several addresses each gets an equal share of the time.
    pub(crate) async fn connect(
        &self,
        company: Option<&CompanyId>,
        target: &Target,
        time: Duration,
    ) -> Result<Box<dyn Stream>, DeliveryError> {
        let addresses = self.permitted(company, target).await?;
        let stream = dial(&addresses, target.port, time).await?;
        if target.encrypted { self.encrypted(stream, &target.host).await } else { Ok(Box::new(stream)) }
    }

    /// The target's addresses that may be reached; at least one.
    async fn permitted(
        &self,
        company: Option<&CompanyId>,
        target: &Target,
    ) -> Result<Vec<IpAddr>, DeliveryError> {
        let found = match &target.host {
            Host::Ipv4(address) => vec![(*address).into()],
            Host::Ipv6(address) => vec![(*address).into()],
            Host::Domain(name) => self.resolver.resolve(name).await.map_err(DeliveryError::Name)?,
        };
        if found.is_empty() {
            return Err(DeliveryError::Name(io::ErrorKind::NotFound.into()));
        }
        // IPv4-mapped IPv6 is connected to as IPv4, just as it is checked.
        let addresses = found.iter().map(IpAddr::to_canonical);
        let networks = company.map_or_else(|| self.networks.clone(), |company| self.networks.of(company));
        let permitted = addresses.filter(|address| {
            networks.permit(*address, target.encrypted)
                && networks.permit_port(target.port, address.is_loopback())
        });
        let permitted: Vec<_> = permitted.take(MOST_ADDRESSES).collect();
        if permitted.is_empty() { Err(DeliveryError::BlockedAddress) } else { Ok(permitted) }
    }

    /// Every failure of a handshake counts as a TLS failure, also a closed connection: that is how servers answer an
    /// unknown server name.
    async fn encrypted(&self, stream: TcpStream, host: &Host) -> Result<Box<dyn Stream>, DeliveryError> {
        let name = match host {
            Host::Ipv4(address) => IpAddr::from(*address).into(),
            Host::Ipv6(address) => IpAddr::from(*address).into(),
            Host::Domain(name) => {
                ServerName::try_from(name.clone()).map_err(|error| DeliveryError::Tls(error.into()))?
            }
        };
        let connector = self.tls.connector().map_err(|error| DeliveryError::Tls(error.into()))?;
        let stream =
            connector.connect(name, stream).await.map_err(|error| DeliveryError::Tls(error.into()))?;
        Ok(Box::new(stream))
    }
}

/// Connects to the first address that answers.
async fn dial(addresses: &[IpAddr], port: u16, time: Duration) -> Result<TcpStream, DeliveryError> {
    let share = time / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut last = DeliveryError::BlockedAddress;
    for address in addresses {
        match tokio::time::timeout(share, TcpStream::connect((*address, port))).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = DeliveryError::Unreachable(error),
            Err(_) => last = DeliveryError::Timeout,
        }
    }
    Err(last)
}
