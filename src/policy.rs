//! What a page of the book may load and run: its Content-Security-Policy.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

/// A page with its policy, which has to stand before everything that it governs. What says how the bytes are to be read
/// stands first: a browser looks for it in the first 1024 bytes alone.
pub fn with_policy(html: &str) -> String {
    let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", content_security_policy(html));
    let first =
        ["<meta charset=\"UTF-8\">", "<head>"].into_iter().find(|first| html.contains(first)).unwrap_or_default();
    html.replacen(first, &format!("{first}\n        {meta}"), 1)
}

/// What a page may load and run: its own files, and the inline scripts that it holds now, by their hashes. The header of
/// a server adds `frame-ancestors 'self'`, which cannot stand in a page.
pub fn content_security_policy(html: &str) -> String {
    let mut scripts = String::new();
    // A browser reads each line ending as \n before it hashes.
    let html = html.replace("\r\n", "\n");
    for part in html.split("<script").skip(1) {
        let Some((attributes, rest)) = part.split_once('>') else { continue };
        let data = attributes.contains("application/json");
        if let (false, false, Some((script, _))) = (attributes.contains(" src="), data, rest.split_once("</script>")) {
            let hash = format!(" 'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script.as_bytes())));
            if !scripts.contains(&hash) {
                scripts += &hash;
            }
        }
    }
    // Nothing but WebAssembly is compiled, and only where a page brings some.
    if html.contains("class=\"ws-playground\"") {
        scripts += " 'wasm-unsafe-eval'";
    }
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_named_by_their_hashes() {
        let page = "<head>\n<script>alert(1)</script><script src=\"a.js\"></script>\
                    <script type=\"application/json\" id=\"x\">{}</script><script>alert(1)</script></head>";
        let policy = content_security_policy(page);
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert!(
            policy.contains("script-src 'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';"),
            "{policy}"
        );
        assert!(!policy.contains("wasm"));
        assert!(content_security_policy("<div class=\"ws-playground\">").contains(" 'wasm-unsafe-eval';"));
        assert_eq!(content_security_policy("<script>\r\na</script>"), content_security_policy("<script>\na</script>"));
        let whole = with_policy(page);
        assert!(whole.find("Content-Security-Policy") < whole.find("<script"), "{whole}");
    }
}
