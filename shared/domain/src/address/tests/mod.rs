//! Which addresses are public: both ends of every special range, their neighbours, and IPv4 embedded in IPv6.

mod registry;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use proptest::prelude::*;

use super::*;
use registry::{GLOBAL_UNICAST, IPV4, IPV6, OTHERS};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn net(text: &str) -> IpNet {
    let net: IpNet = text.parse().unwrap();
    assert_eq!(net, net.trunc(), "{text} is written with more than its prefix");
    net
}

/// Every forbidden range with its name.
fn forbidden() -> impl Iterator<Item = (IpNet, &'static str)> {
    IPV4.into_iter().chain(IPV6).chain(OTHERS).map(|(range, name)| (net(range), name))
}

/// The IPv4 address that is really reached through an IPv6 one.
fn reached_ipv4(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let [.., a, b, c, d] = address.octets();
    let transparent = net("::ffff:0:0/96").contains(&IpAddr::V6(address))
        || net("64:ff9b::/96").contains(&IpAddr::V6(address));
    transparent.then(|| Ipv4Addr::new(a, b, c, d))
}

/// Whether an address is public by the tables, without the code under test.
fn is_public_by_table(address: IpAddr) -> bool {
    if let Some(inner) = reached_ipv4(address) {
        return is_public_by_table(inner.into());
    }
    let allocated = address.is_ipv4() || net(GLOBAL_UNICAST).contains(&address);
    allocated && !forbidden().any(|(range, _)| range.contains(&address))
}

fn before(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_sub(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(address) => address.to_bits().checked_sub(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}

#[test]
fn both_ends_of_every_special_range_are_forbidden() {
    let networks = AllowedNetworks::default();
    for (range, name) in forbidden() {
        for address in [range.network(), range.broadcast()] {
            assert!(!is_public(address), "{address} of {range}, {name}");
            assert!(!networks.permit(address, true) && !networks.permit(address, false), "{address}");
        }
    }
}

#[test]
fn neighbours_of_special_ranges_match_the_table() {
    let mut public = 0;
    for (range, name) in forbidden() {
        for address in [before(range.network()), after(range.broadcast())].into_iter().flatten() {
            let expected = is_public_by_table(address);
            assert_eq!(is_public(address), expected, "{address} beside {range}, {name}");
            public += usize::from(expected);
        }
    }
    assert!(public > 30, "only {public} neighbours are public: the ranges cover too much");
}

/// IPv4 embedded in IPv6 in every known way.
fn embeddings(address: Ipv4Addr) -> [(&'static str, IpAddr); 9] {
    let [a, b, c, d] = address.octets().map(u16::from);
    let (high, low) = (a << 8 | b, c << 8 | d);
    let v6 = |segments: [u16; 8]| Ipv6Addr::from(segments).into();
    [
        ("mapped", v6([0, 0, 0, 0, 0, 0xffff, high, low])),
        ("NAT64", v6([0x64, 0xff9b, 0, 0, 0, 0, high, low])),
        ("compatible", v6([0, 0, 0, 0, 0, 0, high, low])),
        ("translated", v6([0, 0, 0, 0, 0xffff, 0, high, low])),
        ("local NAT64", v6([0x64, 0xff9b, 1, high, low >> 8, low << 8, 0, 0])),
        ("local NAT64 with a prefix of 96 bits", v6([0x64, 0xff9b, 1, 0, 0, 0, high, low])),
        ("6to4", v6([0x2002, high, low, 0, 0, 0, 0, 1])),
        ("Teredo's client", v6([0x2001, 0, 0x4136, 0xe378, 0x8000, 0x63bf, !high, !low])),
        ("Teredo's server", v6([0x2001, 0, high, low, 0x8000, 0x63bf, 0x3fff, 0xfdd2])),
    ]
}

#[test]
fn no_embedding_makes_a_forbidden_address_public() {
    for (range, name) in forbidden() {
        for address in [range.network(), range.broadcast()] {
            let IpAddr::V4(address) = address else { continue };
            for (kind, embedded) in embeddings(address) {
                assert!(!is_public(embedded), "{address} ({name}) as {kind}: {embedded}");
            }
        }
    }
}

#[test]
fn metadata_services_are_forbidden() {
    for (cloud, address) in [
        ("AWS, Azure, Google, Oracle, DigitalOcean", "169.254.169.254"),
        ("AWS: tasks of ECS", "169.254.170.2"),
        ("AWS: pods of EKS", "169.254.170.23"),
        ("AWS: time", "169.254.169.123"),
        ("AWS: over IPv6", "fd00:ec2::254"),
        ("AWS: pods of EKS over IPv6", "fd00:ec2::23"),
        ("Google: over IPv6", "fd20:ce::254"),
        ("Oracle", "192.0.0.192"),
        ("Alibaba", "100.100.100.200"),
        ("Azure: wire server", "168.63.129.16"),
        ("Scaleway: over IPv6", "fd00:42::42"),
    ] {
        assert!(!is_public(ip(address)), "{cloud}: {address}");
    }
}

#[test]
fn public_addresses() {
    for address in ["1.1.1.1", "93.184.216.34", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00::1"]
    {
        assert!(is_public(ip(address)), "{address}");
    }
}

#[test]
fn allowed_networks() {
    let loopback = AllowedNetworks::parse("127.0.0.0/8, ::1/128").unwrap();
    assert!(loopback.permit(ip("127.0.0.1"), false) && loopback.permit(ip("::ffff:127.0.0.1"), true));
    assert!(!loopback.permit(ip("10.0.0.1"), true) && !loopback.permit(ip("1.1.1.1"), false));
    assert!(loopback.permit(ip("1.1.1.1"), true));
    assert!(AllowedNetworks::parse("").unwrap().is_empty());
    for wrong in
        ["127.0.0.1/99", "127.0.0.1/-1", "localhost", "127.0.0.0/8;::1/128", "10.0.0.0/8 ::1/128", "0x7f.1/8"]
    {
        assert!(AllowedNetworks::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn networks_of_a_company() {
    let networks = AllowedNetworks::parse("acme=10.0.0.0/8, 127.0.0.0/8,other=10.1.0.0/16").unwrap();
    let permit = |company: &str, address| networks.of(&company.parse().unwrap()).permit(ip(address), false);
    assert!(permit("acme", "10.2.0.1") && permit("acme", "127.0.0.1"));
    assert!(permit("other", "10.1.0.1") && !permit("other", "10.2.0.1"));
    assert!(permit("third", "127.0.0.1") && !permit("third", "10.1.0.1"));
    assert!(!networks.permit(ip("10.1.0.1"), true), "of no company in particular");
    let private = AllowedNetworks::parse("acme=10.0.0.0/8").unwrap();
    assert!(private.is_empty() && private.of(&"other".parse().unwrap()).is_empty());
    for wrong in ["ACME=10.0.0.0/8", "=10.0.0.0/8", "acme=", "acme=10.0.0.0/8=x"] {
        assert!(AllowedNetworks::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn ports() {
    let permitted = |ports: &str, port, on_loopback| {
        let ports = AllowedPorts::parse(ports).unwrap();
        AllowedNetworks::default().with_ports(ports).permit_port(port, on_loopback)
    };
    for port in [443, 8443] {
        assert!(AllowedNetworks::default().permit_port(port, false), "{port}");
    }
    for port in [0, 22, 80, 6379, 8080] {
        assert!(!AllowedNetworks::default().permit_port(port, true), "{port}");
    }
    assert!(permitted("443, loopback", 6379, true) && !permitted("443,loopback", 6379, false));
    assert!(permitted("80", 80, false) && !permitted("80", 443, false) && !permitted("loopback", 0, true));
    assert_eq!(AllowedPorts::parse("443,loopback").unwrap().to_string(), "443, any on loopback");
    for wrong in ["", ",", "0", "65536", "-1", "https", "443-445"] {
        assert!(AllowedPorts::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    /// Drawn from the ranges themselves, since random bits hardly ever hit a small one.
    #[test]
    fn no_address_of_a_special_range_is_public(row: prop::sample::Index, bits: u128) {
        let ranges: Vec<_> = forbidden().collect();
        let (range, name) = ranges[row.index(ranges.len())];
        let address = match range {
            IpNet::V4(range) => {
                let low = u32::try_from(bits & u128::from(u32::MAX)).unwrap();
                Ipv4Addr::from_bits(range.network().to_bits() | (low & range.hostmask().to_bits())).into()
            }
            IpNet::V6(range) => {
                Ipv6Addr::from_bits(range.network().to_bits() | (bits & range.hostmask().to_bits())).into()
            }
        };
        prop_assert!(range.contains(&address));
        // An IPv6 address that reaches an IPv4 one is as public as that.
        let expected = reached_ipv4(address).is_some_and(|inner| is_public_by_table(inner.into()));
        prop_assert_eq!(is_public(address), expected, "{} of {}, {}", address, range, name);
    }

    #[test]
    fn only_transparent_embeddings_are_as_public_as_their_ipv4_address(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        for (kind, embedded) in embeddings(address) {
            let expected = ["mapped", "NAT64"].contains(&kind) && is_public(address.into());
            prop_assert_eq!(is_public(embedded), expected, "{} as {}", address, kind);
        }
    }
}
