//! The sockets, bound before anything else runs: a port that is taken is reported at once, and the functions'
//! settings can name ports that the system chose.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use crate::error::StartError;

/// One socket per service of the stack.
pub(crate) struct Listeners {
    pub(crate) gateway: TcpListener,
    pub(crate) engine: TcpListener,
    pub(crate) ses: TcpListener,
    pub(crate) eventbridge: TcpListener,
}

impl Listeners {
    /// Binds the gateway where the caller wants it, and the rest to free ports of the loopback address.
    pub(crate) fn bind(host: &str, port: u16) -> Result<Self, StartError> {
        Ok(Self {
            gateway: bind(host, port)?,
            engine: bind("127.0.0.1", 0)?,
            ses: bind("127.0.0.1", 0)?,
            eventbridge: bind("127.0.0.1", 0)?,
        })
    }

    /// Binds the pages where the caller wants them, and the services to the ports after that one, so that whoever has
    /// noted their addresses finds them again. Port 0 takes free ones.
    pub(crate) fn bind_in_a_row(host: &str, port: u16) -> Result<Self, StartError> {
        let next = |step: u16| if port == 0 { 0 } else { port.saturating_add(step) };
        Ok(Self {
            gateway: bind(host, port)?,
            engine: bind(host, next(1))?,
            ses: bind(host, next(2))?,
            eventbridge: bind(host, next(3))?,
        })
    }
}

fn bind(host: &str, port: u16) -> Result<TcpListener, StartError> {
    let address = format!("{host}:{port}");
    let bound = TcpListener::bind((host, port)).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortInUse { address },
        _ => StartError::Listen { address, source },
    })
}

/// The URL under which this machine reaches the listener.
pub(crate) fn url(listener: &TcpListener) -> Result<String, StartError> {
    let address = listener.local_addr().map_err(StartError::Runtime)?;
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
    fn a_taken_port_is_named_with_a_way_out() {
        let first = Listeners::bind("127.0.0.1", 0).unwrap();
        let port = first.gateway.local_addr().unwrap().port();
        let refusal = Listeners::bind("127.0.0.1", port).err().unwrap().to_string();
        assert!(refusal.starts_with(&format!("127.0.0.1:{port} is already in use")), "{refusal}");
        assert!(refusal.contains("--port"), "{refusal}");
    }

    #[test]
    fn services_take_the_ports_after_that_of_the_pages() {
        let Listeners { gateway, .. } = Listeners::bind("127.0.0.1", 0).unwrap();
        let port = gateway.local_addr().unwrap().port();
        let refusal = Listeners::bind_in_a_row("127.0.0.1", port - 1).err().unwrap();
        assert!(matches!(refusal, StartError::PortInUse { .. }), "{refusal}");
        assert!(Listeners::bind_in_a_row("127.0.0.1", 0).is_ok());
    }

    #[test]
    fn an_address_of_another_machine_is_refused() {
        let refusal = Listeners::bind("192.0.2.1", 0).err().unwrap().to_string();
        assert!(refusal.contains("192.0.2.1:0") && refusal.contains("--host"), "{refusal}");
    }

    #[test]
    fn every_address_is_shown_as_one_that_can_be_opened() {
        let everywhere = bind("0.0.0.0", 0).unwrap();
        assert!(url(&everywhere).unwrap().starts_with("http://127.0.0.1:"));
    }
}
