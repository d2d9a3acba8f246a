//! One connection: reads a request, writes the answer, closes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::{Request, Response};

/// Time to send a request, and to take the answer.
const DEADLINE: Duration = Duration::from_secs(5);
/// Time to go away once the answer is sent, so that it is not lost.
const FAREWELL: Duration = Duration::from_millis(500);
/// Bytes of a request's head.
const LONGEST: usize = 8 * 1024;
/// Header lines of a request.
const HEADERS: usize = 64;

/// Answers the request. A client that does not hold the line has nobody to be told.
pub fn answer(stream: &TcpStream, handler: &dyn Fn(&Request) -> Response) {
    let _gone = try_answer(stream, handler);
}

fn try_answer(stream: &TcpStream, handler: &dyn Fn(&Request) -> Response) -> io::Result<()> {
    let (method, response) = match read(stream)? {
        Ok(request) => {
            let response = handler(&request);
            (request.method, response)
        }
        Err(status) => (String::new(), Response::text(status, reason(status))),
    };
    write(stream, &response, method == "HEAD")?;
    stream.shutdown(Shutdown::Write)?;
    // To close with unread bytes would take the answer back.
    let until = Instant::now() + FAREWELL;
    let mut rest = [0; 1024];
    while let Some(left) = remaining(until) {
        stream.set_read_timeout(Some(left))?;
        if (&mut &*stream).read(&mut rest)? == 0 {
            break;
        }
    }
    Ok(())
}

/// A request's head, or the status that says what is wrong with it.
fn read(mut stream: &TcpStream) -> io::Result<Result<Request, u16>> {
    let until = Instant::now() + DEADLINE;
    let mut head = Vec::with_capacity(1024);
    let mut chunk = [0; 1024];
    loop {
        let Some(left) = remaining(until) else {
            return Ok(Err(408));
        };
        stream.set_read_timeout(Some(left))?;
        let length = match stream.read(&mut chunk) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => length,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Ok(Err(408));
            }
            Err(error) => return Err(error),
        };
        head.extend_from_slice(&chunk[..length]);
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) => {
                let target = request.path.unwrap_or("/");
                return Ok(Ok(Request {
                    method: request.method.unwrap_or_default().to_owned(),
                    path: target.split('?').next().unwrap_or_default().to_owned(),
                }));
            }
            Ok(httparse::Status::Partial) if head.len() < LONGEST => {}
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => return Ok(Err(431)),
            Err(_) => return Ok(Err(400)),
        }
    }
}

fn write(mut stream: &TcpStream, response: &Response, is_head: bool) -> io::Result<()> {
    let mut text = format!(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        response.status,
        reason(response.status),
        response.content_type,
        response.body.len()
    );
    if !is_head {
        text.push_str(&response.body);
    }
    let until = Instant::now() + DEADLINE;
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let left = remaining(until).ok_or(io::ErrorKind::TimedOut)?;
        stream.set_write_timeout(Some(left))?;
        let written = stream.write(rest)?;
        rest = &rest[written..];
    }
    Ok(())
}

/// The time that is left, if any is.
fn remaining(until: Instant) -> Option<Duration> {
    Some(until.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
