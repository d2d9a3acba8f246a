//! What every operation's error can say besides its message: the hint and the exit code.

/// The exit codes of stackctl. Scripts may rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: what was asked for is done.
    Done,
    /// 1: it failed.
    Failed,
    /// 2: the arguments or stack.toml are wrong; nothing was tried.
    Usage,
    /// 3: `--check` or `diff` found changes that are not made yet.
    ChangesPending,
    /// 130: interrupted by Ctrl-C or SIGTERM; the command can be run again.
    Interrupted,
    /// 143: the agent was told to end, and jobs that outlasted its patience were ended.
    Terminated,
    /// Another: that of a process which ran in the place of this one.
    Other(u8),
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(match code {
            ExitCode::Done => 0,
            ExitCode::Failed => 1,
            ExitCode::Usage => 2,
            ExitCode::ChangesPending => 3,
            ExitCode::Interrupted => 130,
            ExitCode::Terminated => 143,
            ExitCode::Other(code) => code,
        })
    }
}

/// An error of an operation.
///
/// Its `Display` is a lowercase fragment without a final period that does not repeat its source: whoever prints
/// it walks `source()`.
pub trait Advice: std::error::Error {
    /// What to type or change next.
    fn hint(&self) -> Option<String> {
        None
    }

    /// The code to exit with.
    fn exit_code(&self) -> ExitCode {
        ExitCode::Failed
    }
}
