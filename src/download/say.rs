//! Why a file did not come, each in a sentence that says what to do.

use anyhow::anyhow;
use ureq::http::{StatusCode, Uri};
use workshop_base::data::DataFile;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use super::refuse::{self, Refused};

/// The source was never reached.
pub(super) fn unreachable(file: &DataFile, address: &Uri, error: &ureq::Error, text: &Catalogue) -> anyhow::Error {
    anyhow!(tr!(
        text,
        "{id} did not come: {host} cannot be reached ({error}). Is this machine online? Behind a proxy, set HTTPS_PROXY; where the Hub cannot be reached, set HF_ENDPOINT to a mirror.",
        id = file.id,
        host = address.authority().map(ToString::to_string).unwrap_or_default(),
        error = error
    ))
}

/// How a connection ended.
pub(super) fn cut(address: &Uri, error: &ureq::Error, text: &Catalogue) -> String {
    let host = address.host().unwrap_or_default();
    match error {
        ureq::Error::Timeout(_) => tr!(text, "{host} sends nothing", host = host),
        error => tr!(text, "the connection to {host} was cut ({error})", host = host, error = error),
    }
}

/// Something came that is not kept.
pub(super) fn refusal(refused: Refused, file: &DataFile, text: &Catalogue) -> anyhow::Error {
    let (id, source) = (&file.id, &file.source);
    anyhow!(match refused {
        Refused::Pickle => tr!(
            text,
            "{id} is a Python pickle ({source}), and loading one can run any code: it is refused. Name a file in safetensors or GGUF in the manifest.",
            id = id,
            source = source
        ),
        Refused::Pointer => tr!(
            text,
            "{id}: {source} gives a Git LFS pointer, not the file itself. In the manifest, use the address with /resolve/ in the place of /raw/.",
            id = id,
            source = source
        ),
        Refused::WebPage => tr!(
            text,
            "{id}: {source} gives a web page, not the file. Does this network want you to log in first? Open the address in a browser.",
            id = id,
            source = source
        ),
    })
}

/// What comes is another file: its beginning says what, else its size (`None`: more than was read).
pub(super) fn another(file: &DataFile, head: &[u8], size: Option<u64>, text: &Catalogue) -> anyhow::Error {
    if let Some(refused) = refuse::in_answer(head, &file.path) {
        return refusal(refused, file, text);
    }
    let (id, source) = (&file.id, &file.source);
    anyhow!(match size {
        None => tr!(
            text,
            "{id}: {source} gives more than the {expected} bytes that the manifest describes: it was cut off and deleted. Update the course.",
            id = id,
            source = source,
            expected = file.size
        ),
        Some(size) => tr!(
            text,
            "{id}: {source} gives {size} bytes, and the manifest describes {expected}: it is another version, and not kept. Update the course.",
            id = id,
            source = source,
            size = size,
            expected = file.size
        ),
    })
}

/// The source does not give the file. `token`: whether one was sent; `None` where none would be.
pub(super) fn refused(
    status: StatusCode,
    file: &DataFile,
    address: &Uri,
    token: Option<bool>,
    text: &Catalogue,
) -> anyhow::Error {
    let (id, source) = (&file.id, &file.source);
    let page = source.split("/resolve/").next().unwrap_or(source);
    anyhow!(match (status, token) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Some(false)) => tr!(
            text,
            "{id} is given only to those who accepted its licence. Accept it at {page}, make an access token in the settings of your account there, and put it into the variable HF_TOKEN.",
            id = id,
            page = page
        ),
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Some(true)) => tr!(
            text,
            "{id} is not given to the owner of the token in HF_TOKEN (HTTP {status}). Is the token still valid, and did its owner accept the licence at {page}?",
            id = id,
            status = status.as_u16(),
            page = page
        ),
        (StatusCode::NOT_FOUND | StatusCode::GONE, _) => tr!(
            text,
            "{id} is no longer at {source} (HTTP {status}): the manifest may be out of date. Update the course.",
            id = id,
            source = source,
            status = status.as_u16()
        ),
        (status, _) => tr!(
            text,
            "{id} did not come: {address} answers with HTTP {status}.",
            id = id,
            address = address,
            status = status.as_u16()
        ),
    })
}
