//! Runs commands: tells what it does, waits, keeps the last lines for the error, stops on interrupt.

use std::collections::VecDeque;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::process::{Message, Process, Stream};
use super::{Cmd, CommandError};
use crate::event::{Event, Observer};
use crate::runtime::interrupt::Interrupt;

/// Lines of stderr that an error carries.
const KEPT: usize = 40;

/// Runs commands.
#[derive(Clone)]
pub struct Runner<'a> {
    observer: &'a dyn Observer,
    interrupt: Interrupt,
}

/// How a command ended and what it printed.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Its status.
    pub status: ExitStatus,
    /// Its stdout.
    pub stdout: String,
    /// The last lines of its stderr.
    pub stderr: Vec<String>,
}

/// What a followed command does next.
#[derive(Debug)]
pub enum Next {
    /// It printed a line on stdout.
    Line(String),
    /// Nothing, until the time was over.
    Quiet,
    /// It has ended.
    Ended,
    /// The user wants to stop.
    Interrupted,
}

/// A command that runs beside; it is ended when this is dropped.
pub struct Following(Process);

impl<'a> Runner<'a> {
    /// A runner that tells `observer` what it does.
    #[must_use]
    pub fn new(observer: &'a dyn Observer, interrupt: Interrupt) -> Self {
        Self { observer, interrupt }
    }

    /// Whom it tells.
    #[must_use]
    pub fn observer(&self) -> &'a dyn Observer {
        self.observer
    }

    /// The same runner for the last questions after an interrupt, which must still be answered.
    #[must_use]
    pub fn undisturbed(&self) -> Self {
        Self::new(self.observer, Interrupt::default())
    }

    /// Whether the user wants to stop.
    #[must_use]
    pub fn interrupted(&self) -> bool {
        self.interrupt.arrived()
    }

    /// Runs a command to its end; any status but 0 is an error.
    pub fn run(&self, cmd: &Cmd) -> Result<Captured, CommandError> {
        self.run_with(cmd, &mut |_| {})
    }

    /// Runs a command to its end and hands each line it prints to `on_line`.
    pub fn run_with(&self, cmd: &Cmd, on_line: &mut dyn FnMut(&str)) -> Result<Captured, CommandError> {
        let captured = self.finish(cmd, on_line)?;
        if captured.status.success() {
            return Ok(captured);
        }
        Err(CommandError::Status {
            command: cmd.to_string(),
            status: captured.status.to_string(),
            code: captured.status.code(),
            stderr: captured.stderr,
        })
    }

    /// Runs a command to its end, whatever that is; `on_line` gets each line it prints.
    pub fn finish(&self, cmd: &Cmd, on_line: &mut dyn FnMut(&str)) -> Result<Captured, CommandError> {
        let interrupted = || CommandError::Interrupted {
            command: cmd.to_string(),
        };
        if self.interrupted() {
            return Err(interrupted());
        }
        self.observer.on(Event::Command(&cmd.to_string()));
        let mut process = Process::spawn(cmd, &self.interrupt).map_err(|error| not_started(cmd, error))?;
        let until = cmd.deadline.map(|deadline| Instant::now() + deadline);
        let mut stdout = String::new();
        let mut stderr = VecDeque::new();
        loop {
            match process.next(until) {
                Some(Message::Line(stream, line)) => {
                    let line = cmd.hide(&line);
                    if stream == Stream::Stderr || cmd.tells_output {
                        self.observer.on(Event::Output(&line));
                        on_line(&line);
                    }
                    let kept_as = if cmd.is_progress { Stream::Stderr } else { stream };
                    keep(kept_as, line, &mut stdout, &mut stderr);
                }
                Some(Message::Exited) => break,
                Some(Message::Closed(_)) => {}
                Some(Message::Signal(signal)) => {
                    process.stop(Signal::try_from(signal).unwrap_or(Signal::SIGTERM));
                    return Err(interrupted());
                }
                None => {
                    process.stop(Signal::SIGTERM);
                    return Err(CommandError::TimedOut {
                        command: cmd.to_string(),
                        after: cmd.deadline.unwrap_or_default(),
                        stderr: stderr.into(),
                    });
                }
            }
        }
        Ok(Captured {
            status: process.status().map_err(|error| not_started(cmd, error))?,
            stdout,
            stderr: stderr.into(),
        })
    }

    /// Starts a command whose lines are read one by one.
    pub fn follow(&self, cmd: &Cmd) -> Result<Following, CommandError> {
        self.observer.on(Event::Command(&cmd.to_string()));
        Process::spawn(cmd, &self.interrupt)
            .map(Following)
            .map_err(|error| not_started(cmd, error))
    }

    /// Becomes the command, which then has the terminal, its signals and the exit code to itself. Returns only
    /// if that failed.
    #[must_use]
    pub fn replace(&self, cmd: &Cmd) -> CommandError {
        self.observer.on(Event::Command(&cmd.to_string()));
        let error = cmd.to_std().exec();
        not_started(cmd, error)
    }
}

impl Following {
    /// What happens next, within `limit`.
    pub fn next(&mut self, limit: Duration) -> Next {
        let until = Instant::now() + limit;
        loop {
            match self.0.next(Some(until)) {
                Some(Message::Line(Stream::Stdout, line)) => return Next::Line(line),
                Some(Message::Line(Stream::Stderr, _) | Message::Closed(_)) => {}
                Some(Message::Exited) => return Next::Ended,
                Some(Message::Signal(_)) => return Next::Interrupted,
                None => return Next::Quiet,
            }
        }
    }
}

fn keep(stream: Stream, line: String, stdout: &mut String, stderr: &mut VecDeque<String>) {
    match stream {
        Stream::Stdout => {
            stdout.push_str(&line);
            stdout.push('\n');
        }
        Stream::Stderr => {
            if stderr.len() == KEPT {
                stderr.pop_front();
            }
            stderr.push_back(line);
        }
    }
}

fn not_started(cmd: &Cmd, error: io::Error) -> CommandError {
    // A folder that is missing gives the same error as a program that is.
    let folder_is_there = cmd.directory.as_ref().is_none_or(|directory| directory.is_dir());
    if error.kind() == io::ErrorKind::NotFound && folder_is_there {
        CommandError::NotFound {
            program: cmd.program.to_string_lossy().into_owned(),
        }
    } else {
        CommandError::Exec {
            command: cmd.to_string(),
            source: error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Silent;

    fn run(cmd: &Cmd) -> Result<Captured, CommandError> {
        Runner::new(&Silent, Interrupt::default()).run(cmd)
    }

    fn shell(script: &str) -> Cmd {
        Cmd::new("sh").args(["-c", script])
    }

    #[test]
    fn input_reaches_stdout() {
        let captured = run(&Cmd::new("cat").input("a\nb\n")).unwrap();
        assert_eq!(captured.stdout, "a\nb\n");
    }

    #[test]
    fn a_failure_carries_status_and_the_last_lines() {
        let error = run(&shell("for i in $(seq 60); do echo $i >&2; done; exit 3")).unwrap_err();
        let CommandError::Status { code, stderr, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!((*code, stderr.len(), stderr[0].as_str()), (Some(3), KEPT, "21"));
    }

    #[test]
    fn the_failure_of_a_command_that_tells_its_progress_carries_it() {
        let error = run(&shell("echo 'ERROR: No matching distribution found for x'; exit 17").progress())
            .unwrap_err();
        assert_eq!(error.stderr(), ["ERROR: No matching distribution found for x"]);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&Cmd::new("no-such-program")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`no-such-program` is not installed, or not on PATH"
        );
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_its_children() {
        let error = run(&shell("sleep 60 & sleep 60; wait").deadline(Duration::from_millis(50))).unwrap_err();
        assert!(matches!(error, CommandError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn a_pipe_held_by_a_grandchild_does_not_hang_the_runner() {
        let begun = Instant::now();
        run(&shell("(trap '' TERM; sleep 60) & echo done")).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(50));
    }
}
