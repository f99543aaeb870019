//! A server that behaves like the Hugging Face Hub, or misbehaves as a test wants: what it was asked is kept.
//!
//! Plain threads and sockets, since a server library would not let an answer end in the middle.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub line: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What happens after the answer's bytes.
#[derive(Debug, Clone, Copy)]
enum Then {
    Close,
    /// Nothing more is sent, and the connection stays open.
    Hold,
    /// The body is sent again and again.
    Forever,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    sent: usize,
    pause: Duration,
    then: Then,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers = vec![("Content-Length".to_owned(), body.len().to_string())];
        Self { status, headers, sent: body.len(), body, pause: Duration::ZERO, then: Then::Close }
    }

    /// A file as a good server gives it: whole, or the part that was asked for if the version is still the same.
    pub fn file(request: &Request, bytes: &[u8], etag: &str) -> Self {
        let from =
            request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let is_same = request.header("if-range").is_none_or(|theirs| theirs == etag);
        let size = bytes.len();
        let answer = match from {
            Some(from) if is_same && from < size => {
                Self::new(206, &bytes[from..]).with("Content-Range", &format!("bytes {from}-{}/{size}", size - 1))
            }
            Some(_) if is_same => Self::new(416, "").with("Content-Range", &format!("bytes */{size}")),
            _ => Self::new(200, bytes),
        };
        answer.with("ETag", etag)
    }

    pub fn redirect(to: &str) -> Self {
        Self::new(302, "").with("Location", to)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// The body is in chunks, so that its length is not said before.
    pub fn chunked(mut self) -> Self {
        let mut body = format!("{:x}\r\n", self.body.len()).into_bytes();
        body.append(&mut self.body);
        body.extend_from_slice(b"\r\n0\r\n\r\n");
        Self { sent: body.len(), body, ..self }.without("Content-Length").with("Transfer-Encoding", "chunked")
    }

    /// The connection is cut after so many bytes of the body.
    pub fn cut_after(self, bytes: usize) -> Self {
        Self { sent: bytes.min(self.body.len()), ..self }
    }

    /// The connection stays open and silent after so many bytes.
    pub fn silent_after(self, bytes: usize) -> Self {
        Self { then: Then::Hold, ..self.cut_after(bytes) }
    }

    /// The body is repeated without an end, and without a length.
    pub fn forever(self) -> Self {
        Self { then: Then::Forever, ..self }.without("Content-Length")
    }

    /// The body comes in pieces of 1 KB with pauses between them.
    pub fn slowly(self) -> Self {
        Self { pause: Duration::from_millis(20), ..self }
    }

    /// Writes it; an error is the other side's hanging up.
    fn send(&self, stream: &mut TcpStream, sent: &AtomicU64) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", self.status);
        self.headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        stream.write_all((head + "\r\n").as_bytes())?;
        loop {
            for piece in self.body[..self.sent].chunks(1 << 10) {
                stream.write_all(piece)?;
                sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
                std::thread::sleep(self.pause);
            }
            match self.then {
                Then::Forever => {}
                Then::Close => return Ok(()),
                // Until the other side goes.
                Then::Hold => return stream.read(&mut [0]).map(drop),
            }
        }
    }
}

/// The server. It ends with the test's process.
pub struct Hub {
    pub port: u16,
    asked: Arc<Mutex<Vec<Request>>>,
    sent: Arc<AtomicU64>,
}

impl Hub {
    /// Starts a server; `answer` is given each request and how many there were before it.
    pub fn start(answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve(move |mut stream, sent, request, number| {
            let _ = answer(&request, number).send(&mut stream, sent);
        })
    }

    /// Starts a proxy: it does what CONNECT asks for, whatever name stands there, by connecting to `port`.
    pub fn proxy(port: u16) -> Self {
        Self::serve(move |mut stream, _, _, _| {
            let Ok(mut there) = TcpStream::connect(("127.0.0.1", port)) else { return };
            let _ = stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n");
            let (Ok(mut from), Ok(mut to)) = (stream.try_clone(), there.try_clone()) else { return };
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            let _ = std::io::copy(&mut there, &mut stream);
            let _ = stream.shutdown(std::net::Shutdown::Both);
        })
    }

    fn serve(serve: impl Fn(TcpStream, &AtomicU64, Request, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let hub = Self { port, asked: Arc::default(), sent: Arc::default() };
        let (asked, sent, serve) = (hub.asked.clone(), hub.sent.clone(), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (asked, sent, serve) = (asked.clone(), sent.clone(), serve.clone());
                std::thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let number = {
                        let mut asked = asked.lock().expect("the list");
                        asked.push(request.clone());
                        asked.len() - 1
                    };
                    serve(stream, &sent, request, number);
                });
            }
        });
        hub
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All that was asked so far.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("the list").clone()
    }

    /// How many bytes of bodies were sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

/// The head of a request, read byte by byte of its lines: what comes after it is not ours.
fn read(stream: &TcpStream) -> Option<Request> {
    let mut request = Request::default();
    let mut lines = BufReader::with_capacity(1, stream).lines();
    request.line = lines.next()?.ok()?;
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        request.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Some(request)
}
