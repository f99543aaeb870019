//! The files of the built book.

use std::path::{Component, Path};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::App;
use crate::policy;

/// A file of the book. Nothing outside it can be named: a path is taken apart, and only plain names are put together.
pub(super) async fn file(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let Some(decoded) = percent_decode(uri.path()) else { return not_found() };
    // `//name` would be a place on another host to whom it is said "go there".
    if decoded.starts_with("//") {
        return not_found();
    }
    if decoded == "/" {
        return Redirect::temporary(&format!("/{}/", app.lang)).into_response();
    }
    let mut path = app.book.clone();
    for component in Path::new(decoded.trim_start_matches('/')).components() {
        match component {
            Component::Normal(name) => path.push(name),
            _ => return not_found(),
        }
    }
    if path.is_dir() {
        if !decoded.ends_with('/') {
            return Redirect::temporary(&format!("{}/", uri.path())).into_response();
        }
        path.push("index.html");
    }
    let Ok(content) = tokio::fs::read(&path).await else { return not_found() };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ending == "html" {
        let meta = format!("<head>\n<meta name=\"workshop-token\" content=\"{}\">", app.token);
        let page = String::from_utf8_lossy(&content).replacen("<head>", &meta, 1);
        // A page's own word cannot say who may frame it.
        let policy = format!("{}; frame-ancestors 'self'", policy::content_security_policy(&page));
        let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, &policy)];
        return (headers, page).into_response();
    }
    ([(header::CONTENT_TYPE, media_type(ending))], content).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such page.\n").into_response()
}

fn media_type(ending: &str) -> &'static str {
    match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" | "ipynb" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "txt" | "toml" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// `%41` to `A`; `None` where that is not UTF-8, or holds what no file of the book is named with.
fn percent_decode(path: &str) -> Option<String> {
    let mut bytes = vec![];
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(['\0', '\\', ':'])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_page_is_named_is_refused() {
        assert_eq!(percent_decode("/a%20b/%EA%B0%80").as_deref(), Some("/a b/가"));
        for bad in ["/%", "/%4", "/%zz", "/%ff", "/a%00", "/..%5c..", "/c%3a/x"] {
            assert_eq!(percent_decode(bad), None, "{bad}");
        }
    }
}
