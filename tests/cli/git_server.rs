//! A git server over HTTP: `git http-backend` behind a few lines of HTTP, with a password that can change.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Serves every repository below a folder until the test ends.
pub struct GitServer {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    folder: PathBuf,
    /// `user:password` in base64; none for everybody.
    login: Option<String>,
    /// Answers nothing and keeps the connection.
    hangs: bool,
    requests: Vec<String>,
    held: Vec<TcpStream>,
}

impl GitServer {
    /// Starts one for the repositories below a folder.
    pub fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared {
            folder: folder.to_owned(),
            login: None,
            hangs: false,
            requests: Vec::new(),
            held: Vec::new(),
        }));
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                std::thread::spawn(move || {
                    // A client that was killed hears nothing more.
                    let _gone = answer(stream, &shared);
                });
            }
        });
        Self { port, shared }
    }

    /// The URL of a repository.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// From now on only this user gets an answer.
    pub fn require(&self, user: &str, password: &str) {
        let login = openssl::base64::encode_block(format!("{user}:{password}").as_bytes());
        self.shared.lock().unwrap().login = Some(login);
    }

    /// Whether requests are left without an answer from now on.
    pub fn hang(&self, hangs: bool) {
        let mut shared = self.shared.lock().unwrap();
        shared.hangs = hangs;
        shared.held.clear();
    }

    /// Forgets the requests so far and gives them.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().unwrap().requests)
    }
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

fn read_request(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        request
            .headers
            .push((name.to_lowercase(), value.trim().to_owned()));
    }
    if request.header("expect") == "100-continue" {
        (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if request.header("transfer-encoding") == "chunked" {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                break;
            }
            request.body.extend_from_slice(&chunk[..size]);
        }
    } else {
        request.body = vec![0; request.header("content-length").parse().unwrap_or(0)];
        reader.read_exact(&mut request.body)?;
    }
    Ok(request)
}

fn answer(mut stream: TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let request = read_request(&stream)?;
    let (folder, login) = {
        let mut shared = shared.lock().unwrap();
        shared
            .requests
            .push(format!("{} {}", request.method, request.target));
        if shared.hangs {
            shared.held.push(stream);
            return Ok(());
        }
        (shared.folder.clone(), shared.login.clone())
    };
    let given = request.header("authorization");
    if login.is_some_and(|login| given != format!("Basic {login}")) {
        let head = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"\r\n";
        return stream.write_all(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("GIT_PROTOCOL", request.header("git-protocol"))
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_TYPE", request.header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", request.header("content-encoding"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let body = request.body;
    let writer = std::thread::spawn(move || stdin.write_all(&body));
    let output = child.wait_with_output()?;
    let _ended_before_reading_all = writer.join();
    let split = output
        .stdout
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or(0);
    let (head, body) = output.stdout.split_at(split);
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{head}\r\n\r\n")?;
    stream.write_all(body.get(4..).unwrap_or_default())
}
