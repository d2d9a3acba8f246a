//! A git server on loopback: HTTP or HTTPS, with git's own `http-backend` behind it. It can ask for a login, hang, be
//! slow, cut answers short, and tells what was asked. Beside it a forward proxy.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use openssl::asn1::Asn1Time;
use openssl::base64::encode_block;
use openssl::bn::{BigNum, MsbOption};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

/// How requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As they should be.
    Serve,
    /// Requests are taken and not answered.
    Hang,
    /// Answers begin after this time.
    Slow(Duration),
    /// Answers of packs end after this many bytes.
    Cut(usize),
    /// Every answer has this status.
    Status(u16),
}

/// A running server. It ends with this value.
pub struct GitServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    root: PathBuf,
    mode: Mutex<Mode>,
    login: Mutex<Option<(String, String)>>,
    knows_protocol_2: AtomicBool,
    requests: Mutex<Vec<String>>,
    acceptor: Option<SslAcceptor>,
    is_over: AtomicBool,
}

impl GitServer {
    /// Serves the repositories below a folder: `URL/name` is the repository `name`.
    pub fn start(root: &Path) -> Self {
        Self::start_with(root, None)
    }

    /// The same over TLS, with a certificate of this authority.
    pub fn start_tls(root: &Path, authority: &Authority) -> Self {
        Self::start_with(root, Some(authority.acceptor()))
    }

    fn start_with(root: &Path, acceptor: Option<SslAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            mode: Mutex::new(Mode::Serve),
            login: Mutex::new(None),
            knows_protocol_2: AtomicBool::new(true),
            requests: Mutex::default(),
            acceptor,
            is_over: AtomicBool::new(false),
        });
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = serving.clone();
                // A client that goes away in the middle is none of the server's business.
                thread::spawn(move || stream.and_then(|stream| shared.take(stream)));
            }
        });
        Self { address, shared }
    }

    /// The URL of a repository.
    pub fn url(&self, name: &str) -> String {
        let scheme = if self.shared.acceptor.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://localhost:{}/{name}", self.address.port())
    }

    /// Answers so from now on.
    pub fn set_mode(&self, mode: Mode) {
        *self.shared.mode.lock().unwrap() = mode;
    }

    /// Whether requests are left without an answer from now on; at the end, those that wait are dropped.
    pub fn hang(&self, hangs: bool) {
        self.set_mode(if hangs { Mode::Hang } else { Mode::Serve });
    }

    /// Asks for this user and password from now on.
    pub fn require(&self, user: &str, password: &str) {
        *self.shared.login.lock().unwrap() = Some((user.to_owned(), password.to_owned()));
    }

    /// Speaks only the oldest protocol from now on.
    pub fn forget_protocol_2(&self) {
        self.shared.knows_protocol_2.store(false, Ordering::SeqCst);
    }

    /// What was asked since the last time, each as `METHOD PATH?QUERY STATUS`.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.requests.lock().unwrap())
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _woken = TcpStream::connect(self.address);
    }
}

/// A request's head and body.
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Shared {
    fn take(&self, stream: TcpStream) -> io::Result<()> {
        match &self.acceptor {
            None => self.answer(stream),
            Some(acceptor) => match acceptor.accept(stream) {
                Ok(mut stream) => {
                    self.answer(&mut stream)?;
                    let _closed = stream.shutdown();
                    Ok(())
                }
                Err(error) => Err(io::Error::other(error.to_string())),
            },
        }
    }

    fn answer(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        let request = read_request(&mut reader)?;
        let mode = *self.mode.lock().unwrap();
        let stream = reader.get_mut();
        let log = |status: &str| {
            let line = format!("{} {} {status}", request.method, request.target);
            self.requests.lock().unwrap().push(line);
        };
        match mode {
            Mode::Hang => {
                log("none");
                while *self.mode.lock().unwrap() == mode && !self.is_over.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(10));
                }
                return Ok(());
            }
            Mode::Status(status) => {
                log(&status.to_string());
                let head = format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return stream.write_all(head.as_bytes());
            }
            Mode::Slow(time) => thread::sleep(time),
            Mode::Serve | Mode::Cut(_) => {}
        }
        if !self.lets_in(&request) {
            log("401");
            return stream.write_all(
                b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"git\"\r\n\
                  Content-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
        let (status, headers, body) = self.run_backend(&request)?;
        log(status.split(' ').next().unwrap_or_default());
        let length = body.len();
        let body = match mode {
            Mode::Cut(length) if request.method == "POST" => &body[..length.min(body.len())],
            _ => &body,
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        stream.write_all(body)?;
        stream.flush()
    }

    fn lets_in(&self, request: &Request) -> bool {
        let login = self.login.lock().unwrap();
        login.as_ref().is_none_or(|(user, password)| {
            let wanted = format!("Basic {}", encode_block(format!("{user}:{password}").as_bytes()));
            request.header("Authorization") == Some(&wanted)
        })
    }

    /// Status, headers and body, from git's CGI program.
    fn run_backend(&self, request: &Request) -> io::Result<(String, String, Vec<u8>)> {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let mut command = Command::new("git");
        command
            .arg("http-backend")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", "/nonexistent")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", &request.method)
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("CONTENT_TYPE", request.header("Content-Type").unwrap_or_default())
            .env("CONTENT_LENGTH", request.body.len().to_string())
            .env("REMOTE_ADDR", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(encoding) = request.header("Content-Encoding") {
            command.env("HTTP_CONTENT_ENCODING", encoding);
        }
        if let Some(protocol) = request.header("Git-Protocol")
            && self.knows_protocol_2.load(Ordering::SeqCst)
        {
            command.env("GIT_PROTOCOL", protocol);
        }
        let mut child = command.spawn()?;
        let mut stdin = child.stdin.take().unwrap();
        let input = request.body.clone();
        let fed = thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output()?.stdout;
        let _fed = fed.join();
        let end = output
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or_else(|| io::Error::other("git http-backend gave no headers"))?;
        let head = String::from_utf8_lossy(&output[..end + 2]).into_owned();
        let body = output[end + 4..].to_vec();
        let status = head.lines().find_map(|line| line.strip_prefix("Status: "));
        let status = status.unwrap_or("200 OK").to_owned();
        let headers = head
            .lines()
            .filter(|line| !line.starts_with("Status: "))
            .map(|line| format!("{line}\r\n"));
        Ok((status, headers.collect(), body))
    }
}

fn read_request(reader: &mut impl BufRead) -> io::Result<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(&head).map_err(io::Error::other)?;
    let mut request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_owned(), value)
            })
            .collect(),
        body: Vec::new(),
    };
    if request
        .header("Transfer-Encoding")
        .is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked"))
    {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            reader.take(length).read_to_end(&mut request.body)?;
            reader.read_line(&mut String::new())?;
            if length == 0 {
                break;
            }
        }
    } else if let Some(length) = request.header("Content-Length") {
        let length = length.parse().map_err(io::Error::other)?;
        reader.take(length).read_to_end(&mut request.body)?;
    }
    Ok(request)
}

/// A throw-away certificate authority.
pub struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut builder = certificate("stackctl test authority", &key);
        let name = builder_name("stackctl test authority");
        builder.set_issuer_name(&name).unwrap();
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self {
            certificate: builder.build(),
            key,
        }
    }

    /// Its certificate in PEM.
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    /// A key and a certificate for `localhost` and 127.0.0.1.
    pub fn issue(&self) -> (PKey<Private>, X509) {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut builder = certificate("localhost", &key);
        builder.set_issuer_name(self.certificate.subject_name()).unwrap();
        let names = SubjectAlternativeName::new()
            .dns("localhost")
            .ip("127.0.0.1")
            .build(&builder.x509v3_context(Some(&self.certificate), None))
            .unwrap();
        builder.append_extension(names).unwrap();
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        (key, builder.build())
    }

    fn acceptor(&self) -> SslAcceptor {
        let (key, certificate) = self.issue();
        let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        acceptor.build()
    }
}

fn builder_name(name: &str) -> openssl::x509::X509Name {
    let mut builder = X509NameBuilder::new().unwrap();
    builder.append_entry_by_text("CN", name).unwrap();
    builder.build()
}

fn certificate(name: &str, key: &PKey<Private>) -> X509Builder {
    let mut builder = X509::builder().unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, MsbOption::MAYBE_ZERO, false).unwrap();
    builder.set_version(2).unwrap();
    builder
        .set_serial_number(&serial.to_asn1_integer().unwrap())
        .unwrap();
    builder.set_subject_name(&builder_name(name)).unwrap();
    builder
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::days_from_now(2).unwrap())
        .unwrap();
    builder.set_pubkey(key).unwrap();
    builder
}

/// A forward proxy for HTTP and, by CONNECT, for HTTPS.
pub struct Proxy {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            is_over: Arc::default(),
        };
        let (requests, is_over) = (proxy.requests.clone(), proxy.is_over.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let requests = requests.clone();
                thread::spawn(move || stream.and_then(|stream| forward(stream, &requests)));
            }
        });
        proxy
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.address.port())
    }

    /// What was asked since the last time, each as `METHOD TARGET`.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _woken = TcpStream::connect(self.address);
    }
}

fn forward(mut client: TcpStream, requests: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut words = text.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    requests.lock().unwrap().push(format!("{method} {target}"));
    let mut server;
    if method == "CONNECT" {
        server = TcpStream::connect(target)?;
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    } else {
        let rest = target.strip_prefix("http://").unwrap_or(target);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        server = TcpStream::connect(host)?;
        server.write_all(text.replacen(target, &format!("/{path}"), 1).as_bytes())?;
    }
    let mut back = server.try_clone()?;
    let mut to_client = client.try_clone()?;
    let returned = thread::spawn(move || {
        let _copied = io::copy(&mut back, &mut to_client);
        to_client.shutdown(Shutdown::Write)
    });
    let _copied = io::copy(&mut reader, &mut server);
    let _shut = server.shutdown(Shutdown::Write);
    let _returned = returned.join();
    Ok(())
}
