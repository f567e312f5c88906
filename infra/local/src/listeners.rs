//! The sockets, bound before anything else starts: a port in use is reported at once, and the functions' variables can
//! name ports that the system chose.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Context as _, Result, anyhow};

/// One socket per service of the stack.
pub(crate) struct Listeners {
    pub(crate) gateway: TcpListener,
    pub(crate) engine: TcpListener,
    pub(crate) ses: TcpListener,
    pub(crate) eventbridge: TcpListener,
}

/// Where the stack's services listen, as URLs.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// The API and the pages.
    pub gateway: String,
    /// The engine, which speaks DynamoDB's protocol.
    pub engine: String,
    /// The fake of SES.
    pub ses: String,
    /// The fake of EventBridge.
    pub eventbridge: String,
}

impl Listeners {
    /// Binds the gateway to this port, and the services to free ports of the loopback address.
    pub(crate) fn bind(host: &str, port: u16) -> Result<Self> {
        let service = || bind("127.0.0.1", 0);
        Ok(Self { gateway: bind(host, port)?, engine: service()?, ses: service()?, eventbridge: service()? })
    }

    /// Binds the pages to this port and the services to the three ports after it, so that their addresses are the same after
    /// a restart. Port 0 takes free ones.
    pub(crate) fn bind_in_a_row(host: &str, port: u16) -> Result<Self> {
        let next = |step: u16| bind(host, if port == 0 { 0 } else { port.saturating_add(step) });
        Ok(Self { gateway: next(0)?, engine: next(1)?, ses: next(2)?, eventbridge: next(3)? })
    }

    pub(crate) fn addresses(&self) -> Result<Addresses> {
        Ok(Addresses {
            gateway: url(&self.gateway)?,
            engine: url(&self.engine)?,
            ses: url(&self.ses)?,
            eventbridge: url(&self.eventbridge)?,
        })
    }
}

fn bind(host: &str, port: u16) -> Result<TcpListener> {
    let bound = TcpListener::bind((host, port)).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "{host}:{port} is already in use: stop the other program, or choose another port with --port (0 takes a free one)"
        ),
        _ => anyhow!("cannot listen on {host}:{port}: {error}; choose another --host or --port"),
    })
}

/// The URL at which this machine reaches a socket.
fn url(listener: &TcpListener) -> Result<String> {
    let address = listener.local_addr().context("a socket has no address")?;
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Ok(format!("http://{}", SocketAddr::new(ip, address.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_take_the_ports_after_that_of_the_pages() {
        let Listeners { gateway, .. } = Listeners::bind("127.0.0.1", 0).unwrap();
        let port = gateway.local_addr().unwrap().port();
        let error = Listeners::bind_in_a_row("127.0.0.1", port - 1).err().unwrap().to_string();
        assert!(error.contains("is already in use"), "{error}");
        assert!(Listeners::bind_in_a_row("127.0.0.1", 0).is_ok());
    }

    #[test]
    fn names_an_address_of_another_machine() {
        let error = Listeners::bind("192.0.2.1", 0).err().unwrap().to_string();
        assert!(error.contains("192.0.2.1:0") && error.contains("--host"), "{error}");
    }

    #[test]
    fn shows_the_unspecified_address_as_loopback() {
        let everywhere = bind("0.0.0.0", 0).unwrap();
        assert!(url(&everywhere).unwrap().starts_with("http://127.0.0.1:"));
    }
}
