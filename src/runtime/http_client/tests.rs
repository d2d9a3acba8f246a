//! Against real servers on loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use super::*;

/// Answers each connection with the next of these texts; gives back its address and what it was asked.
fn server(answers: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, asked) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            sender.send(head(&stream)).unwrap();
            (&stream).write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, asked)
}

fn head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map(Result::unwrap);
    lines
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase()
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn call<'a>(method: &'a str, url: &'a str, follows: bool) -> Call<'a> {
    Call {
        method,
        url,
        headers: &[("Gitsync-Hash", "abc")],
        timeout: Duration::from_secs(5),
        follows,
    }
}

#[test]
fn method_and_headers_arrive() {
    let (address, asked) = server(vec![ok("hello")]);
    let url = format!("http://{address}/hook?a=b");
    let answer = HttpClient::default().send(&call("POST", &url, true)).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
    let asked = asked.recv().unwrap();
    assert!(asked.starts_with("post /hook?a=b http/1.1\n"), "{asked}");
    assert!(asked.contains("gitsync-hash: abc"), "{asked}");
}

#[test]
fn redirects_are_followed_only_where_asked() {
    let (target, asked) = server(vec![ok("there"), ok("there")]);
    for status in ["302 Found", "307 Temporary Redirect"] {
        let redirect = format!(
            "HTTP/1.1 {status}\r\nLocation: http://{target}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let (address, _asked) = server(vec![redirect.clone(), redirect]);
        let url = format!("http://{address}/");
        let stays = HttpClient::default().send(&call("POST", &url, false)).unwrap();
        assert_eq!(stays.status.to_string(), status[..3]);
        let goes = HttpClient::default().send(&call("POST", &url, true)).unwrap();
        assert_eq!(goes.body, "there", "{status}");
    }
    assert!(asked.recv().unwrap().starts_with("get "));
    assert!(asked.recv().unwrap().starts_with("post "));
}

#[test]
fn a_redirect_may_be_relative() {
    let from: Uri = "http://h:1/a/b?c".parse().unwrap();
    for (location, expected) in [
        ("https://i/x", "https://i/x"),
        ("//i/x", "http://i/x"),
        ("/x?y", "http://h:1/x?y"),
        ("x", "http://h:1/a/x"),
    ] {
        assert_eq!(moved(&from, location).unwrap().to_string(), expected);
    }
}

#[test]
fn a_secret_goes_to_the_first_server_only() {
    let (target, asked) = server(vec![ok("there")]);
    let (address, first) = server(vec![format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{target}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )]);
    let url = format!("http://{address}/");
    let call = Call {
        headers: &[("Authorization", "hunter2"), ("X", "y")],
        ..call("GET", &url, true)
    };
    HttpClient::default().send(&call).unwrap();
    assert!(first.recv().unwrap().contains("hunter2"));
    let asked = asked.recv().unwrap();
    assert!(asked.contains("x: y") && !asked.contains("hunter2"), "{asked}");
}

#[test]
fn redirects_without_end_are_given_up() {
    let here =
        "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
    let (address, _asked) = server(vec![here; 20]);
    let url = format!("http://{address}/");
    let error = HttpClient::default().send(&call("GET", &url, true)).unwrap_err();
    assert!(error.to_string().contains("without end"), "{error}");
}

#[test]
fn other_statuses_are_answers() {
    let (address, _asked) = server(vec![
        "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    ]);
    let url = format!("http://{address}/");
    assert_eq!(
        HttpClient::default()
            .send(&call("GET", &url, true))
            .unwrap()
            .status,
        503
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret", listener.local_addr().unwrap());
    let short = Call {
        timeout: Duration::from_millis(50),
        ..call("GET", &url, true)
    };
    let error = HttpClient::default().send(&short).unwrap_err();
    assert!(matches!(error, HttpError::Timeout(_)), "{error:?}");
}

#[test]
fn no_error_shows_the_url() {
    for url in [
        "nope://user:hunter2@host/",
        "http://127.0.0.1:1/hunter2",
        "hunter2",
        "http:///hunter2",
    ] {
        let error = HttpClient::default().send(&call("GET", url, true)).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn a_proxy_is_asked_in_the_servers_place() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connect = head(&stream);
        if !connect.starts_with("connect") {
            (&stream).write_all(ok("by proxy").as_bytes()).unwrap();
            return connect;
        }
        (&stream).write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        head(&stream);
        (&stream).write_all(ok("by proxy").as_bytes()).unwrap();
        connect
    });
    let client = HttpClient {
        proxy: Some(proxy),
        ca_file: None,
    };
    let answer = client
        .send(&call("GET", "http://server.invalid/x", true))
        .unwrap();
    assert_eq!(answer.body, "by proxy");
    assert!(asked.join().unwrap().contains("server.invalid"));
}

#[test]
fn no_proxy_names_hosts_and_domains() {
    for (host, no_proxy, expected) in [
        ("a.example.com", "example.com", true),
        ("a.example.com", ".example.com", true),
        ("a.example.com", "b.com, *.example.com", true),
        ("example.com", "example.com", true),
        ("notexample.com", "example.com", false),
        ("x", "*", true),
        ("x", "", false),
    ] {
        assert_eq!(is_direct(host, no_proxy), expected, "{host} {no_proxy}");
    }
    assert!(
        is_loopback("127.0.0.1")
            && is_loopback("[::1]")
            && is_loopback("localhost")
            && !is_loopback("10.0.0.1")
    );
}

#[test]
fn tls_trusts_the_authorities_that_are_named() {
    let (certificate, identity) = certificate();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        let mut acceptor =
            openssl::ssl::SslAcceptor::mozilla_intermediate(openssl::ssl::SslMethod::tls()).unwrap();
        acceptor.set_private_key(&identity.0).unwrap();
        acceptor.set_certificate(&identity.1).unwrap();
        let acceptor = acceptor.build();
        for stream in listener.incoming() {
            // The client that does not trust goes away in the handshake.
            if let Ok(mut stream) = acceptor.accept(stream.unwrap()) {
                let mut line = String::new();
                while line != "\r\n" {
                    line.clear();
                    BufReader::with_capacity(1, &mut stream)
                        .read_line(&mut line)
                        .unwrap();
                }
                stream.write_all(ok("safe").as_bytes()).unwrap();
                stream.shutdown().unwrap();
            }
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, certificate).unwrap();
    let trusting = HttpClient {
        ca_file: Some(ca_file.clone()),
        proxy: None,
    };
    assert_eq!(trusting.send(&call("GET", &url, true)).unwrap().body, "safe");
    let error = HttpClient::default().send(&call("GET", &url, true)).unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    std::fs::write(&ca_file, "nothing").unwrap();
    let error = trusting.send(&call("GET", &url, true)).unwrap_err();
    assert!(matches!(error, HttpError::NoAuthority(_)), "{error}");
}

type Identity = (openssl::pkey::PKey<openssl::pkey::Private>, openssl::x509::X509);

/// A certificate of localhost that is its own authority, in PEM and with its key.
fn certificate() -> (Vec<u8>, Identity) {
    use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
    let key = openssl::pkey::PKey::from_rsa(openssl::rsa::Rsa::generate(2048).unwrap()).unwrap();
    let mut name = openssl::x509::X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "localhost").unwrap();
    let name = name.build();
    let mut builder = openssl::x509::X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    let days = |days| openssl::asn1::Asn1Time::days_from_now(days).unwrap();
    builder.set_not_before(&days(0)).unwrap();
    builder.set_not_after(&days(2)).unwrap();
    let alternative = SubjectAlternativeName::new()
        .dns("localhost")
        .build(&builder.x509v3_context(None, None))
        .unwrap();
    builder.append_extension(alternative).unwrap();
    builder
        .append_extension(BasicConstraints::new().ca().build().unwrap())
        .unwrap();
    builder
        .sign(&key, openssl::hash::MessageDigest::sha256())
        .unwrap();
    let certificate = builder.build();
    (certificate.to_pem().unwrap(), (key, certificate))
}

#[test]
fn a_secret_stays_with_its_server() {
    let is_same = |one: &str, other: &str| is_same_server(&one.parse().unwrap(), &other.parse().unwrap());
    assert!(is_same("https://h/a", "https://h/b"));
    assert!(!is_same("https://h/a", "http://h/a"));
    assert!(!is_same("https://h/a", "https://h:8443/a"));
    assert!(!is_same("https://h/a", "https://h.example/a"));
}
