//! Options of git-sync v3 that still work, each in the place of another.

use crate::cli::sync::flag::{Flag, Kind};

/// The old options.
pub const FLAGS: &[Flag] = &[
    Flag::deprecated(
        "branch",
        Kind::Text("REF"),
        &["GIT_SYNC_BRANCH"],
        "",
        "use --ref instead",
    ),
    Flag::deprecated(
        "rev",
        Kind::Text("REF"),
        &["GIT_SYNC_REV"],
        "",
        "use --ref instead",
    ),
    Flag::deprecated(
        "dest",
        Kind::Text("PATH"),
        &["GIT_SYNC_DEST"],
        "",
        "use --link instead",
    ),
    Flag::deprecated(
        "wait",
        Kind::Decimal,
        &["GIT_SYNC_WAIT"],
        "0",
        "use --period instead",
    ),
    Flag::deprecated(
        "timeout",
        Kind::Number,
        &["GIT_SYNC_TIMEOUT"],
        "0",
        "use --sync-timeout instead",
    ),
    Flag::deprecated(
        "max-sync-failures",
        Kind::Number,
        &["GIT_SYNC_MAX_SYNC_FAILURES"],
        "0",
        "use --max-failures instead",
    ),
    Flag::deprecated(
        "sync-hook-command",
        Kind::Text("COMMAND"),
        &["GIT_SYNC_HOOK_COMMAND"],
        "",
        "use --exechook-command instead",
    ),
    Flag::deprecated(
        "change-permissions",
        Kind::Number,
        &["GIT_SYNC_PERMISSIONS"],
        "0",
        "use --group-write instead",
    ),
    Flag::deprecated(
        "password",
        Kind::Text("TEXT"),
        &[],
        "",
        "use --password-file or $GITSYNC_PASSWORD instead: every user of the host can read arguments",
    ),
    Flag::deprecated("ssh", Kind::Switch, &[], "false", "it is no longer needed"),
    Flag::deprecated("v", Kind::Number, &[], "-1", "use -v or --verbose instead"),
];
