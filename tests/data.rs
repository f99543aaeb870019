//! `workshop data`, as a learner meets it, against a server that behaves like the Hugging Face Hub or misbehaves.
//!
//! Each test looks at the bytes on the disk, the exit code and what was said.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;
#[path = "common/hub.rs"]
mod hub;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Home, text};
use hub::{Answer, Hub, Request};
use sha2::{Digest as _, Sha256};
use workshop_base::data::hex;

const ETAG: &str = "\"v1\"";
const HUB: &str = "https://huggingface.co/some/model/resolve/main/file.bin";

/// Bytes that repeat nowhere near, so that one in the wrong place is seen.
fn bytes(size: usize) -> Vec<u8> {
    (0..size as u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// A cache folder and a manifest of one file, and what `workshop data` makes of them.
struct Place {
    home: Home,
    endpoint: String,
    variables: Vec<(&'static str, String)>,
}

impl Place {
    /// A manifest that describes `content` by the name `f`, at `models/file.bin`, to be had from the Hub.
    fn of(hub: &Hub, content: &[u8]) -> Self {
        let place = Self { home: Home::new(), endpoint: hub.url(), variables: vec![] };
        place.manifest(&entry("f", "models/file.bin", content.len() as u64, &hash(content), HUB));
        place
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn manifest(&self, text: &str) {
        std::fs::write(self.home.path().join("manifest.toml"), text).expect("written");
    }

    /// The file, its part, or its note.
    fn path(&self, ending: &str) -> PathBuf {
        self.home.path().join(format!("cache/models/file.bin{ending}"))
    }

    fn read(&self, ending: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(ending)).ok()
    }

    fn put(&self, ending: &str, content: &[u8]) {
        std::fs::create_dir_all(self.home.path().join("cache/models")).expect("a folder");
        std::fs::write(self.path(ending), content).expect("written");
    }

    /// A part as an earlier `get` left it.
    fn put_part(&self, part: &[u8], of: &[u8], etag: &str) {
        self.put(".part", part);
        let note = serde_json::json!({"sha256": hash(of), "etag": etag}).to_string();
        self.put(".part.json", note.as_bytes());
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(&["data"]);
        command.arg("--manifest").arg(self.home.path().join("manifest.toml")).args(args);
        command.env("WORKSHOP_CACHE", self.home.path().join("cache")).env("HF_ENDPOINT", &self.endpoint);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.env_remove("HF_TOKEN").envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end: the exit code and what was said.
    fn data(&self, args: &[&str]) -> (i32, String) {
        let output = self.command(args).output().expect("workshop starts");
        (output.status.code().unwrap_or(-1), text(&output))
    }

    fn get(&self) -> (i32, String) {
        self.data(&["get", "f"])
    }

    /// It worked: the file is there, and nothing else is left.
    fn has(&self, content: &[u8], (code, said): (i32, String)) -> String {
        assert!(code == 0 && said.contains("f is here, and whole"), "{code}: {said}");
        assert!(self.read("").is_some_and(|file| file == content), "other bytes: {said}");
        assert!(!self.path(".part").exists() && !self.path(".part.json").exists(), "{said}");
        said
    }

    /// It did not: one sentence says why, no file was made and no bad part left.
    fn refuses(&self, sentence: &str) -> String {
        let (code, said) = self.get();
        assert!(code == 1 && said.contains(sentence), "{code}: {said}");
        assert!(self.read("").is_none() && self.read(".part").is_none(), "something was kept: {said}");
        said
    }
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn entry(id: &str, path: &str, size: u64, sha256: &str, source: &str) -> String {
    format!(
        "[[file]]\nid = {id:?}\npath = {path:?}\nwhat = \"some numbers\"\nsize = {size}\nsha256 = {sha256:?}\n\
         licence = \"CC-BY-4.0\"\nsource = {source:?}\n\n"
    )
}

/// A server that gives the file as it should.
fn good(content: &[u8]) -> Hub {
    let content = content.to_vec();
    Hub::start(move |request, _| Answer::file(request, &content, ETAG))
}

/// A server whose first answer goes wrong in some way; after that it gives the file as it should.
fn first(content: &[u8], wrong: impl Fn(Answer) -> Answer + Send + Sync + 'static) -> Hub {
    let content = content.to_vec();
    Hub::start(move |request, number| {
        let answer = Answer::file(request, &content, ETAG);
        if number == 0 { wrong(answer) } else { answer }
    })
}

fn asked<'a>(requests: &'a [Request], name: &str) -> Vec<Option<&'a str>> {
    requests.iter().map(|request| request.header(name)).collect()
}

// ---- the file comes -------------------------------------------------------------------------------------------------

#[test]
fn a_file_comes_and_what_it_is_was_said_before() {
    let content = bytes(300_000);
    let hub = good(&content);
    let place = Place::of(&hub, &content);
    let said = place.has(&content, place.get());
    for fact in ["f: some numbers", "300.0 KB, licence: CC-BY-4.0", HUB, "f: 100 %"] {
        assert!(said.contains(fact), "{fact}: {said}");
    }
    assert_eq!(hub.asked()[0].line, "GET /some/model/resolve/main/file.bin HTTP/1.1");
    // It is asked for once; what is there and whole stays as it is.
    let (code, said) = place.get();
    assert!(code == 0 && said.contains("f is here already, and whole"), "{said}");
    assert_eq!(hub.asked().len(), 1);
}

#[test]
fn without_names_the_files_are_listed_and_nothing_comes() {
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc");
    let (code, said) = place.data(&["get"]);
    assert!(code == 2 && said.contains("some numbers") && said.contains("--all"), "{said}");
    let (code, said) = place.data(&["get", "f", "none"]);
    assert!(code == 2 && said.contains("no file named none: it has f"), "{said}");
    assert!(hub.asked().is_empty());
    assert_eq!(place.data(&["get", "--all", "--yes"]).0, 0);
    assert_eq!(place.read("").as_deref(), Some(&b"abc"[..]));
}

#[test]
fn an_empty_file_and_one_that_ends_without_a_length_come_too() {
    let hub = good(b"");
    let place = Place::of(&hub, b"");
    place.has(b"", place.get());
    let content = bytes(100_000);
    for shape in [|answer: Answer| answer.without("Content-Length"), Answer::chunked] {
        let hub = first(&content, shape);
        let place = Place::of(&hub, &content);
        place.has(&content, place.get());
        assert_eq!(hub.asked().len(), 1);
    }
}

#[test]
fn one_that_fails_does_not_keep_the_others_back() {
    let hub = Hub::start(|request, _| match request.path() {
        "/a" => Answer::new(404, ""),
        _ => Answer::file(request, b"abc", ETAG),
    });
    let place = Place::of(&hub, b"");
    let source = |path: &str| format!("https://huggingface.co{path}");
    let both = entry("a", "a.bin", 3, &hash(b"abc"), &source("/a"))
        + &entry("f", "models/file.bin", 3, &hash(b"abc"), &source("/f"));
    place.manifest(&both);
    let (code, said) = place.data(&["get", "--all"]);
    assert!(code == 1 && said.contains("a is no longer at"), "{said}");
    assert_eq!(place.read("").as_deref(), Some(&b"abc"[..]));
}

// ---- redirects and the token ----------------------------------------------------------------------------------------

#[test]
fn the_token_goes_to_the_hub_and_not_to_where_it_leads() {
    let content = bytes(50_000);
    let cdn = good(&content);
    // Another name, and the same name with another port.
    for name in ["localhost", "127.0.0.1"] {
        let there = format!("http://{name}:{}/blob?x=1", cdn.port);
        let (size, sha) = (content.len().to_string(), format!("\"{}\"", hash(&content)));
        let hub =
            Hub::start(move |_, _| Answer::redirect(&there).with("X-Linked-Size", &size).with("X-Linked-ETag", &sha));
        let place = Place::of(&hub, &content).with("HF_TOKEN", "hf_secret\n");
        let said = place.has(&content, place.get());
        assert_eq!(asked(&hub.asked(), "authorization"), [Some("Bearer hf_secret")]);
        assert!(!said.contains("hf_secret"), "{said}");
    }
    assert_eq!(asked(&cdn.asked(), "authorization"), [None, None]);
    assert_eq!(cdn.asked()[0].path(), "/blob?x=1");
}

#[test]
fn a_source_that_is_not_the_hub_is_not_told_the_token() {
    let other = good(b"abc");
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc").with("HF_TOKEN", "hf_secret");
    place.manifest(&entry("f", "models/file.bin", 3, &hash(b"abc"), &format!("{}/file", other.url())));
    place.has(b"abc", place.get());
    assert!(hub.asked().is_empty());
    assert_eq!(asked(&other.asked(), "authorization"), [None]);
}

#[test]
fn a_relative_redirect_is_followed_with_the_token() {
    let hub = Hub::start(|request, _| match request.path() {
        "/some/model/resolve/main/file.bin" => Answer::redirect("../v2/file.bin?download=true"),
        "/some/model/resolve/v2/file.bin?download=true" => Answer::redirect("/last"),
        "/last" => Answer::file(request, b"abc", ETAG),
        _ => Answer::new(404, ""),
    });
    let place = Place::of(&hub, b"abc").with("HF_TOKEN", "t");
    place.has(b"abc", place.get());
    assert_eq!(asked(&hub.asked(), "authorization"), [Some("Bearer t"); 3]);
}

#[test]
fn a_redirect_loop_ends() {
    let hub = Hub::start(|_, number| Answer::redirect(&format!("/{number}")));
    Place::of(&hub, b"abc").refuses("leads from one address to the next, more than 10 times");
    assert_eq!(hub.asked().len(), 11);
}

#[test]
fn a_redirect_to_another_kind_of_address_is_not_followed() {
    let hub = Hub::start(|_, _| Answer::redirect("file:///etc/passwd"));
    Place::of(&hub, b"abc").refuses("leads to file:///etc/passwd, which is not followed");
}

#[test]
fn another_version_is_refused_on_the_redirect() {
    let cdn = good(b"abd");
    let url = cdn.url();
    let sha = hash(b"abd");
    let hub = Hub::start(move |_, _| Answer::redirect(&url).with("X-Linked-ETag", &format!("\"{sha}\"")));
    Place::of(&hub, b"abc")
        .refuses(&format!("has another version than the manifest describes (its SHA-256 is {}", hash(b"abd")));
    let url = cdn.url();
    let hub = Hub::start(move |_, _| Answer::redirect(&url).with("X-Linked-Size", "4"));
    Place::of(&hub, b"abc").refuses("gives 4 bytes, and the manifest describes 3");
    assert!(cdn.asked().is_empty());
}

// ---- going on where it stopped --------------------------------------------------------------------------------------

#[test]
fn a_cut_is_continued_from_where_it_was() {
    let content = bytes(200_000);
    let hub = first(&content, |answer| answer.cut_after(80_000));
    let place = Place::of(&hub, &content);
    let said = place.has(&content, place.get());
    assert!(said.contains("was cut") && said.contains("trying again in 1 s"), "{said}");
    assert_eq!(asked(&hub.asked(), "range"), [None, Some("bytes=80000-")]);
    assert_eq!(asked(&hub.asked(), "if-range"), [None, Some(ETAG)]);
    assert_eq!(hub.sent(), 200_000);
}

#[test]
fn cuts_that_bring_nothing_end_it_and_the_part_is_kept() {
    let content = bytes(200_000);
    let hub = {
        let content = content.clone();
        Hub::start(move |request, number| {
            Answer::file(request, &content, ETAG).cut_after(if number == 0 { 1000 } else { 0 })
        })
    };
    let place = Place::of(&hub, &content);
    let (code, said) = place.get();
    assert!(code == 1 && said.contains("f did not come") && said.contains("run the same command again"), "{said}");
    assert_eq!(place.read(".part").as_deref(), Some(&content[..1000]));
    assert_eq!(hub.asked().len(), 5);
    assert!(place.read("").is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn a_part_left_by_a_program_that_was_ended_is_continued() {
    use nix::sys::signal::{Signal, kill};
    use std::os::unix::process::ExitStatusExt as _;
    let content = bytes(400_000);
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let hub = first(&content, Answer::slowly);
        let place = Place::of(&hub, &content);
        // Ctrl-C is ignored by what was started in the background, as these tests may be.
        let mut child = silent(wrapped("env", &["--default-signal=INT"], &place.command(&["get", "f"])));
        wait_for(&mut child, || place.read(".part").is_some_and(|part| part.len() > 20_000));
        kill(nix::unistd::Pid::from_raw(child.id().try_into().expect("a number")), signal).expect("a signal");
        let status = child.wait().expect("its end");
        assert_eq!(status.signal(), Some(signal as i32), "{status}");
        let part = place.read(".part").expect("a part");
        assert!(part.len() < content.len() && content.starts_with(&part), "{} bytes", part.len());
        let said = place.has(&content, place.get());
        assert!(said.contains("are here already: going on from there"), "{said}");
        assert_eq!(asked(&hub.asked(), "range")[1], Some(format!("bytes={}-", part.len()).as_str()));
    }
}

#[test]
fn a_server_that_ignores_ranges_gives_the_whole_file() {
    let content = bytes(100_000);
    let hub = {
        let content = content.clone();
        Hub::start(move |_, _| Answer::new(200, content.clone()))
    };
    let place = Place::of(&hub, &content);
    place.put_part(&content[..60_000], &content, ETAG);
    let said = place.has(&content, place.get());
    assert!(said.contains("beginning anew"), "{said}");
    assert_eq!(asked(&hub.asked(), "range"), [Some("bytes=60000-")]);
}

#[test]
fn a_part_of_another_version_is_begun_anew() {
    let content = bytes(100_000);
    let old = vec![1; 60_000];
    // The source's version is another: it says so by giving the whole file.
    let hub = good(&content);
    let place = Place::of(&hub, &content);
    place.put_part(&old, &content, "\"v0\"");
    place.has(&content, place.get());
    assert_eq!(asked(&hub.asked(), "if-range"), [Some("\"v0\"")]);
    // The source ignores If-Range and continues with another version.
    let hub = {
        let content = content.clone();
        Hub::start(move |request, _| {
            let size = content.len();
            match request.header("range") {
                Some(_) => Answer::new(206, &content[60_000..])
                    .with("Content-Range", &format!("bytes 60000-{}/{size}", size - 1))
                    .with("ETag", ETAG),
                None => Answer::new(200, content.clone()).with("ETag", ETAG),
            }
        })
    };
    let place = Place::of(&hub, &content);
    place.put_part(&old, &content, "\"v0\"");
    let said = place.has(&content, place.get());
    assert!(said.contains("another version: beginning anew"), "{said}");
    // The manifest's version is another, or nothing says which it is.
    let hub = good(&content);
    let place = Place::of(&hub, &content);
    place.put_part(&old, &old, ETAG);
    place.has(&content, place.get());
    std::fs::remove_file(place.path("")).expect("removed");
    place.put(".part", &old);
    place.put(".part.json", b"{\"sha256\": 7");
    place.has(&content, place.get());
    assert_eq!(asked(&hub.asked(), "range"), [None, None]);
}

#[test]
fn a_range_that_begins_elsewhere_is_not_believed() {
    let content = bytes(100_000);
    let hub =
        first(&content, |answer| answer.without("Content-Range").with("Content-Range", "bytes 60001-99999/100000"));
    let place = Place::of(&hub, &content);
    place.put_part(&content[..60_000], &content, ETAG);
    place.has(&content, place.get());
    assert_eq!(asked(&hub.asked(), "range"), [Some("bytes=60000-"), None]);
}

#[test]
fn parts_that_are_whole_or_too_long_or_not_satisfiable() {
    let content = bytes(100_000);
    // Whole: nothing has to be asked.
    let hub = good(&content);
    let place = Place::of(&hub, &content);
    place.put_part(&content, &content, ETAG);
    place.has(&content, place.get());
    assert!(hub.asked().is_empty());
    // Longer than the file: begun anew.
    let place = Place::of(&hub, &content);
    place.put_part(&[content.clone(), vec![1]].concat(), &content, ETAG);
    place.has(&content, place.get());
    assert_eq!(asked(&hub.asked(), "range"), [None]);
    // 416, although there should be more.
    let hub = first(&content, |_| Answer::new(416, "").with("Content-Range", "bytes */60000"));
    let place = Place::of(&hub, &content);
    place.put_part(&content[..60_000], &content, ETAG);
    let said = place.has(&content, place.get());
    assert!(said.contains("has not what is left of the file: beginning anew"), "{said}");
    assert_eq!(asked(&hub.asked(), "range"), [Some("bytes=60000-"), None]);
}

#[test]
fn two_at_once_do_not_mix() {
    let content = bytes(100_000);
    let hub = first(&content, Answer::slowly);
    let place = Place::of(&hub, &content);
    let mut first = silent(place.command(&["get", "f"]));
    wait_for(&mut first, || place.read(".part").is_some_and(|part| !part.is_empty()));
    let (code, said) = place.get();
    assert!(code == 0 && said.contains("Another workshop is downloading f: waiting for it"), "{said}");
    assert!(first.wait_with_output().expect("its end").status.success());
    place.has(&content, (code, said));
    assert_eq!(hub.asked().len(), 1);
}

// ---- a source that asks for patience --------------------------------------------------------------------------------

#[test]
fn a_source_that_asks_to_wait_is_waited_for() {
    for status in [429, 503, 500] {
        let hub = first(b"abc", move |_| Answer::new(status, "busy").with("Retry-After", "2"));
        let place = Place::of(&hub, b"abc");
        let said = place.has(b"abc", place.get());
        assert!(said.contains("trying again in 2 s"), "{said}");
        assert_eq!(hub.asked().len(), 2);
    }
}

#[test]
fn a_long_wait_is_left_to_the_reader() {
    let later = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(3590));
    for (asked_for, minutes) in [("100000", 1667), (later.as_str(), 60)] {
        let asked_for = asked_for.to_owned();
        let hub = Hub::start(move |_, _| Answer::new(429, "").with("Retry-After", &asked_for));
        let said = Place::of(&hub, b"abc").refuses("too many requests");
        assert!(said.contains(&format!("asks to come again in {minutes} minutes")), "{said}");
        assert_eq!(hub.asked().len(), 1);
    }
}

#[test]
fn a_source_that_falls_silent_is_given_up_and_asked_again() {
    let content = bytes(100_000);
    let hub = first(&content, |answer| answer.silent_after(30_000));
    let place = Place::of(&hub, &content);
    let said = place.has(&content, place.data(&["get", "f", "--timeout", "1"]));
    assert!(said.contains("127.0.0.1 sends nothing: trying again"), "{said}");
    assert_eq!(asked(&hub.asked(), "range"), [None, Some("bytes=30000-")]);
}

#[test]
fn a_source_that_cannot_be_reached_is_said_at_once() {
    let hub = good(b"abc");
    let mut place = Place::of(&hub, b"abc");
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a port").port();
    place.endpoint = format!("http://127.0.0.1:{free}");
    let said = place.refuses(&format!("127.0.0.1:{free} cannot be reached"));
    assert!(said.contains("HF_ENDPOINT") && !said.contains("trying again"), "{said}");
}

// ---- what is refused ------------------------------------------------------------------------------------------------

#[test]
fn another_size_is_refused() {
    let content = bytes(100_000);
    for size in [99_999, 100_001] {
        let hub = good(&bytes(size));
        Place::of(&hub, &content).refuses(&format!("gives {size} bytes, and the manifest describes 100000"));
        // Without a length, the end of the chunks says it.
        let other = bytes(size);
        let hub = Hub::start(move |_, _| Answer::new(200, other.clone()).chunked());
        let sentence = if size > 100_000 { "gives more than the 100000 bytes" } else { "gives 99999 bytes" };
        Place::of(&hub, &content).refuses(sentence);
        assert_eq!(hub.asked().len(), 1);
    }
}

#[test]
fn a_body_without_an_end_does_not_fill_the_disk() {
    let content = bytes(100_000);
    let hub = {
        let content = content.clone();
        Hub::start(move |_, _| Answer::new(200, content.clone()).forever())
    };
    Place::of(&hub, &content).refuses("gives more than the 100000 bytes");
    assert!(hub.sent() < 50_000_000, "{} bytes were taken", hub.sent());
}

#[test]
fn other_bytes_are_refused_and_what_was_there_stays() {
    let content = bytes(100_000);
    let mut other = content.clone();
    other[50_000] ^= 1;
    let hub = good(&other);
    let place = Place::of(&hub, &content);
    let said = place.refuses("is not the file that the manifest describes");
    assert!(said.contains(&hash(&other)), "{said}");
    place.put("", b"what was there");
    let (code, said) = place.get();
    assert!(code == 1 && said.contains("f is here and damaged"), "{said}");
    assert_eq!(place.read("").as_deref(), Some(&b"what was there"[..]));
    assert!(!place.path(".part").exists());
    // The right one takes its place.
    let hub = good(&content);
    let place = Place { endpoint: hub.url(), ..place };
    place.has(&content, place.get());
}

#[test]
fn a_part_that_was_spoilt_is_found_out() {
    let content = bytes(100_000);
    let hub = good(&content);
    let place = Place::of(&hub, &content);
    place.put_part(&vec![0; 60_000], &content, ETAG);
    place.refuses("It was deleted, and nothing else was changed. Run the command again");
    place.has(&content, place.get());
}

#[test]
fn a_pointer_of_git_lfs_is_refused() {
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 100000\n", hash(b"x"));
    let hub = good(pointer.as_bytes());
    Place::of(&hub, &bytes(100_000)).refuses("gives a Git LFS pointer");
    // Even where the manifest was made from the pointer.
    let said = Place::of(&hub, pointer.as_bytes()).refuses("gives a Git LFS pointer");
    assert!(said.contains("/resolve/"), "{said}");
}

#[test]
fn a_web_page_is_told_from_the_file() {
    let content = bytes(100_000);
    let page = b"\n<!DOCTYPE html><html><body>Welcome to the airport</body></html>";
    for shape in [|answer: Answer| answer, Answer::chunked] {
        let hub = Hub::start(move |_, _| shape(Answer::new(200, page)));
        let place = Place::of(&hub, &content);
        place.refuses("gives a web page, not the file");
        // What was downloaded before such a network is not lost in it.
        place.put_part(&content[..60_000], &content, ETAG);
        assert_eq!(place.get().0, 1);
        assert_eq!(place.read(".part").as_deref(), Some(&content[..60_000]));
        let hub = good(&content);
        let place = Place { endpoint: hub.url(), ..place };
        place.has(&content, place.get());
        assert_eq!(asked(&hub.asked(), "range"), [Some("bytes=60000-")]);
    }
}

#[test]
fn a_pickle_is_refused_by_its_name_before_it_comes() {
    let hub = good(b"abc");
    for (path, source) in [("a.pkl", HUB), ("model.PT", HUB), ("m.bin", "https://huggingface.co/x/m.pth?download=true")]
    {
        let place = Place::of(&hub, b"abc");
        place.manifest(&entry("f", path, 3, &hash(b"abc"), source));
        place.refuses("f is a Python pickle");
    }
    assert!(hub.asked().is_empty());
}

#[test]
fn a_pickle_is_refused_by_its_content() {
    // pickle.dumps({'a': 1}, 4), and what torch.save makes: a zip with a pickle in it.
    let pickle = b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.".to_vec();
    let zip = [&b"PK\x03\x04\x00\x00\x08\x08"[..], &[0; 22], b"archive/data.pkl", &bytes(10_000)].concat();
    for content in [pickle, zip] {
        let hub = good(&content);
        Place::of(&hub, &content).refuses("f is a Python pickle");
    }
    // A zip without one, and llama2.c's format, are files like any other.
    let zip = [&b"PK\x03\x04\x00\x00\x08\x08"[..], &[0; 22], b"archive/text.txt", &bytes(10_000)].concat();
    let llama = [&640_i32.to_le_bytes()[..], &bytes(1000)].concat();
    for content in [zip, llama] {
        let hub = good(&content);
        let place = Place::of(&hub, &content);
        place.has(&content, place.get());
    }
}

#[test]
fn a_gated_file_says_what_to_do() {
    for status in [401, 403] {
        let hub = Hub::start(move |_, _| Answer::new(status, "").with("X-Error-Code", "GatedRepo"));
        let said = Place::of(&hub, b"abc").refuses("Accept it at https://huggingface.co/some/model, make");
        assert!(said.contains("HF_TOKEN"), "{said}");
        let place = Place::of(&hub, b"abc").with("HF_TOKEN", "hf_secret");
        let said = place.refuses("is not given to the owner of the token in HF_TOKEN");
        assert!(!said.contains("hf_secret"), "{said}");
        assert_eq!(hub.asked().len(), 2);
    }
}

#[test]
fn a_file_that_is_gone_is_said_so() {
    let hub = Hub::start(|_, _| Answer::new(404, "Entry not found"));
    Place::of(&hub, b"abc").refuses("the manifest may be out of date");
    assert_eq!(hub.asked().len(), 1);
    let hub = Hub::start(|_, _| Answer::new(418, ""));
    Place::of(&hub, b"abc").refuses("answers with HTTP 418");
}

// ---- the disk -------------------------------------------------------------------------------------------------------

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_sentence() {
    let content = bytes(100_000);
    let hub = good(&content);
    let place = Place::of(&hub, &content);
    place.put("", b"what was there");
    // The device gives the very error of a full disk for each write.
    std::os::unix::fs::symlink("/dev/full", place.path(".part")).expect("a link");
    let (code, said) = place.get();
    assert!(code == 1 && said.contains("f: the disk is full, and 100.0 KB are still to come"), "{said}");
    assert!(!said.contains("panicked") && said.lines().filter(|line| line.contains("full")).count() == 1, "{said}");
    assert_eq!(place.read("").as_deref(), Some(&b"what was there"[..]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_in_the_middle_keeps_the_part() {
    use std::os::unix::process::ExitStatusExt as _;
    let content = bytes(300_000);
    let hub = good(&content);
    let place = Place::of(&hub, &content);
    // No file may grow beyond 100 blocks of 1 KB; the write itself fails, and not the program by a signal.
    let limit = "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"";
    let mut limited = wrapped("bash", &["-c", limit], &place.command(&["get", "f"]));
    let output = limited.output().expect("it starts");
    let said = text(&output);
    assert_eq!(output.status.signal(), None, "{said}");
    assert!(output.status.code() == Some(1) && said.contains("cannot be written any further"), "{said}");
    assert_eq!(place.read(".part").as_deref(), Some(&content[..100 << 10]));
    place.has(&content, place.get());
    assert_eq!(asked(&hub.asked(), "range"), [None, Some("bytes=102400-")]);
}

#[test]
fn too_little_disk_is_said_before_anything_comes() {
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc");
    place.manifest(&entry("f", "models/file.bin", 1_000_000_000_000_000_000, &hash(b"abc"), HUB));
    let said = place.refuses(" MB of disk are lacking: 1000000000000 MB are to come");
    assert!(said.contains("some numbers"), "{said}");
    assert!(hub.asked().is_empty());
}

#[test]
fn a_cache_that_cannot_be_written_is_one_sentence() {
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc");
    std::fs::write(place.home.path().join("cache"), "a file, not a folder").expect("written");
    let (code, said) = place.get();
    assert!(code == 1 && said.contains("cannot be") && !said.contains("panicked"), "{said}");
    assert!(hub.asked().is_empty());
}

// ---- proxies --------------------------------------------------------------------------------------------------------

#[test]
fn a_proxy_is_used_unless_the_host_is_spared() {
    let content = bytes(50_000);
    let hub = good(&content);
    // A name that nobody can look up: only the proxy leads there.
    let through = |variable: &'static str| {
        let proxy = Hub::proxy(hub.port);
        let mut place = Place::of(&hub, &content).with(variable, &format!("http://127.0.0.1:{}", proxy.port));
        place.endpoint = "http://hub.invalid:8080".to_owned();
        (proxy, place)
    };
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let (proxy, place) = through(variable);
        place.has(&content, place.get());
        assert_eq!(proxy.asked()[0].line, "CONNECT hub.invalid:8080 HTTP/1.1");
        let place = place.with("NO_PROXY", "example.org, .invalid");
        std::fs::remove_file(place.path("")).expect("removed");
        place.refuses("hub.invalid:8080 cannot be reached");
        assert_eq!(proxy.asked().len(), 1);
    }
    // That of https is not for http.
    let (proxy, place) = through("HTTPS_PROXY");
    place.refuses("cannot be reached");
    assert!(proxy.asked().is_empty());
}

#[test]
fn a_proxy_that_is_none_is_said_without_its_password() {
    let hub = good(b"abc");
    for proxy in ["socks5://me:secret@127.0.0.1:1", "http://", "://me:secret@x"] {
        let said = Place::of(&hub, b"abc").with("HTTP_PROXY", proxy).refuses("HTTP_PROXY names no proxy");
        assert!(!said.contains("secret") && !said.contains("panicked"), "{said}");
    }
    assert!(hub.asked().is_empty());
}

// ---- manifests, list and verify -------------------------------------------------------------------------------------

#[test]
fn a_place_outside_the_cache_is_refused() {
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc");
    let outside = place.home.path().join("outside.bin");
    for path in
        ["../outside.bin", outside.to_str().expect("a path"), "a/../../outside.bin", "..\\outside.bin", "NUL", "C:x"]
    {
        place.manifest(&entry("f", path, 3, &hash(b"abc"), HUB));
        for args in [&["get", "f"][..], &["list"], &["verify"]] {
            let (code, said) = place.data(args);
            assert!(code == 1 && said.contains(&format!("wants to put f at {path}")), "{said}");
        }
    }
    assert!(hub.asked().is_empty() && !outside.exists() && !place.home.path().join("cache").exists());
}

#[test]
fn what_is_no_manifest_is_said_so() {
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc");
    let good = entry("f", "a", 3, &hash(b"abc"), HUB);
    for (manifest, sentence) in [
        ("not a manifest".to_owned(), "is no manifest of data files"),
        (good.replace("licence", "license"), "unknown field `license`"),
        (good.replace("size = 3", "size = -3"), "is no manifest of data files"),
        (good.replace(&hash(b"abc"), "abc"), "the sha256 of f must be 64 hexadecimal digits"),
        (good.clone() + &good, "names f twice"),
        (good.clone() + &entry("g", "A", 3, &hash(b"abc"), HUB), "names a twice"),
    ] {
        place.manifest(&manifest);
        let (code, said) = place.get();
        assert!(code == 1 && said.contains(sentence) && said.contains("manifest.toml"), "{sentence}: {said}");
    }
    std::fs::remove_file(place.home.path().join("manifest.toml")).expect("removed");
    assert!(place.get().1.contains("is no manifest of data files"));
    place.manifest(&entry("f", "a", 3, &hash(b"abc"), "ftp://example.org/a"));
    place.refuses("no address that can be asked: ftp://example.org/a");
    assert!(hub.asked().is_empty());
}

#[test]
fn list_and_verify_say_how_the_files_stand() {
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc");
    let state = |args: &[&str]| place.data(args);
    let cache = place.home.path().join("cache");
    let (code, said) = state(&["list"]);
    assert!(code == 0 && said.contains(&format!("Files are kept in {}", cache.display())), "{said}");
    assert!(said.contains("f    3 bytes  CC-BY-4.0  not here: some numbers"), "{said}");
    assert_eq!(state(&["verify"]), (0, "f: not here\n".to_owned()));
    assert_eq!(state(&["verify", "f"]), (1, "f: not here\n".to_owned()));
    place.put("", b"abc");
    assert!(state(&["list"]).1.contains("  here: "));
    assert_eq!(state(&["verify", "f"]), (0, "f: whole\n".to_owned()));
    // One byte is another: its size does not tell.
    place.put("", b"abd");
    assert!(state(&["list"]).1.contains("  here: "));
    for args in [&["verify"][..], &["verify", "f"]] {
        let (code, said) = state(args);
        assert!(code == 1 && said.contains("f: damaged.") && said.contains("cargo workshop data get f"), "{said}");
    }
    place.put("", b"ab");
    assert!(state(&["list"]).1.contains("  damaged: "));
    assert_eq!(state(&["verify", "none"]).0, 2);
    assert!(hub.asked().is_empty());
}

#[test]
fn the_courses_own_manifest_is_read_and_a_missing_file_names_the_command() {
    let home = Home::new();
    let output = home.command(&["data", "list"]).env("WORKSHOP_CACHE", home.path()).output().expect("workshop starts");
    assert!(output.status.success() && text(&output).contains("stories260K"), "{}", text(&output));
    let manifest = workshop_base::data::manifest().expect("the manifest");
    let file = Box::new(manifest.file("tok512").expect("a file").clone());
    let said = workshop_base::data::DataError::Missing { file }.to_string();
    assert!(said.contains("cargo workshop data get tok512"), "{said}");
}

/// An encrypted source, which the system must trust. `openssl` makes the certificate and serves.
#[test]
fn an_encrypted_source_must_be_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let openssl = |args: &str| {
        let mut command = Command::new("openssl");
        command.args(args.split(' ')).current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        command
    };
    if openssl("version").output().is_err() {
        eprintln!("skipped: there is no openssl");
        return;
    }
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let config = "[req]\ndistinguished_name = name\nx509_extensions = more\nprompt = no\n[name]\nCN = localhost\n\
                  [more]\nsubjectAltName = DNS:localhost\nbasicConstraints = critical, CA:FALSE\n";
    write("config", config);
    let made =
        openssl("req -x509 -config config -newkey rsa:2048 -nodes -keyout key -out certificate -days 2").output();
    assert!(made.expect("a certificate").status.success());
    // It serves files that are whole answers, each beginning with its status line.
    let hub = good(b"abc");
    write("good", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    write("open", &format!("HTTP/1.0 302 Found\r\nLocation: {}/x\r\nContent-Length: 0\r\n\r\n", hub.url()));
    let mut server = openssl("s_server -accept 0 -cert certificate -key key -HTTP").spawn().expect("a server");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(server.stdout.take().expect("its output")));
    let port = lines.find_map(|line| Some(line.ok()?.strip_prefix("ACCEPT")?.rsplit_once(':')?.1.to_owned()));
    let port = port.expect("a port");
    std::thread::spawn(move || lines.for_each(drop));

    let mut place = Place::of(&hub, b"abc");
    place.endpoint = format!("https://localhost:{port}");
    let at = |name: &str| entry("f", "models/file.bin", 3, &hash(b"abc"), &format!("https://huggingface.co/{name}"));
    place.manifest(&at("good"));
    let said = place.refuses("cannot be reached");
    assert!(said.to_lowercase().contains("certificate"), "{said}");
    let certificate = folder.path().join("certificate");
    let place = place.with("SSL_CERT_FILE", certificate.to_str().expect("a path"));
    place.has(b"abc", place.get());
    // From there, nothing leads to an open connection.
    std::fs::remove_file(place.path("")).expect("removed");
    place.manifest(&at("open"));
    place.refuses("which is not followed");
    assert!(hub.asked().is_empty());
    server.kill().expect("ended");
    server.wait().expect("its end");
}

/// At a terminal, the reader is asked. `script` gives the program one.
#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_it_asks_first() {
    use std::io::Write as _;
    let hub = good(b"abc");
    let place = Place::of(&hub, b"abc");
    let get = |answer: &str, more: &str| {
        let manifest = place.home.path().join("manifest.toml");
        let command =
            format!("'{}' data --manifest '{}' get f {more}", env!("CARGO_BIN_EXE_workshop"), manifest.display());
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        copy_variables(&place.command(&[]), &mut script);
        let mut child = script.spawn().expect("script starts");
        let mut input = child.stdin.take().expect("its input");
        input.write_all(answer.as_bytes()).expect("an answer");
        // The end of the input would be the terminal's end.
        let output = child.wait_with_output().expect("its end");
        drop(input);
        (output.status.code(), text(&output))
    };
    let (code, said) = get("n\n", "");
    assert!(
        code == Some(1) && said.contains("Download 3 bytes? [Y/n]") && said.contains("Nothing was downloaded"),
        "{said}"
    );
    assert!(hub.asked().is_empty());
    let (code, said) = get("", "--yes");
    assert!(code == Some(0) && !said.contains("[Y/n]"), "{said}");
    std::fs::remove_file(place.path("")).expect("removed");
    assert_eq!(get("y\n", "").0, Some(0));
    assert_eq!(place.read("").as_deref(), Some(&b"abc"[..]));
}

/// Starts it, and lets nobody hear what it says.
fn silent(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

/// A program that starts the one of another command, with its variables.
fn wrapped(program: &str, args: &[&str], inner: &Command) -> Command {
    let mut command = Command::new(program);
    command.args(args).arg(inner.get_program()).args(inner.get_args()).stdin(Stdio::null());
    copy_variables(inner, &mut command);
    command
}

fn copy_variables(from: &Command, to: &mut Command) {
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
}

/// Waits until something holds, which must be while the program runs.
fn wait_for(child: &mut Child, holds: impl Fn() -> bool) {
    while !holds() {
        assert!(child.try_wait().expect("its state").is_none(), "it ended before");
        std::thread::sleep(Duration::from_millis(5));
    }
}
