//! Downloading a file of the manifest: resumed where it stopped, checked before it is in its place.
//!
//! The source is the Hugging Face Hub or whatever speaks HTTP. The Hub answers with a redirect to another host, and says on
//! it what the file is (`X-Linked-Size`, `X-Linked-ETag`); so redirects are followed here, where that is read and the token
//! is kept back from other hosts.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use ureq::http::header::{AUTHORIZATION, IF_RANGE, RANGE};
use ureq::http::{HeaderValue, Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, BodyReader};
use workshop_base::data::{DataFile, State, units};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use net::header;
use part::Part;
use refuse::Refused;

mod net;
mod part;
mod refuse;

/// The address that `HF_ENDPOINT` stands in for, as in Hugging Face's own tools.
const HUB: &str = "https://huggingface.co";
/// How many redirects are followed.
const REDIRECTS: usize = 10;
/// How often in a row a source may fail without a new byte.
const TRIES: u32 = 5;
/// How long a source may ask to wait. What is longer is for the reader to decide.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long it may take to find a host and to connect to it.
const CONNECT: Duration = Duration::from_secs(30);

/// What happens meanwhile, for whoever shows it.
#[derive(Debug, Clone)]
pub enum Event {
    /// So many bytes are on the disk.
    At(u64),
    /// Something that the reader should know.
    Note(String),
}

/// What came of one request.
enum Came {
    /// All the bytes that the manifest expects.
    All,
    /// Fewer; the rest may come when asked again.
    Cut {
        /// What happened.
        why: String,
        /// How long the source asked to wait.
        pause: Option<Duration>,
    },
}

/// Downloads files, one after the other.
pub struct Downloader<'a> {
    text: &'a Catalogue,
    agent: Agent,
    endpoint: Uri,
    token: Option<HeaderValue>,
}

impl<'a> Downloader<'a> {
    /// Reads the environment: `HF_ENDPOINT` and `HF_TOKEN`. A source that sends nothing for the time of `patience` is given
    /// up.
    ///
    /// # Errors
    /// When a variable holds what it cannot hold.
    pub fn new(patience: Duration, text: &'a Catalogue) -> Result<Self> {
        let variable = |name| std::env::var(name).ok().map(|value: String| value.trim().to_owned());
        let endpoint = variable("HF_ENDPOINT").filter(|value| !value.is_empty()).unwrap_or_else(|| HUB.to_owned());
        let endpoint = endpoint.parse().ok().filter(net::is_http).ok_or_else(|| {
            anyhow!(tr!(
                text,
                "HF_ENDPOINT must be an address such as https://huggingface.co: it is {endpoint}",
                endpoint = endpoint
            ))
        })?;
        let token = match variable("HF_TOKEN").filter(|token| !token.is_empty()) {
            None => None,
            Some(token) => Some(
                HeaderValue::try_from(format!("Bearer {token}"))
                    .map_err(|_| anyhow!(tr!(text, "HF_TOKEN has characters in it that no token has.")))?,
            ),
        };
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            // What the system trusts: a school's or a company's own certificates too.
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .accept_encoding("identity")
            .user_agent(concat!("workshop/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(patience))
            .timeout_per_write(Some(patience))
            .build()
            .new_agent();
        Ok(Self { text, agent, endpoint, token })
    }

    /// Downloads a file into a folder, unless it is there and whole. What is there is untouched until the new file is whole.
    ///
    /// # Errors
    /// When it does not come, or is not what the manifest says, or cannot be written. The message says what to do.
    pub fn get(&self, file: &DataFile, folder: &Path, tell: &mut dyn FnMut(Event)) -> Result<()> {
        let text = self.text;
        if [&file.path, &file.source].into_iter().any(|name| refuse::is_pickle_name(name)) {
            return Err(part::refusal(Refused::Pickle, file, text));
        }
        if file.state(folder, true).map_err(|error| anyhow!(error.say(text)))? == State::Whole {
            return Ok(());
        }
        let mut waited = false;
        let _lock = part::lock(folder, file, text, || {
            waited = true;
            tell(Event::Note(tr!(text, "Another workshop is downloading {id}: waiting for it.", id = file.id)));
        })?;
        if waited && file.state(folder, true).map_err(|error| anyhow!(error.say(text)))? == State::Whole {
            return Ok(());
        }
        let mut part = Part::open(folder, file, text)?;
        if part.len() > 0 {
            let (here, size) = (units(part.len()), units(file.size));
            tell(Event::Note(tr!(
                text,
                "{here} of {size} are here already: going on from there.",
                here = here,
                size = size
            )));
        }
        match self.fill(file, &mut part, tell) {
            Ok(()) => part.finish(),
            Err(error) => {
                part.discard_if_empty();
                Err(error)
            }
        }
    }

    /// Asks until the part is full, as long as that leads anywhere.
    fn fill(&self, file: &DataFile, part: &mut Part, tell: &mut dyn FnMut(Event)) -> Result<()> {
        let text = self.text;
        let mut in_vain = 0;
        let mut answered = false;
        while part.len() < file.size {
            let before = part.len();
            let Came::Cut { why, pause } = self.fetch(file, part, &mut answered, tell)? else { break };
            in_vain = if part.len() > before { 1 } else { in_vain + 1 };
            let pause = pause.unwrap_or(Duration::from_secs(1 << (in_vain - 1)));
            if in_vain == TRIES || pause > LONGEST_PAUSE {
                let mut said = tr!(text, "{id} did not come: {why}.", id = file.id, why = why);
                if pause > LONGEST_PAUSE {
                    let minutes = pause.as_secs().div_ceil(60);
                    said += &tr!(text, " The source asks to come again in {minutes} minutes.", minutes = minutes);
                }
                bail!(said + &tr!(text, " What was downloaded is kept: run the same command again to go on."));
            }
            let seconds = pause.as_secs();
            tell(Event::Note(tr!(text, "{why}: trying again in {seconds} s.", why = why, seconds = seconds)));
            std::thread::sleep(pause);
        }
        Ok(())
    }

    /// One request, and what comes of it. `answered` is set when the source answers anything at all.
    fn fetch(
        &self,
        file: &DataFile,
        part: &mut Part,
        answered: &mut bool,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Came> {
        let text = self.text;
        let (answer, address) = match self.ask(file, part)? {
            Ok(answer) => answer,
            Err((error, address)) if *answered => {
                return Ok(Came::Cut { why: self.cut(&address, &error), pause: None });
            }
            Err((error, address)) => bail!(tr!(
                text,
                "{id} did not come: {host} cannot be reached ({error}). Is this machine online? Behind a proxy, set HTTPS_PROXY; where the Hub cannot be reached, set HF_ENDPOINT to a mirror.",
                id = file.id,
                host = address.authority().map(ToString::to_string).unwrap_or_default(),
                error = error
            )),
        };
        *answered = true;
        let headers = answer.headers().clone();
        let asked_from = part.len();
        let cut = |why| Ok(Came::Cut { why, pause: net::retry_after(&headers) });
        let etag = header(&headers, "etag");
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::PARTIAL_CONTENT if asked_from > 0 => {
                let is_ours = part.etag().is_none_or(|ours| etag.is_none_or(|theirs| theirs == ours));
                let fits = net::content_range(&headers)
                    .is_some_and(|(start, whole)| start == asked_from && whole.is_none_or(|whole| whole == file.size));
                if !is_ours || !fits {
                    part.begin_anew(None)?;
                    return cut(tr!(text, "the source continues another version: beginning anew"));
                }
            }
            StatusCode::RANGE_NOT_SATISFIABLE if asked_from > 0 => {
                part.begin_anew(None)?;
                return cut(tr!(text, "the source has not what is left of the file: beginning anew"));
            }
            StatusCode::TOO_MANY_REQUESTS => return cut(tr!(text, "the source has too many requests to answer")),
            status if status == StatusCode::REQUEST_TIMEOUT || status.is_server_error() => {
                return cut(tr!(text, "the source is not available now (HTTP {status})", status = status.as_u16()));
            }
            status => return Err(self.refused(status, file, &address)),
        }
        let begins_anew = answer.status() == StatusCode::OK;
        let declared = net::number(&headers, "content-length");
        // Chunks say where they end; an answer without a length that is not in chunks may have been cut.
        let says_its_end = declared.is_some() || headers.contains_key("transfer-encoding");
        let mut body = answer.into_body().into_reader();
        if begins_anew {
            if let Some(size) = declared.filter(|size| *size != file.size) {
                return Err(self.another(file, &start_of(&mut body), Some(size)));
            }
            if asked_from > 0 {
                tell(Event::Note(tr!(text, "The source does not go on where it stopped: beginning anew.")));
            }
            part.begin_anew(etag)?;
        }
        let mut buffer = vec![0; 1 << 16];
        tell(Event::At(part.len()));
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => &buffer[..read],
                Err(_) if part.len() == file.size => break,
                Err(error) => return Ok(Came::Cut { why: self.cut(&address, &error.into()), pause: None }),
            };
            if part.len() + read.len() as u64 > file.size {
                let head = part.head()?;
                part.begin_anew(None)?;
                return Err(self.another(file, &head, None));
            }
            part.write(read)?;
            tell(Event::At(part.len()));
        }
        if part.len() == file.size {
            return Ok(Came::All);
        }
        if begins_anew && says_its_end {
            let (head, size) = (part.head()?, part.len());
            part.begin_anew(None)?;
            return Err(self.another(file, &head, Some(size)));
        }
        cut(tr!(text, "the connection ended early"))
    }

    /// Asks for what is missing of a file, and follows redirects: the last answer and its address, or what went wrong where.
    #[expect(clippy::type_complexity, reason = "two kinds of failure: one may pass, the other does not")]
    fn ask(&self, file: &DataFile, part: &Part) -> Result<Result<(Response<Body>, Uri), (ureq::Error, Uri)>> {
        let text = self.text;
        let mut address = self.address(file)?;
        for _ in 0..=REDIRECTS {
            let mut request = self.agent.get(&address);
            if let Some(token) = self.token.as_ref().filter(|_| self.is_hub(&address)) {
                request = request.header(AUTHORIZATION, token);
            }
            if part.len() > 0 {
                request = request.header(RANGE, format!("bytes={}-", part.len()));
                // A weak one promises too little: then the SHA-256 tells at the end.
                if let Some(etag) = part.etag().filter(|etag| !etag.starts_with("W/")) {
                    request = request.header(IF_RANGE, etag);
                }
            }
            let proxy = net::proxy(&address, text)?;
            let answer = match request.config().proxy(proxy).build().call() {
                Ok(answer) => answer,
                Err(error) => return Ok(Err((error, address))),
            };
            self.check_linked(file, &answer)?;
            let location = header(answer.headers(), "location").filter(|_| answer.status().is_redirection());
            let Some(location) = location else { return Ok(Ok((answer, address))) };
            address = net::follow(&address, location).ok_or_else(|| {
                anyhow!(tr!(
                    text,
                    "{id} did not come: {address} leads to {location}, which is not followed.",
                    id = file.id,
                    address = address,
                    location = location
                ))
            })?;
        }
        bail!(tr!(
            text,
            "{id} did not come: {source} leads from one address to the next, more than {most} times.",
            id = file.id,
            source = file.source,
            most = REDIRECTS
        ))
    }

    /// Where a file is asked for: its source, with the Hub replaced by `HF_ENDPOINT`.
    fn address(&self, file: &DataFile) -> Result<Uri> {
        let endpoint = self.endpoint.to_string();
        let source = match file.source.strip_prefix(HUB) {
            Some(path) if path.starts_with('/') => endpoint.trim_end_matches('/').to_owned() + path,
            _ => file.source.clone(),
        };
        source.parse().ok().filter(net::is_http).ok_or_else(|| {
            anyhow!(tr!(
                self.text,
                "{id}: the manifest's source is no address that can be asked: {source}",
                id = file.id,
                source = source
            ))
        })
    }

    fn is_hub(&self, address: &Uri) -> bool {
        net::origin(address) == net::origin(&self.endpoint)
    }

    /// The Hub says on its redirect what will come: another version is refused before it does.
    fn check_linked(&self, file: &DataFile, answer: &Response<Body>) -> Result<()> {
        let linked = header(answer.headers(), "x-linked-etag").unwrap_or_default();
        let linked = linked.trim_start_matches("W/").trim_matches('"');
        let is_sha256 = linked.len() == 64 && linked.chars().all(|c| c.is_ascii_hexdigit());
        if is_sha256 && !linked.eq_ignore_ascii_case(&file.sha256) {
            bail!(tr!(
                self.text,
                "{id}: {source} has another version than the manifest describes (its SHA-256 is {found}). Nothing was downloaded: update the course.",
                id = file.id,
                source = file.source,
                found = linked
            ));
        }
        match net::number(answer.headers(), "x-linked-size") {
            Some(size) if size != file.size => Err(self.another(file, &[], Some(size))),
            _ => Ok(()),
        }
    }

    /// Why an answer is not the file: what its first bytes say, else its size (`None`: more than was read).
    fn another(&self, file: &DataFile, head: &[u8], size: Option<u64>) -> anyhow::Error {
        let text = self.text;
        if let Some(refused) = refuse::in_head(head) {
            return part::refusal(refused, file, text);
        }
        let (id, source) = (&file.id, &file.source);
        if refuse::is_web_page(head) {
            return anyhow!(tr!(
                text,
                "{id}: {source} gives a web page, not the file. Does this network want you to log in first? Open the address in a browser.",
                id = id,
                source = source
            ));
        }
        let Some(size) = size else {
            return anyhow!(tr!(
                text,
                "{id}: {source} gives more than the {expected} bytes that the manifest describes: it was cut off and deleted. Update the course.",
                id = id,
                source = source,
                expected = file.size
            ));
        };
        anyhow!(tr!(
            text,
            "{id}: {source} gives {size} bytes, and the manifest describes {expected}: it is another version, and not kept. Update the course.",
            id = id,
            source = source,
            size = size,
            expected = file.size
        ))
    }

    /// Why the source does not give the file at all.
    fn refused(&self, status: StatusCode, file: &DataFile, address: &Uri) -> anyhow::Error {
        let (text, id, source) = (self.text, &file.id, &file.source);
        let page = source.split("/resolve/").next().unwrap_or(source);
        anyhow!(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.is_hub(address) && self.token.is_none() => tr!(
                text,
                "{id} is given only to those who accepted its licence. Accept it at {page}, make an access token in the settings of your account there, and put it into the variable HF_TOKEN.",
                id = id,
                page = page
            ),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.is_hub(address) => tr!(
                text,
                "{id} is not given to the owner of the token in HF_TOKEN (HTTP {status}). Is the token still valid, and did its owner accept the licence at {page}?",
                id = id,
                status = status.as_u16(),
                page = page
            ),
            StatusCode::NOT_FOUND | StatusCode::GONE => tr!(
                text,
                "{id} is no longer at {source} (HTTP {status}): the manifest may be out of date. Update the course.",
                id = id,
                source = source,
                status = status.as_u16()
            ),
            status => tr!(
                text,
                "{id} did not come: {address} answers with HTTP {status}.",
                id = id,
                address = address,
                status = status.as_u16()
            ),
        })
    }

    /// How a connection ended.
    fn cut(&self, address: &Uri, error: &ureq::Error) -> String {
        let host = address.host().unwrap_or_default();
        match error {
            ureq::Error::Timeout(_) => tr!(self.text, "{host} sends nothing", host = host),
            error => tr!(self.text, "the connection to {host} was cut ({error})", host = host, error = error),
        }
    }
}

/// How many bytes are still to be downloaded of a file.
pub fn missing(folder: &Path, file: &DataFile) -> u64 {
    file.size - part::length(folder, file)
}

/// How many bytes may be written where a folder is, or will be; `None` where the system does not say.
pub fn free_disk(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let there = folder.ancestors().find(|folder| folder.exists())?;
    free_at(there)
}

/// On network disks and in memory too, which the list of disks leaves out.
#[cfg(unix)]
fn free_at(folder: &Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(folder).ok()?;
    #[allow(clippy::unnecessary_cast, reason = "the types differ between systems")]
    Some((disk.blocks_available() as u64).saturating_mul(disk.fragment_size() as u64))
}

#[cfg(not(unix))]
fn free_at(folder: &Path) -> Option<u64> {
    let disks = sysinfo::Disks::new_with_refreshed_list();
    let around = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    around.max_by_key(|disk| disk.mount_point().as_os_str().len()).map(sysinfo::Disk::available_space)
}

/// The beginning of an answer, as far as it comes.
fn start_of(body: &mut BodyReader) -> Vec<u8> {
    let mut head = vec![];
    // What did not come is judged by what did.
    let _ = body.take(refuse::HEAD as u64).read_to_end(&mut head);
    head
}
