use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::Error;

/// Where a request goes: an `http` or `https` URL that every parser reads alike. What it leads to is checked when connecting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// Reads a URL as people and programs write it.
    ///
    /// # Errors
    /// Anything that is no URL, and everything that could mean different hosts to different readers: credentials, backslashes, control
    /// characters, unusual spellings of addresses, empty parts of names.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
        let host = spelled_host(text)?.ok_or(Error::Url("the URL does not start with http:// or https://"))?;
        let url = Url::parse(text).map_err(|_| Error::Url("the URL cannot be read"))?;
        check(url, Some(host))
    }

    /// Where a `Location` header leads from here.
    ///
    /// # Errors
    /// As for [`Target::parse`].
    pub(super) fn join(&self, location: &str) -> Result<Self, Error> {
        let host = spelled_host(location)?;
        let url = self.0.join(location).map_err(|_| Error::Url("the redirect leads to no URL"))?;
        check(url, host)
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Adds parameters to its query, encoded.
    pub fn add_query<'a>(&mut self, parameters: impl IntoIterator<Item = (&'a str, String)>) {
        let mut parameters = parameters.into_iter().peekable();
        if parameters.peek().is_some() {
            self.0.query_pairs_mut().extend_pairs(parameters);
        }
    }

    /// Host and port, which may be told; the rest of a URL may be secret.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    pub(super) fn same_origin(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
    }
}

/// The host as written, when the text names one.
fn spelled_host(text: &str) -> Result<Option<&str>, Error> {
    if text.chars().any(|c| c.is_control() || c == '\\') {
        return Err(Error::Url("the URL has a character that does not belong into one"));
    }
    let after_scheme = match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => match rest.strip_prefix("//") {
            Some(rest) => rest,
            None => return Err(Error::Url("the URL has no // after its scheme")),
        },
        Some(_) | None => match text.strip_prefix("//") {
            Some(rest) => rest,
            None => return Ok(None),
        },
    };
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Error::Url("user and password do not belong into a URL: use a header"));
    }
    let host = match authority.rfind(']') {
        Some(end) => &authority[..=end],
        None => authority.split(':').next().unwrap_or_default(),
    };
    if host.is_empty() {
        return Err(Error::Url("the URL names no host"));
    }
    Ok(Some(host))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn check(mut url: Url, spelled: Option<&str>) -> Result<Target, Error> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Url("only http and https URLs can be called"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Url("user and password do not belong into a URL: use a header"));
    }
    if let Some(rooted) = url.host_str().and_then(|host| host.strip_suffix('.')) {
        // One dot at the end is the root of the name system; without it, the rest may be an address.
        let name = rooted.to_owned();
        url.set_host(Some(&name)).map_err(|_| Error::Url("the URL names no host"))?;
    }
    url.set_fragment(None);
    let plain = match url.host() {
        None => return Err(Error::Url("the URL names no host")),
        Some(Host::Domain(name)) if name.split('.').any(str::is_empty) => {
            return Err(Error::Url("the host name has an empty part"));
        }
        Some(Host::Domain(_)) => spelled.is_none_or(|spelled| !spelled.contains('%')),
        Some(Host::Ipv4(address)) => spelled.is_none_or(|spelled| spelled.parse::<Ipv4Addr>() == Ok(address)),
        Some(Host::Ipv6(address)) => spelled.is_none_or(|spelled| bracketed(spelled) == Some(address)),
    };
    if plain { Ok(Target(url)) } else { Err(Error::Url("the address in the URL is spelled in an unusual way")) }
}

fn bracketed(spelled: &str) -> Option<Ipv6Addr> {
    spelled.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        Target::parse(text).map(|target| target.url().to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn ordinary_urls_are_read() {
        for (text, expected) in [
            ("https://api.example.com/a?b=c#d", "https://api.example.com/a?b=c"),
            (" http://example.com:8080 ", "http://example.com:8080/"),
            ("HTTPS://Example.COM./x", "https://example.com/x"),
            ("http://93.184.216.34/", "http://93.184.216.34/"),
            ("http://[2606:4700::1111]:443/", "http://[2606:4700::1111]:443/"),
            ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("http://example.com/?next=http://user@other/", "http://example.com/?next=http://user@other/"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_readers_could_differ_about_is_refused() {
        for text in [
            "",
            "example.com",
            "/path",
            "ftp://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http:example.com",
            "http:/example.com",
            "http://",
            "http:///path",
            "http://:80/",
            "http://user@example.com/",
            "http://user:secret@example.com/",
            "http://@example.com/",
            "http://example.com\\@127.0.0.1/",
            "http:\\\\example.com/",
            "http://exa\tmple.com/",
            "http://example.com/\npath",
            "http://127.0.0.1../",
            "http://.example.com/",
            "http://a..b/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://127.0.0.01/",
            "http://%31%32%37.0.0.1/",
            "http://%6cocalhost/",
            "http://\u{ff11}27.0.0.1/",
            "http://\u{2460}27.0.0.1/",
            "http://127\u{3002}0\u{3002}0\u{3002}1/",
            "http://[::1%25eth0]/",
            "http://[::1",
            "http://example.com:99999/",
        ] {
            assert!(read(text).is_err(), "{text:?} reads as {:?}", read(text));
        }
    }

    #[test]
    fn redirects_lead_to_urls_of_the_same_kind() {
        let from = Target::parse("https://example.com/a/b?c").unwrap();
        let to = |location: &str| from.join(location).map(|target| target.url().to_string()).map_err(|error| error.to_string());
        assert_eq!(to("/x").as_deref(), Ok("https://example.com/x"));
        assert_eq!(to("x?y").as_deref(), Ok("https://example.com/a/x?y"));
        assert_eq!(to("//other.example/x").as_deref(), Ok("https://other.example/x"));
        assert_eq!(to("http://other.example").as_deref(), Ok("http://other.example/"));
        assert!(to("x:y").is_err());
        for location in ["ftp://example.com/", "https:other", "//user@other/", "/\\evil", "//2130706433/", "http://0x7f.1/", "//[::1%25x]/"]
        {
            assert!(to(location).is_err(), "{location} leads to {:?}", to(location));
        }
    }
}
