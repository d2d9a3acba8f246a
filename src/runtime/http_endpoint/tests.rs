//! Over real connections.

use std::io::{Read, Write};

use super::*;

fn serving() -> SocketAddr {
    let endpoint = HttpEndpoint::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = endpoint.address().unwrap();
    endpoint
        .serve(|request| match request.path.as_str() {
            "/" => Response::text(200, format!("{} it is", request.method)),
            "/metrics" => Response::metrics("up 1\n"),
            _ => Response::text(404, "nothing"),
        })
        .unwrap();
    address
}

fn ask(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn requests_are_answered() {
    let address = serving();
    let answer = ask(address, "GET /?x=y HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nGET it is"), "{answer}");
    assert!(ask(address, "GET /nope HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 404 "));
    assert!(ask(address, "GET /metrics HTTP/1.1\r\n\r\n").contains("version=0.0.4"));
    let head = ask(address, "HEAD / HTTP/1.1\r\n\r\n");
    assert!(
        head.contains("Content-Length: 10\r\n") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[test]
fn what_is_no_request_is_refused() {
    let address = serving();
    assert!(ask(address, "\u{0}\u{1}nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    assert!(ask(address, &long).starts_with("HTTP/1.1 431 "));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(100));
    assert!(ask(address, &many).starts_with("HTTP/1.1 431 "));
}

#[test]
fn those_who_say_nothing_keep_nobody_out() {
    let address = serving();
    let silent: Vec<TcpStream> = (0..MOST * 3)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    assert!(ask(address, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    // The oldest had to go.
    let mut first = silent.first().unwrap();
    assert_eq!(first.read(&mut [0; 1]).unwrap_or(0), 0);
}

#[test]
fn a_taken_port_is_an_error() {
    let endpoint = HttpEndpoint::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let error = HttpEndpoint::bind(endpoint.address().unwrap()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn every_address_includes_loopback() {
    let endpoint = HttpEndpoint::bind("[::]:0".parse().unwrap()).unwrap();
    let port = endpoint.address().unwrap().port();
    endpoint.serve(|_| Response::text(200, "here")).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    assert!(ask(address, "GET / HTTP/1.1\r\n\r\n").ends_with("here"));
}
