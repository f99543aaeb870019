//! Addresses, proxies and pauses: the small rules of HTTP that a download goes by.

use std::time::{Duration, SystemTime};

use anyhow::{Result, anyhow};
use ureq::Proxy;
use ureq::http::{HeaderMap, Uri};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Scheme, host and port of an address: what a token is meant for.
pub(super) fn origin(address: &Uri) -> (String, String, u16) {
    let scheme = address.scheme_str().unwrap_or_default().to_lowercase();
    let port = address.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    (scheme, address.host().unwrap_or_default().to_lowercase(), port)
}

/// Where a redirect leads: to an address of its own, or to one that is relative to where it came from. None leads from an
/// encrypted connection to an open one.
pub(super) fn follow(from: &Uri, location: &str) -> Option<Uri> {
    let location = location.split('#').next().unwrap_or_default().trim();
    let (scheme, authority) = (from.scheme_str()?, from.authority()?);
    let whole = if location.contains("://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{}", without_dots(&format!("{folder}/{location}")))
    };
    let to: Uri = whole.parse().ok().filter(is_http)?;
    (scheme == "http" || to.scheme_str() == Some("https")).then_some(to)
}

/// Whether this is an address that can be asked.
pub(super) fn is_http(address: &Uri) -> bool {
    matches!(address.scheme_str(), Some("http" | "https")) && address.host().is_some()
}

/// A path with its `.` and `..` resolved.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}{query}", parts.join("/"))
}

/// The proxy that the environment names for an address, if any. The variables are those of curl.
pub(super) fn proxy(address: &Uri, text: &Catalogue) -> Result<Option<Proxy>> {
    let read = |name: &str| {
        let value = [name.to_owned(), name.to_lowercase()].into_iter().find_map(|name| std::env::var(name).ok());
        value.filter(|value| !value.trim().is_empty())
    };
    let own = if address.scheme_str() == Some("https") { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let Some((name, value)) = [own, "ALL_PROXY"].into_iter().find_map(|name| Some((name, read(name)?))) else {
        return Ok(None);
    };
    if is_spared(address.host().unwrap_or_default(), &read("NO_PROXY").unwrap_or_default()) {
        return Ok(None);
    }
    match Proxy::new(value.trim()) {
        Ok(proxy) if matches!(proxy.uri().scheme_str(), Some("http" | "https")) => Ok(Some(proxy)),
        // The value is not shown: it may hold a password.
        _ => Err(anyhow!(tr!(
            text,
            "{name} names no proxy that can be used: it must look like http://host:port (SOCKS is not spoken).",
            name = name
        ))),
    }
}

/// Whether `NO_PROXY` lists a host, or a domain that it belongs to.
fn is_spared(host: &str, no_proxy: &str) -> bool {
    let host = host.to_lowercase();
    no_proxy.split(',').map(|entry| entry.trim().to_lowercase()).any(|entry| {
        let domain = entry.trim_start_matches('*').trim_start_matches('.');
        entry == "*" || !domain.is_empty() && (host == domain || host.ends_with(&format!(".{domain}")))
    })
}

/// How long the source asks to wait: a number of seconds, or the time when to come again.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = header(headers, "retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = httpdate::parse_http_date(value).ok()?;
    Some(time.duration_since(SystemTime::now()).unwrap_or_default())
}

/// A header as text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A number in a header.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    header(headers, name)?.parse().ok()
}

/// `Content-Range: bytes 5-9/10`: the first byte that comes, and the size of the whole where it is known.
pub(super) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, whole) = header(headers, "content-range")?.strip_prefix("bytes")?.trim().split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, whole.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_where_a_browser_would_go() {
        let from: Uri = "https://hub.example:8443/a/b/c.bin?x=1".parse().expect("an address");
        for (location, to) in [
            ("https://cdn.example/x?y=z", "https://cdn.example/x?y=z"),
            ("//cdn.example/x", "https://cdn.example/x"),
            ("/x/y", "https://hub.example:8443/x/y"),
            ("d.bin?q=a/../b#part", "https://hub.example:8443/a/b/d.bin?q=a/../b"),
            ("../../../d.bin", "https://hub.example:8443/d.bin"),
        ] {
            assert_eq!(follow(&from, location).map(|uri| uri.to_string()).as_deref(), Some(to), "{location}");
        }
        for nowhere in ["ftp://a/b", "file:///etc/passwd", "http://", "https://a b/", "http://hub.example:8443/x"] {
            assert_eq!(follow(&from, nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn no_proxy_spares_hosts_and_domains() {
        let list = "localhost, .example.org,*.example.net ,127.0.0.1";
        for host in ["localhost", "LOCALHOST", "example.org", "a.b.example.org", "x.example.net", "127.0.0.1"] {
            assert!(is_spared(host, list), "{host}");
        }
        assert!(!is_spared("notexample.org", list) && !is_spared("127.0.0.11", list) && !is_spared("a", ""));
        assert!(is_spared("anything", "*"));
    }

    #[test]
    fn a_pause_is_seconds_or_a_date() {
        let asked =
            |value: &str| retry_after(&HeaderMap::from_iter([(ureq::http::header::RETRY_AFTER, value.parse().ok()?)]));
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!(asked(&later).is_some_and(|wait| wait > Duration::from_secs(90)));
        assert_eq!(asked("soon"), None);
    }
}
