//! What is told: files, the HTTP endpoint and the log.

use crate::cli::sync::flag::{Flag, Kind};

/// Options of what others can see.
pub const FLAGS: &[Flag] = &[
    Flag::new(
        "touch-file",
        Kind::Text("FILE"),
        &["GITSYNC_TOUCH_FILE", "GIT_SYNC_TOUCH_FILE"],
        "",
        "Touched whenever a sync changed something, relative to --root",
    ),
    Flag::new(
        "error-file",
        Kind::Text("FILE"),
        &["GITSYNC_ERROR_FILE", "GIT_SYNC_ERROR_FILE"],
        "",
        "Holds the last error while there is one, relative to --root",
    ),
    Flag::new(
        "http-bind",
        Kind::Text("ADDRESS"),
        &["GITSYNC_HTTP_BIND", "GIT_SYNC_HTTP_BIND"],
        "",
        "Where the HTTP endpoint listens, such as `:1234`; `/` answers 503 until the first sync, then 200",
    ),
    Flag::new(
        "http-metrics",
        Kind::Switch,
        &["GITSYNC_HTTP_METRICS", "GIT_SYNC_HTTP_METRICS"],
        "false",
        "Answer /metrics for Prometheus",
    ),
    Flag::new(
        "http-pprof",
        Kind::Switch,
        &["GITSYNC_HTTP_PPROF", "GIT_SYNC_HTTP_PPROF"],
        "false",
        "Answer /debug/pprof/ with what there is to know of the process",
    ),
    Flag::new(
        "verbose",
        Kind::Number,
        &["GITSYNC_VERBOSE"],
        "0",
        "How much is logged: 0 changes and errors, 2 each sync, 5 commands, 6 what they print",
    ),
];
