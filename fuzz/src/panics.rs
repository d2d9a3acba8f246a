//! Which panics are findings.

/// Aborts at every panic, so that libFuzzer keeps the input, except in the parser of SQL: that is another's code, and
/// stackctl answers for it by running it in a thread of its own. A translation runs in such a thread as well, but is ours.
pub fn abort_at_ours() {
    std::panic::set_hook(Box::new(|panic| {
        if std::thread::current().name() == Some("sql parser") {
            return;
        }
        eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }));
}
