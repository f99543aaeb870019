//! Downloading a file of the manifest: resumed where it stopped, checked before it is in its place.
//!
//! The source is the Hugging Face Hub or whatever speaks HTTP. The Hub answers with a redirect to another host, and says on
//! it what the file is (`X-Linked-Size`, `X-Linked-ETag`); so redirects are followed here, where that is read and the token
//! is kept back from other hosts.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use ureq::http::header::{AUTHORIZATION, IF_RANGE, RANGE};
use ureq::http::{HeaderValue, Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};
use workshop_base::data::{DataFile, State, units};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use net::header;
use part::Part;
use refuse::Refused;

mod net;
mod part;
mod refuse;
mod say;

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
            return Err(say::refusal(Refused::Pickle, file, text));
        }
        let _lock = part::lock(folder, file, text, || {
            tell(Event::Note(tr!(text, "Another workshop is downloading {id}: waiting for it.", id = file.id)));
        })?;
        // Another may have downloaded it until now.
        if file.state(folder, true).map_err(|error| anyhow!(error.say(text)))? == State::Whole {
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
                let mut said = vec![tr!(text, "{id} did not come: {why}.", id = file.id, why = why)];
                if pause > LONGEST_PAUSE {
                    let minutes = pause.as_secs().div_ceil(60);
                    said.push(tr!(text, "The source asks to come again in {minutes} minutes.", minutes = minutes));
                }
                said.push(tr!(text, "What was downloaded is kept: run the same command again to go on."));
                bail!(said.join(" "));
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
                return Ok(Came::Cut { why: say::cut(&address, &error, text), pause: None });
            }
            Err((error, address)) => return Err(say::unreachable(file, &address, &error, text)),
        };
        *answered = true;
        let asked_from = part.len();
        let cut = |why| Ok(Came::Cut { why, pause: net::retry_after(answer.headers()) });
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::PARTIAL_CONTENT if asked_from > 0 => {
                if !continues(&answer, part, file) {
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
            status => {
                let token = self.is_hub(&address).then_some(self.token.is_some());
                return Err(say::refused(status, file, &address, token, text));
            }
        }
        self.receive(file, part, answer, &address, tell)
    }

    /// Puts what an answer holds into the part: the whole file, or what is missing of it.
    fn receive(
        &self,
        file: &DataFile,
        part: &mut Part,
        answer: Response<Body>,
        address: &Uri,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Came> {
        let text = self.text;
        let begins_anew = answer.status() == StatusCode::OK;
        let etag = header(answer.headers(), "etag").map(str::to_owned);
        let declared = net::number(answer.headers(), "content-length");
        // Chunks say where they end; an answer without a length that is not in chunks may have been cut.
        let says_its_end = declared.is_some() || answer.headers().contains_key("transfer-encoding");
        let mut body = answer.into_body().into_reader();
        let mut ended = Ok(());
        if begins_anew {
            // What is here is given up only for what looks like the file.
            let mut head = vec![];
            ended = body.by_ref().take(refuse::HEAD as u64).read_to_end(&mut head).map(drop);
            let is_another = declared.is_some_and(|size| size != file.size);
            if is_another || refuse::in_answer(&head, &file.path).is_some() {
                return Err(say::another(file, &head, declared, text));
            }
            if part.len() > 0 {
                tell(Event::Note(tr!(text, "The source does not go on where it stopped: beginning anew.")));
            }
            part.begin_anew(etag.as_deref())?;
            ended = ended.and(self.take(file, part, &mut &head[..], tell)?);
        }
        if ended.is_ok() {
            ended = self.take(file, part, &mut body, tell)?;
        }
        if part.len() == file.size {
            return Ok(Came::All);
        }
        if let Err(error) = ended {
            return Ok(Came::Cut { why: say::cut(address, &error.into(), text), pause: None });
        }
        if begins_anew && says_its_end {
            let size = part.len();
            part.begin_anew(None)?;
            return Err(say::another(file, &[], Some(size), text));
        }
        Ok(Came::Cut { why: tr!(text, "the connection ended early"), pause: None })
    }

    /// Adds what comes to the part, up to its end or to where the connection fails. More than the file is refused.
    fn take(
        &self,
        file: &DataFile,
        part: &mut Part,
        from: &mut dyn Read,
        tell: &mut dyn FnMut(Event),
    ) -> Result<std::io::Result<()>> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            tell(Event::At(part.len()));
            let read = match from.read(&mut buffer) {
                Ok(0) => return Ok(Ok(())),
                Ok(read) => &buffer[..read],
                Err(error) => return Ok(Err(error)),
            };
            if part.len() + read.len() as u64 > file.size {
                part.begin_anew(None)?;
                return Err(say::another(file, &[], None, self.text));
            }
            part.write(read)?;
        }
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
            Some(size) if size != file.size => Err(say::another(file, &[], Some(size), self.text)),
            _ => Ok(()),
        }
    }
}

/// Whether an answer goes on where the part ends, with the same version.
fn continues(answer: &Response<Body>, part: &Part, file: &DataFile) -> bool {
    let etag = header(answer.headers(), "etag");
    let is_ours = part.etag().is_none_or(|ours| etag.is_none_or(|theirs| theirs == ours));
    let range = net::content_range(answer.headers());
    is_ours && range.is_some_and(|(start, whole)| start == part.len() && whole.is_none_or(|whole| whole == file.size))
}

/// How many bytes are still to be downloaded of a file.
pub fn missing(folder: &Path, file: &DataFile) -> u64 {
    file.size - part::length(folder, file)
}
