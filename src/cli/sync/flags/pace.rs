//! When the repository is asked.

use crate::cli::sync::flag::{Flag, Kind};

/// Options of time and of failure.
pub const FLAGS: &[Flag] = &[
    Flag::new(
        "period",
        Kind::Duration,
        &["GITSYNC_PERIOD", "GIT_SYNC_PERIOD"],
        "10s",
        "Time between two syncs, at least 10ms",
    ),
    Flag::new(
        "init-period",
        Kind::Duration,
        &["GITSYNC_INIT_PERIOD"],
        "0s",
        "The same until the first success; 0 for --period",
    ),
    Flag::new(
        "jitter",
        Kind::Duration,
        &["GITSYNC_JITTER"],
        "0s",
        "Up to this much is added to each wait, by chance, so that many hosts don't ask at once",
    ),
    Flag::new(
        "max-backoff",
        Kind::Duration,
        &["GITSYNC_MAX_BACKOFF"],
        "",
        "From the fourth failure in a row on the wait doubles up to this; by default six times --period",
    ),
    Flag::new(
        "sync-timeout",
        Kind::Duration,
        &["GITSYNC_SYNC_TIMEOUT", "GIT_SYNC_SYNC_TIMEOUT"],
        "120s",
        "Time that one whole sync may take, at least 10ms",
    ),
    Flag::new(
        "one-time",
        Kind::Switch,
        &["GITSYNC_ONE_TIME", "GIT_SYNC_ONE_TIME"],
        "false",
        "End after the first sync and its hooks",
    ),
    Flag::new(
        "max-failures",
        Kind::Number,
        &["GITSYNC_MAX_FAILURES", "GIT_SYNC_MAX_FAILURES"],
        "0",
        "Failures in a row at which it gives up; 0 for the first, negative for never",
    ),
    Flag::new(
        "init-max-failures",
        Kind::Number,
        &["GITSYNC_INIT_MAX_FAILURES"],
        "",
        "The same until the first success; by default --max-failures",
    ),
    Flag::new(
        "sync-on-signal",
        Kind::Text("SIGNAL"),
        &["GITSYNC_SYNC_ON_SIGNAL", "GIT_SYNC_SYNC_ON_SIGNAL"],
        "",
        "The signal that asks for a sync now, by name or number; by default SIGHUP",
    ),
];
