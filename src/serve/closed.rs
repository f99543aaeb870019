//! What keeps the server closed: it runs the reader's code, so nobody else may reach it.
//!
//! | who tries | what refuses it |
//! |---|---|
//! | another machine | it listens on the loopback address alone |
//! | another site's name that leads here (DNS rebinding) | `Host` must be a name of ours |
//! | another site's page: a form, a script, a WebSocket | `Origin` must be ours; JSON alone is taken; there is no CORS and no WebSocket |
//! | a page of an earlier start | the token is random at each start |
//! | a text that a program printed, with a script in it | the content security policy |
//! | too much: bodies, headers that never end, connections, runs | limits |
//!
//! Not against other people who are logged in on the same machine: they can open the page as you can.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use axum::body::BodyDataStream;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;
use tokio_stream::StreamExt as _;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use super::{App, Refusal, language};

/// The largest body: all cells of a page, or a file.
const LARGEST: usize = 1 << 20;
/// How long a client may take to send a body.
const SENDING: Duration = Duration::from_secs(20);
/// How much of a body that is too large is passed over, and for how long.
const PASSED_OVER: (usize, Duration) = (16 << 20, Duration::from_secs(1));

/// Refuses what names another host, or comes from another site: the answer to DNS rebinding and cross-site requests.
pub(super) async fn same_site(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = if is_ours(&app, request.headers()) {
        next.run(request).await
    } else {
        let text = language(&app, request.headers());
        let why = tr!(
            text,
            "This server answers only pages of its own, on this machine. Where its port is forwarded, start it with --allow-host and the name in the browser's address bar."
        );
        Refusal::new(StatusCode::FORBIDDEN, why).into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // What is not a page is no document at all.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}

fn is_ours(app: &App, headers: &HeaderMap) -> bool {
    // Twice the same header is a trick, not a browser.
    let only = |name: HeaderName| match headers.get_all(&name).iter().collect::<Vec<_>>()[..] {
        [] => Some(None),
        [value] => Some(Some(value.to_str().unwrap_or_default().to_owned())),
        _ => None,
    };
    let Some(Some(host)) = only(header::HOST) else { return false };
    let Some(origin) = only(header::ORIGIN) else { return false };
    app.hosts.has(&host) && origin.is_none_or(|origin| app.hosts.has_origin(&origin))
}

/// The names under which a browser may call the server.
#[derive(Debug)]
pub struct Hosts {
    own: [String; 2],
    allowed: Vec<String>,
}

impl Hosts {
    /// Those of this machine, and those that were asked for.
    ///
    /// # Errors
    /// When a name is not one: a whole address, a pattern.
    pub fn new(port: u16, allowed: &[String], text: &Catalogue) -> Result<Self> {
        for host in allowed {
            let (name, port) = host.split_once(':').unwrap_or((host, "80"));
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
            if name.is_empty() || !name.chars().all(fits) || port.parse::<u16>().is_err() {
                bail!(tr!(
                    text,
                    "--allow-host {host}: give a host as the browser's address bar shows it, such as localhost:5050 or name.example.org",
                    host = host
                ));
            }
        }
        // A browser leaves out the port that is usual.
        let own =
            ["127.0.0.1", "localhost"].map(|host| if port == 80 { host.to_owned() } else { format!("{host}:{port}") });
        Ok(Self { own, allowed: allowed.to_vec() })
    }

    fn has(&self, host: &str) -> bool {
        self.own.iter().chain(&self.allowed).any(|known| known.eq_ignore_ascii_case(host))
    }

    fn has_origin(&self, origin: &str) -> bool {
        let is = |scheme: &str, host: &String| {
            origin.strip_prefix(scheme).is_some_and(|named| named.eq_ignore_ascii_case(host))
        };
        // A forwarded port may be behind HTTPS; ours never is.
        self.own.iter().chain(&self.allowed).any(|host| is("http://", host))
            || self.allowed.iter().any(|host| is("https://", host))
    }
}

/// Refuses what does not carry this start's token.
pub(super) async fn token(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let sent = request.headers().get("x-workshop-token").and_then(|value| value.to_str().ok());
    if sent != Some(app.token.as_str()) {
        let text = language(&app, request.headers());
        return Refusal::new(
            StatusCode::FORBIDDEN,
            tr!(text, "This page is older than the program that serves it: reload the page."),
        )
        .into_response();
    }
    next.run(request).await
}

/// A body of JSON, within limits of size and time.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        let text = language(app, &head.headers);
        let header = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        // A form of another site cannot say this without being asked first.
        if header(header::CONTENT_TYPE).is_none_or(|kind| kind.split(';').next() != Some("application/json")) {
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is application/json"));
        }
        let too_large = || {
            let why = tr!(text, "That is too much code: at most {kilobytes} KB.", kilobytes = LARGEST >> 10);
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why)
        };
        if header(header::CONTENT_LENGTH)
            .and_then(|length| length.parse().ok())
            .is_some_and(|length: usize| length > LARGEST)
        {
            pass_over(body.into_data_stream()).await;
            return Err(too_large());
        }
        let mut body = body.into_data_stream();
        let bytes = tokio::time::timeout(SENDING, read(&mut body))
            .await
            .map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come to an end"))?
            .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the body was cut"))?;
        let Some(bytes) = bytes else {
            pass_over(body).await;
            return Err(too_large());
        };
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            Refusal::new(StatusCode::BAD_REQUEST, format!("the body is not what is asked for: {error}"))
        })?;
        Ok(Self(value))
    }
}

/// A body; none where it is larger than [`LARGEST`].
async fn read(body: &mut BodyDataStream) -> Result<Option<Vec<u8>>, axum::Error> {
    let mut bytes = vec![];
    while let Some(piece) = body.next().await.transpose()? {
        if bytes.len() + piece.len() > LARGEST {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

/// Takes what still comes of a body that is too large, within limits: a browser whose connection closes while it is
/// sending never sees the answer.
async fn pass_over(mut body: BodyDataStream) {
    let (most, long) = PASSED_OVER;
    let all = async {
        let mut taken = 0;
        while let Some(Ok(piece)) = body.next().await
            && taken < most
        {
            taken += piece.len();
        }
    };
    let _ = tokio::time::timeout(long, all).await;
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says what it expects")]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_perhaps_a_port() {
        let allow = |host: &str| Hosts::new(4040, &[host.to_owned()], &Catalogue::default());
        let hosts = allow("localhost:5050").expect("a host");
        assert!(hosts.has("LOCALHOST:5050") && hosts.has("localhost:4040") && !hosts.has("localhost"));
        assert!(hosts.has_origin("https://localhost:5050") && hosts.has_origin("http://localhost:4040"));
        assert!(!hosts.has_origin("https://localhost:4040") && !hosts.has_origin("null"));
        assert!(allow("name-4040.example.org").is_ok());
        for bad in ["", "*", "*.example.org", "https://example.org", "example.org/", "a b", "a:b", ":80", "a:70000"] {
            assert!(allow(bad).is_err(), "{bad}");
        }
    }
}
