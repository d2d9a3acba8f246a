//! What is told to whom around publishing.

use crate::cli::sync::flag::{Flag, Kind};

/// Options of the hooks. All of them may be called more than once for a commit.
pub const FLAGS: &[Flag] = &[
    Flag::new(
        "exechook-command",
        Kind::Text("COMMAND"),
        &["GITSYNC_EXECHOOK_COMMAND", "GIT_SYNC_EXECHOOK_COMMAND"],
        "",
        "An executable that is run in the new checkout once it is published, with GITSYNC_HASH",
    ),
    Flag::new(
        "exechook-timeout",
        Kind::Duration,
        &["GITSYNC_EXECHOOK_TIMEOUT", "GIT_SYNC_EXECHOOK_TIMEOUT"],
        "30s",
        "Time that it may take",
    ),
    Flag::new(
        "exechook-backoff",
        Kind::Duration,
        &["GITSYNC_EXECHOOK_BACKOFF", "GIT_SYNC_EXECHOOK_BACKOFF"],
        "3s",
        "Time until it is tried again",
    ),
    Flag::new(
        "pre-publish-exechook-command",
        Kind::Text("COMMAND"),
        &["GITSYNC_PRE_PUBLISH_EXECHOOK_COMMAND"],
        "",
        "An executable that is run in the new checkout from before it is published; it does not hold it back",
    ),
    Flag::new(
        "pre-publish-exechook-timeout",
        Kind::Duration,
        &["GITSYNC_PRE_PUBLISH_EXECHOOK_TIMEOUT"],
        "30s",
        "Time that it may take",
    ),
    Flag::new(
        "pre-publish-exechook-backoff",
        Kind::Duration,
        &["GITSYNC_PRE_PUBLISH_EXECHOOK_BACKOFF"],
        "3s",
        "Time until it is tried again",
    ),
    Flag::new(
        "webhook-url",
        Kind::Text("URL"),
        &["GITSYNC_WEBHOOK_URL", "GIT_SYNC_WEBHOOK_URL"],
        "",
        "Called once a new checkout is published, with the header Gitsync-Hash",
    ),
    Flag::new(
        "webhook-method",
        Kind::Text("METHOD"),
        &["GITSYNC_WEBHOOK_METHOD", "GIT_SYNC_WEBHOOK_METHOD"],
        "POST",
        "The method of the call",
    ),
    Flag::new(
        "webhook-success-status",
        Kind::Number,
        &[
            "GITSYNC_WEBHOOK_SUCCESS_STATUS",
            "GIT_SYNC_WEBHOOK_SUCCESS_STATUS",
        ],
        "200",
        "The status that means success; 0 to take any answer for one",
    ),
    Flag::new(
        "webhook-timeout",
        Kind::Duration,
        &["GITSYNC_WEBHOOK_TIMEOUT", "GIT_SYNC_WEBHOOK_TIMEOUT"],
        "1s",
        "Time that the call may take",
    ),
    Flag::new(
        "webhook-backoff",
        Kind::Duration,
        &["GITSYNC_WEBHOOK_BACKOFF", "GIT_SYNC_WEBHOOK_BACKOFF"],
        "3s",
        "Time until it is tried again",
    ),
];
