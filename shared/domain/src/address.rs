//! Which addresses a callback may reach: public ones, and those in networks that a deployment allows.
//!
//! The forbidden ranges are the IANA special-purpose address registries (IPv4 and IPv6) plus multicast. IPv4-mapped and
//! NAT64 addresses count as the IPv4 address inside.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::ids::CompanyId;

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 4], prefix: u8) -> Ipv6Net {
    let [a, b, c, d] = head;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

const SPECIAL_V4: [Ipv4Net; 17] = [
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // shared address space
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local, cloud metadata
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments, metadata of some clouds
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 31, 196, 0, 24), // AS112
    v4(192, 52, 193, 0, 24), // automatic multicast tunnelling
    v4(192, 88, 99, 0, 24),  // 6to4 relay anycast
    v4(192, 168, 0, 0, 16),  // private
    v4(192, 175, 48, 0, 24), // AS112
    v4(198, 18, 0, 0, 15),   // benchmarking
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 3),     // multicast, reserved, broadcast
];

/// Azure's metadata service has a public address; those of other clouds are in special ranges already.
const METADATA_V4: [Ipv4Addr; 1] = [Ipv4Addr::new(168, 63, 129, 16)];

/// Global unicast; everything outside is special or unassigned.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

const SPECIAL_V6: [Ipv6Net; 6] = [
    v6([0x2001, 0, 0, 0], 23), // protocol assignments: Teredo, ORCHID, benchmarking, drone ids
    v6([0x2001, 0xdb8, 0, 0], 32), // documentation
    v6([0x2002, 0, 0, 0], 16), // 6to4
    v6([0x2620, 0x4f, 0x8000, 0], 48), // AS112
    v6([0x3ffe, 0, 0, 0], 16), // 6bone, returned
    v6([0x3fff, 0, 0, 0], 20), // documentation
];

/// The well-known NAT64 prefix; the last 32 bits are the IPv4 address that is really reached.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0], 96);

/// Networks that callbacks may reach besides public addresses, and over plain http; and the ports that they may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedNetworks {
    networks: Vec<(Option<CompanyId>, IpNet)>,
    ports: AllowedPorts,
}

impl AllowedNetworks {
    /// Parses a comma-separated list of networks such as `127.0.0.0/8,acme=10.0.0.0/8`. One with a company is for that
    /// company alone, any other for all. An empty text allows none.
    pub fn parse(list: &str) -> Result<Self, String> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let networks = entries.map(|entry| {
            let (company, network) = match entry.split_once('=') {
                Some((company, network)) => (Some(company), network),
                None => (None, entry),
            };
            let company = company.map(|id| id.parse().map_err(|_| format!("'{id}' is not a company's id")));
            let network =
                network.parse().map_err(|_| format!("'{network}' is not a network such as 10.0.0.0/8"))?;
            Ok((company.transpose()?, network))
        });
        Ok(Self { networks: networks.collect::<Result<_, String>>()?, ports: AllowedPorts::default() })
    }

    /// The same networks with these ports.
    #[must_use]
    pub fn with_ports(self, ports: AllowedPorts) -> Self {
        Self { ports, ..self }
    }

    /// What the callbacks of this company may reach. Without this step, networks of single companies do not count.
    #[must_use]
    pub fn of(&self, company: &CompanyId) -> Self {
        let own = |(of, _): &&(Option<CompanyId>, IpNet)| of.as_ref().is_none_or(|of| of == company);
        let networks = self.networks.iter().filter(own).map(|(_, network)| (None, *network)).collect();
        Self { networks, ports: self.ports.clone() }
    }

    fn for_all(&self) -> impl Iterator<Item = &IpNet> {
        self.networks.iter().filter(|(company, _)| company.is_none()).map(|(_, network)| network)
    }

    /// Whether the address is in an allowed network.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = unmapped(address);
        self.for_all().any(|network| network.contains(&address))
    }

    /// Whether no network is allowed, and thus no plain http.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.for_all().next().is_none()
    }

    /// Whether a callback may connect to this address; plain http reaches allowed networks only.
    #[must_use]
    pub fn permit(&self, address: IpAddr, encrypted: bool) -> bool {
        self.contain(address) || (encrypted && is_public(address))
    }

    /// Whether a callback may connect to this port.
    #[must_use]
    pub fn permit_port(&self, port: u16, on_loopback: bool) -> bool {
        self.ports.listed.contains(&port) || (self.ports.any_on_loopback && on_loopback && port != 0)
    }

    /// The ports.
    #[must_use]
    pub const fn ports(&self) -> &AllowedPorts {
        &self.ports
    }
}

/// The ports that callbacks may reach: a receiver speaks HTTP, so no other service is asked anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedPorts {
    listed: Vec<u16>,
    any_on_loopback: bool,
}

/// The word for any port of a loopback address.
const LOOPBACK: &str = "loopback";

impl Default for AllowedPorts {
    fn default() -> Self {
        Self { listed: vec![443, 8443], any_on_loopback: false }
    }
}

impl AllowedPorts {
    /// Parses a comma-separated list of ports. `loopback` stands for any port of a loopback address.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut ports = Self { listed: Vec::new(), any_on_loopback: false };
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match entry.parse() {
                _ if entry == LOOPBACK => ports.any_on_loopback = true,
                Ok(port) if port != 0 => ports.listed.push(port),
                _ => return Err(format!("'{entry}' is not a port")),
            }
        }
        if ports.listed.is_empty() && !ports.any_on_loopback {
            return Err("names no port".to_owned());
        }
        Ok(ports)
    }
}

impl fmt::Display for AllowedPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = self.listed.iter().map(u16::to_string);
        let any = self.any_on_loopback.then(|| "any on loopback".to_owned());
        f.write_str(&listed.chain(any).collect::<Vec<_>>().join(", "))
    }
}

/// Whether an address is on the public Internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match unmapped(address) {
        IpAddr::V4(address) => {
            !SPECIAL_V4.iter().any(|network| network.contains(&address)) && !METADATA_V4.contains(&address)
        }
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

/// The IPv4 address inside an IPv4-mapped or NAT64 address.
fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(inner) if NAT64.contains(&inner) => {
            let [.., a, b, c, d] = inner.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        other => other.to_canonical(),
    }
}

#[cfg(test)]
mod tests;
