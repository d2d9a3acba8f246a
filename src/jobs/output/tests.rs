//! Pipes in, two files or pipes out.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::*;

fn started() -> (Output, PipeReader) {
    let (reader, writer) = io::pipe().unwrap();
    let status = tempfile::tempfile().unwrap();
    let output = Output::start(File::from(OwnedFd::from(writer)), status).unwrap();
    (output, reader)
}

fn next(output: &Output) -> Finished {
    let mut fds = [PollFd::new(output.readiness(), PollFlags::POLLIN)];
    assert_eq!(
        poll(&mut fds, PollTimeout::from(20_000_u16)).unwrap(),
        1,
        "nothing came back"
    );
    let mut finished = output.finished();
    assert_eq!(finished.len(), 1);
    finished.remove(0)
}

#[test]
fn lines_carry_the_name_and_the_last_one_needs_no_newline() {
    let (output, mut reader) = started();
    let (pipe, mut job) = io::pipe().unwrap();
    output.watch(7, "hello".to_owned(), pipe, Stream::Data).unwrap();
    job.write_all(b"one\ntwo").unwrap();
    drop(job);
    output.ended(7);
    assert_eq!(next(&output).tail, ["one", "two"]);
    assert!(output.close(Duration::from_secs(20)));
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "[hello] one\n[hello] two\n");
}

#[test]
fn a_child_that_holds_the_pipe_does_not_hold_the_end() {
    let (output, mut reader) = started();
    let (pipe, mut job) = io::pipe().unwrap();
    output.watch(1, "parent".to_owned(), pipe, Stream::Data).unwrap();
    job.write_all(b"by the parent").unwrap();
    output.ended(1);
    assert_eq!(next(&output).tail, ["by the parent"]);
    job.write_all(b"by the child\n").unwrap();
    let mut text = vec![0; "[parent] by the parent\n[parent] by the child\n".len()];
    reader.read_exact(&mut text).unwrap();
    assert!(text.ends_with(b"[parent] by the child\n"));
    drop(job);
    assert!(output.close(Duration::from_secs(20)));
}

#[test]
fn a_reader_that_waits_stops_the_jobs_and_loses_nothing() {
    const LINES: usize = 40_000;
    let (output, mut reader) = started();
    let (pipe, mut job) = io::pipe().unwrap();
    output.watch(1, "loud".to_owned(), pipe, Stream::Data).unwrap();
    let writer = std::thread::spawn(move || {
        for number in 0..LINES {
            writeln!(job, "{number:0100}").unwrap();
        }
    });
    // With nobody reading, more than all buffers hold stays with the writer.
    let (quick, mut other) = io::pipe().unwrap();
    output.watch(2, "quick".to_owned(), quick, Stream::Data).unwrap();
    other.write_all(b"x\n").unwrap();
    assert!(!writer.is_finished());
    let mut seen = 0;
    let mut text = Vec::new();
    let mut buffer = vec![0; 65536];
    while seen < LINES {
        let count = reader.read(&mut buffer).unwrap();
        assert!(count > 0);
        text.extend_from_slice(&buffer[..count]);
        seen = text
            .split(|byte| *byte == b'\n')
            .filter(|line| line.starts_with(b"[loud] "))
            .count();
    }
    writer.join().unwrap();
    drop(other);
    assert!(output.close(Duration::from_secs(20)));
    reader.read_to_end(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let numbers: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("[loud] "))
        .map(|line| line.parse().unwrap())
        .collect();
    assert!(numbers.iter().copied().eq(0..LINES));
    assert!(text.lines().any(|line| line == "[quick] x"));
}

#[test]
fn a_reader_that_never_comes_does_not_hold_the_end_of_the_agent() {
    let (output, _reader) = started();
    let (pipe, mut job) = io::pipe().unwrap();
    output.watch(1, "loud".to_owned(), pipe, Stream::Data).unwrap();
    job.write_all(&vec![b'x'; 60_000]).unwrap();
    job.write_all(b"\n").unwrap();
    job.write_all(&vec![b'y'; 60_000]).unwrap();
    output.ended(1);
    assert_eq!(next(&output).tail.len(), 2);
    assert!(!output.close(Duration::from_millis(300)));
}

#[test]
fn bytes_that_are_no_text_pass_unchanged() {
    let (output, mut reader) = started();
    let (pipe, mut job) = io::pipe().unwrap();
    output.watch(1, "binary".to_owned(), pipe, Stream::Data).unwrap();
    let bytes: Vec<u8> = (0..=255).filter(|byte| *byte != b'\n').collect();
    job.write_all(&bytes).unwrap();
    drop(job);
    output.ended(1);
    next(&output);
    assert!(output.close(Duration::from_secs(20)));
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    assert_eq!(all, [b"[binary] ".as_slice(), &bytes, b"\n"].concat());
}
