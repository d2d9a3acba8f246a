//! One child from its start to its end, which the deadline brings at the latest.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::Log;
use super::protocol::{Answer, Failure, Request};
use crate::runtime::interrupt::Interrupt;

/// Why there is no answer.
#[derive(Debug)]
pub enum CallError {
    /// The deadline came.
    Deadline,
    /// The child could not be started, or ended without an answer.
    Broken(String),
}

/// How a child is started.
pub struct Worker<'a> {
    /// The executable of stackctl.
    pub program: &'a Path,
    /// All of its environment.
    pub environment: &'a [(OsString, OsString)],
    /// Ends it when the user wants to stop.
    pub interrupt: &'a Interrupt,
    /// Where its lines go.
    pub log: &'a Log,
}

/// What is waited for.
enum Message {
    Answer(io::Result<Vec<u8>>),
    Interrupted,
}

impl Worker<'_> {
    /// Asks a new child. Its process group is killed at the deadline.
    pub fn call(&self, request: &Request, deadline: Instant) -> Result<Result<Answer, Failure>, CallError> {
        let mut document =
            serde_json::to_vec(request).map_err(|error| broken("a path is no text", &error))?;
        document.push(b'\n');
        let mut child = self.start()?;
        let mut input = child.stdin.take().expect("stdin is piped");
        let mut output = child.stdout.take().expect("stdout is piped");
        let errors = child.stderr.take().expect("stderr is piped");
        // The child ends when its stdin does, so that it does not outlive this process.
        let (keep_open, until_done) = channel::<()>();
        thread::spawn(move || {
            // A child that does not read has ended, which its output shows.
            let _gone = input.write_all(&document);
            let _done = until_done.recv();
        });
        let (sender, messages) = channel();
        let interrupted = sender.clone();
        thread::spawn(move || {
            let mut text = Vec::new();
            let read = output.read_to_end(&mut text);
            // Past the deadline nobody listens.
            let _late = sender.send(Message::Answer(read.map(|_| text)));
        });
        let _listening = self.interrupt.listen(move |_| {
            // The answer may have come first.
            let _late = interrupted.send(Message::Interrupted);
        });
        let log = self.log.clone();
        let told = thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                log(&line);
            }
        });

        let left = deadline.saturating_duration_since(Instant::now());
        let outcome = if self.interrupt.arrived() {
            Ok(Message::Interrupted)
        } else {
            messages.recv_timeout(left)
        };
        let outcome = match outcome {
            Ok(Message::Answer(Ok(text))) => Ok(text),
            Ok(Message::Answer(Err(error))) => Err(broken("its child can't be read", &error)),
            Ok(Message::Interrupted) => {
                kill(&child);
                Err(CallError::Broken("it was interrupted".to_owned()))
            }
            Err(_) => {
                kill(&child);
                Err(CallError::Deadline)
            }
        };
        drop(keep_open);
        let status = child
            .wait()
            .map_err(|error| broken("its child is lost", &error))?;
        let _joined = told.join();
        let text = outcome?;
        serde_json::from_slice(&text)
            .map_err(|_| CallError::Broken(format!("its child ended without an answer ({status})")))
    }

    fn start(&self) -> Result<Child, CallError> {
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        Command::new(self.program)
            .arg("git-worker")
            .current_dir("/")
            .env_clear()
            .envs(environment)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| broken("its child can't be started", &error))
    }
}

fn broken(what: &str, error: &dyn std::fmt::Display) -> CallError {
    CallError::Broken(format!("{what}: {error}"))
}

fn kill(child: &Child) {
    // The only error is a group that has gone; it is not reaped yet, so the number is still its own.
    let _gone = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
}
