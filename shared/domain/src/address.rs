//! Which addresses a callback may reach: public ones, and those in networks that a deployment allows.
//!
//! The forbidden ranges are the IANA special-purpose address registries (IPv4 and IPv6) plus multicast. IPv4-mapped and
//! NAT64 addresses count as the IPv4 address inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

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

/// Networks that callbacks may reach besides public addresses, and over plain http.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedNetworks(Vec<IpNet>);

impl AllowedNetworks {
    /// Parses a comma-separated list of networks such as `127.0.0.0/8,::1/128`; an empty text allows none.
    pub fn parse(list: &str) -> Result<Self, String> {
        list.split(',')
            .map(str::trim)
            .filter(|network| !network.is_empty())
            .map(|network| {
                network.parse().map_err(|_| format!("'{network}' is not a network such as 10.0.0.0/8"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the address is in an allowed network.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = unmapped(address);
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether no network is allowed, and thus no plain http.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a callback may connect to this address; plain http reaches allowed networks only.
    #[must_use]
    pub fn permit(&self, address: IpAddr, encrypted: bool) -> bool {
        self.contain(address) || (encrypted && is_public(address))
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
