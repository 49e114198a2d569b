use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Settings;

/// Why a call may not reach an address; `None` when it may.
///
/// Everything that is not globally reachable by the IANA special-purpose registries is refused. So is every IPv6 form that carries an
/// IPv4 address inside, because whatever translates it on the way decides where it goes; an installation that needs one (NAT64, say)
/// allows its network, and then the address inside is judged as well.
pub(super) fn refusal(address: IpAddr, settings: &Settings) -> Option<&'static str> {
    let address = plain(address);
    let inside = match address {
        IpAddr::V4(_) => [None; 2],
        IpAddr::V6(address) => carried(address),
    };
    inside.into_iter().flatten().find_map(|inside| judge(inside.into(), settings)).or_else(|| judge(address, settings))
}

fn judge(address: IpAddr, settings: &Settings) -> Option<&'static str> {
    if is_metadata(address) {
        return Some("a cloud metadata service");
    }
    if settings.denied_networks.iter().any(|network| network.contains(address)) {
        return Some("a network this installation does not allow");
    }
    if settings.allowed_networks.iter().any(|network| network.contains(address)) {
        return None;
    }
    let class = match address {
        IpAddr::V4(address) => class_v4(address),
        IpAddr::V6(address) => class_v6(address),
    };
    match class {
        Class::Public => None,
        Class::Local(_) if settings.allow_private_network => None,
        Class::Local(what) | Class::Special(what) => Some(what),
    }
}

/// Who may be reached at an address.
enum Class {
    /// Anyone.
    Public,
    /// This machine or its neighbours.
    Local(&'static str),
    /// Nobody, or nobody in particular.
    Special(&'static str),
}

/// An IPv4-mapped address is the IPv4 address, for every system call.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// The IPv4 addresses that an IPv6 address stands for on the other side of a translator or tunnel.
fn carried(address: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let segments = address.segments();
    let at = |high: usize| Some(Ipv4Addr::from_bits(u32::from(segments[high]) << 16 | u32::from(segments[high + 1])));
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [None; 2],
        // IPv4-compatible, IPv4-translated (RFC 2765), NAT64 (RFC 6052, RFC 8215).
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, ..] => [at(6), None],
        // Teredo: its server, and the client with all bits turned.
        [0x2001, 0, ..] => [at(2), at(6).map(|client| Ipv4Addr::from_bits(!client.to_bits()))],
        // 6to4.
        [0x2002, ..] => [at(1), None],
        // ISATAP.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => [at(6), None],
        _ => [None; 2],
    }
}

fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(
            v4.octets(),
            [169, 254, 169, 254 | 253] | [169, 254, 170, 2 | 23] | [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192]
        ),
        IpAddr::V6(v6) => matches!(v6.segments(), [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254 | 0x23] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]),
    }
}

fn class_v4(address: Ipv4Addr) -> Class {
    match address.octets() {
        [0, ..] => Class::Special("this host"),
        [127, ..] => Class::Local("this machine"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Class::Local("a private network"),
        [100, 64..=127, ..] => Class::Local("a provider's internal network"),
        [169, 254, ..] => Class::Local("a link-local address"),
        [192, 0, 0, _] | [192, 88, 99, _] => Class::Special("a protocol address"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Class::Special("a documentation address"),
        [198, 18..=19, ..] => Class::Special("a benchmarking network"),
        [224..=239, ..] => Class::Special("a multicast address"),
        [240..=255, ..] => Class::Special("a reserved address"),
        _ => Class::Public,
    }
}

fn class_v6(address: Ipv6Addr) -> Class {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Special("this host"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Local("this machine"),
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, ..] | [0x2001, 0, ..] | [0x2002, ..] => {
            Class::Special("a translated address")
        }
        [0x100, 0, 0, 0, ..] => Class::Special("a discard address"),
        [0x2001, 0x1..=0x1ff, ..] => Class::Special("a protocol address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Class::Special("a documentation address"),
        [0x5f00, ..] => Class::Special("a segment-routing address"),
        [0xfc00..=0xfdff, ..] => Class::Local("a private network"),
        [0xfe80..=0xfebf, ..] => Class::Local("a link-local address"),
        [0xfec0..=0xfeff, ..] => Class::Local("a site-local address"),
        [0xff00..=0xffff, ..] => Class::Special("a multicast address"),
        // Only 2000::/3 is given out for use on the internet.
        [0x2000..=0x3fff, ..] => Class::Public,
        _ => Class::Special("a reserved address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By default: what is told about each, or `-` when it may be reached.
    const TABLE: &[(&str, &str)] = &[
        ("this host", "0.0.0.0 0.1.2.3 0.255.255.255 ::"),
        (
            "this machine",
            "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::1 2606:4700::5efe:7f00:1",
        ),
        (
            "a private network",
            "10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 ::ffff:10.0.0.1 fc00::1 fdff::1 64:ff9b:1::a00:1 2001:0:a00:1::1 \
             2001:0:808:808:0:0:f5ff:fffe",
        ),
        ("a provider's internal network", "100.64.0.1 100.127.255.255"),
        ("a link-local address", "169.254.0.1 fe80::1 febf::1"),
        ("a site-local address", "fec0::1 feff::1"),
        (
            "a cloud metadata service",
            "169.254.169.254 100.100.100.200 168.63.129.16 192.0.0.192 169.254.170.2 fd00:ec2::254 fd20:ce::254 ::ffff:169.254.169.254 \
             64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1",
        ),
        ("a protocol address", "192.0.0.1 192.88.99.1 2001:10::1 2001:20::1 2001:2::1"),
        ("a documentation address", "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1"),
        ("a benchmarking network", "198.18.0.1 198.19.255.255"),
        ("a multicast address", "224.0.0.1 239.1.1.1 ff02::1 ff0e::1"),
        ("a reserved address", "240.0.0.1 255.255.255.255 4000::1 1::1 fe00::1"),
        ("a translated address", "::8.8.8.8 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1 2001:0:808:808:0:0:f7f7:f7f7"),
        ("a discard address", "100::1"),
        ("a segment-routing address", "5f00::1"),
        (
            "-",
            "1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.167.1.1 192.0.1.1 198.17.1.1 198.20.0.1 223.255.255.255 \
             2600::1 2606:4700:4700::1111 2a00:1450:4001:800::200e ::ffff:8.8.8.8 2606:4700::5efe:808:808",
        ),
    ];

    fn told(address: &str, settings: &Settings) -> &'static str {
        refusal(address.parse().unwrap(), settings).unwrap_or("-")
    }

    #[test]
    fn every_class_of_address_is_known() {
        let settings = Settings::default();
        for (expected, addresses) in TABLE {
            for address in addresses.split_whitespace() {
                assert_eq!(told(address, &settings), *expected, "{address}");
            }
        }
    }

    #[test]
    fn where_private_networks_are_allowed_only_they_are() {
        let settings = Settings { allow_private_network: true, ..Settings::default() };
        for address in "127.0.0.1 ::1 ::ffff:127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 169.254.0.1 fd00::1 fe80::1".split(' ') {
            assert_eq!(told(address, &settings), "-", "{address}");
        }
        let special = TABLE
            .iter()
            .filter(|(class, _)| !matches!(*class, "-" | "this machine") && !class.starts_with("a p") && !class.ends_with("l address"));
        for address in
            special.flat_map(|(_, addresses)| addresses.split_whitespace()).chain(["64:ff9b::7f00:1", "2002:a00:1::1", "::127.0.0.1"])
        {
            assert_ne!(told(address, &settings), "-", "{address}");
        }
    }

    #[test]
    fn networks_can_be_allowed_and_denied() {
        let networks = |list: &[&str]| list.iter().map(|network| network.parse().unwrap()).collect();
        let settings = Settings {
            allowed_networks: networks(&["10.1.0.0/16", "64:ff9b::/96", "169.254.0.0/16", "8.8.4.0/24"]),
            denied_networks: networks(&["8.8.0.0/16"]),
            ..Settings::default()
        };
        for address in ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::1.1.1.1", "64:ff9b::10.1.2.3", "169.254.7.7"] {
            assert_eq!(told(address, &settings), "-", "{address}");
        }
        for address in ["10.2.2.3", "8.8.8.8", "8.8.4.4", "64:ff9b::8.8.8.8", "64:ff9b::10.2.2.3", "169.254.169.254"] {
            assert_ne!(told(address, &settings), "-", "{address}");
        }
    }
}
