use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// The formats that are checked; every other one is taken for a note to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Date,
    Time,
    DateTime,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    Uri,
    UriReference,
    Uuid,
    Regex,
    JsonPointer,
}

const NAMES: [(&str, Format); 12] = [
    ("date", Format::Date),
    ("time", Format::Time),
    ("date-time", Format::DateTime),
    ("email", Format::Email),
    ("hostname", Format::Hostname),
    ("ipv4", Format::Ipv4),
    ("ipv6", Format::Ipv6),
    ("uri", Format::Uri),
    ("uri-reference", Format::UriReference),
    ("uuid", Format::Uuid),
    ("regex", Format::Regex),
    ("json-pointer", Format::JsonPointer),
];

impl Format {
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(own, _)| *own == name).map(|(_, format)| *format)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Date => text.len() == 10 && text.parse::<Date>().is_ok(),
            Self::Time => text.trim_end_matches('Z').split(['+', '-']).next().is_some_and(|time| time.parse::<Time>().is_ok()),
            Self::DateTime => text.contains(['T', 't', ' ']) && text.parse::<Timestamp>().is_ok(),
            Self::Email => text.rsplit_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && !name.contains([' ', '@']) && is_hostname(host.trim_start_matches('[').trim_end_matches(']'))
            }),
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Uri => is_uri(text),
            Self::UriReference => !text.contains([' ', '\\', '<', '>', '"']),
            Self::Uuid => is_uuid(text),
            Self::Regex => regex::Regex::new(text).is_ok(),
            Self::JsonPointer => text.is_empty() || text.starts_with('/'),
        }
    }
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        let fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && fits && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme && !rest.is_empty() && !rest.contains([' ', '\\', '<', '>', '"'])
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}
