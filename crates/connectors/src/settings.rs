use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What outbound calls may reach and use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether nodes may call out at all.
    pub enabled: bool,
    /// Lets calls reach this machine and private networks; for development and tests. Cloud metadata services stay out of reach.
    pub allow_private_network: bool,
    /// Networks (`10.1.0.0/16`, `fd00:7::/32`) that calls may reach although they are private.
    pub allowed_networks: Vec<Network>,
    /// Networks that calls may not reach although they are public, such as the cluster's own; stronger than those allowed.
    pub denied_networks: Vec<Network>,
    /// Hosts that calls may reach, such as `api.example.com` or `*.example.com` (its subdomains); empty for any. Their addresses are
    /// checked all the same.
    pub allowed_hosts: Vec<String>,
    /// Ports that calls may use; empty for any.
    pub allowed_ports: Vec<u16>,
    /// How long connecting may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long a call may take whose node sets no limit, in milliseconds.
    pub timeout_ms: u64,
    /// Bytes of one response body in memory. A longer text (anything but JSON, in an answer with an expected status) goes to the object
    /// store, where there is one, as far as the execution's `max_stored_bytes` allow.
    pub max_response_bytes: u64,
    /// Bytes of the status line and headers of one response, at least; twice as many are certainly refused.
    pub max_header_bytes: usize,
    /// Redirects that are followed, at most 10.
    pub max_redirects: u8,
    /// Calls of one tenant at the same time; more wait for their turn, within their time-out.
    pub concurrent_per_tenant: usize,
    /// A file with certificates (PEM) of authorities to trust besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Idle connections kept for each tenant and origin.
    pub idle_per_origin: usize,
    /// How long an idle connection is kept, in milliseconds.
    pub idle_timeout_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            allow_private_network: false,
            allowed_networks: Vec::new(),
            denied_networks: Vec::new(),
            allowed_hosts: Vec::new(),
            allowed_ports: Vec::new(),
            connect_timeout_ms: 10_000,
            timeout_ms: 30_000,
            max_response_bytes: 10 << 20,
            max_header_bytes: 64 << 10,
            max_redirects: 5,
            concurrent_per_tenant: 1_024,
            ca_file: None,
            idle_per_origin: 64,
            idle_timeout_ms: 60_000,
        }
    }
}

impl Settings {
    /// Whether the list of allowed hosts has this one.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        self.allowed_hosts.is_empty()
            || self.allowed_hosts.iter().any(|allowed| match allowed.strip_prefix("*.") {
                Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
                None => host.eq_ignore_ascii_case(allowed),
            })
    }
}

/// An address range in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Text that is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address range such as 10.1.0.0/16")]
pub struct NotANetwork(String);

impl Network {
    /// Whether the range holds `address`.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => same_bits(mine.to_bits().into(), other.to_bits().into(), self.prefix, 32),
            (IpAddr::V6(mine), IpAddr::V6(other)) => same_bits(mine.to_bits(), other.to_bits(), self.prefix, 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn same_bits(one: u128, other: u128, prefix: u8, width: u8) -> bool {
    prefix == 0 || (one ^ other) >> (width - prefix) == 0
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let prefix: u8 = prefix.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        if prefix > width { Err(wrong()) } else { Ok(Self { address, prefix }) }
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        format!("{}/{}", network.address, network.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_allowed_by_name_or_as_subdomains() {
        let settings = Settings { allowed_hosts: vec!["API.example.com".to_owned(), "*.example.org".to_owned()], ..Settings::default() };
        for host in ["api.example.com", "a.example.org", "a.b.example.org"] {
            assert!(settings.allows_host(host), "{host}");
        }
        for host in ["example.com", "x.api.example.com", "example.org", ".example.org", "evilexample.org", "127.0.0.1"] {
            assert!(!settings.allows_host(host), "{host}");
        }
        assert!(Settings::default().allows_host("anything.example"));
    }

    #[test]
    fn a_network_holds_the_addresses_with_its_prefix() {
        let network: Network = "10.1.0.0/16".parse().unwrap();
        assert!(network.contains("10.1.255.3".parse().unwrap()));
        assert!(!network.contains("10.2.0.1".parse().unwrap()));
        assert!(!network.contains("::ffff:10.1.0.1".parse().unwrap()));
        let everything: Network = "::/0".parse().unwrap();
        assert!(everything.contains("fd00::1".parse().unwrap()));
        for wrong in ["10.1.0.0", "10.1.0.0/33", "x/8", "fd00::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
