//! What is synced, and where to.

use crate::cli::sync::flag::{Flag, Kind};

/// Options of the repository and of the root.
pub const FLAGS: &[Flag] = &[
    Flag::new(
        "repo",
        Kind::Text("URL"),
        &["GITSYNC_REPO", "GIT_SYNC_REPO"],
        "",
        "The repository; required",
    ),
    Flag::new(
        "ref",
        Kind::Text("REF"),
        &["GITSYNC_REF"],
        "HEAD",
        "What is followed: a branch, a tag, or a full commit, which needs no further sync",
    ),
    Flag::new(
        "root",
        Kind::Text("DIR"),
        &["GITSYNC_ROOT", "GIT_SYNC_ROOT"],
        "",
        "The folder that sync owns, with the repository, the worktrees and the link; required",
    ),
    Flag::new(
        "link",
        Kind::Text("PATH"),
        &["GITSYNC_LINK", "GIT_SYNC_LINK"],
        "",
        "The symlink that always leads to the newest whole checkout, relative to --root; by default the last part of --repo",
    ),
    Flag::new(
        "depth",
        Kind::Number,
        &["GITSYNC_DEPTH", "GIT_SYNC_DEPTH"],
        "1",
        "Commits of history to fetch; 0 for all",
    ),
    Flag::new(
        "filter",
        Kind::Text("FILTER"),
        &["GITSYNC_FILTER"],
        "",
        "Fetch as a partial clone with this filter, such as `blob:none`; takes the git command",
    ),
    Flag::new(
        "submodules",
        Kind::Text("MODE"),
        &["GITSYNC_SUBMODULES", "GIT_SYNC_SUBMODULES"],
        "recursive",
        "Submodules: `recursive`, `shallow` for the repository's own alone, or `off`",
    ),
    Flag::new(
        "sparse-checkout-file",
        Kind::Text("FILE"),
        &["GITSYNC_SPARSE_CHECKOUT_FILE", "GIT_SYNC_SPARSE_CHECKOUT_FILE"],
        "",
        "Check out only what the patterns in this file name; takes the git command",
    ),
    Flag::new(
        "backend",
        Kind::Text("NAME"),
        &["GITSYNC_BACKEND"],
        "",
        "What speaks to the repository: `git2`, which is built in, or `git`, the command; by default git2 where it can do what is asked",
    ),
    Flag::new(
        "git",
        Kind::Text("COMMAND"),
        &["GITSYNC_GIT", "GIT_SYNC_GIT"],
        "git",
        "The git command, a path or a name on PATH; to give it chooses the backend `git`",
    ),
    Flag::new(
        "git-config",
        Kind::Text("SETTINGS"),
        &["GITSYNC_GIT_CONFIG", "GIT_SYNC_GIT_CONFIG"],
        "",
        "Settings of git as `key:value,\"key\":\"value\"`; \\n \\t \\\" \\, \\\\ are understood in quotes and in values",
    ),
    Flag::new(
        "git-config-add",
        Kind::List("SETTING"),
        &[],
        "",
        "One more setting of git as `key:value`; can be repeated",
    ),
    Flag::new(
        "git-gc",
        Kind::Text("MODE"),
        &["GITSYNC_GIT_GC", "GIT_SYNC_GIT_GC"],
        "always",
        "When old objects are removed: `auto`, `always`, `aggressive` or `off`; to give another than `off` takes the git command",
    ),
    Flag::new(
        "keep-worktrees",
        Kind::Number,
        &["GITSYNC_KEEP_WORKTREES"],
        "0",
        "Former checkouts that are kept, whatever their age",
    ),
    Flag::new(
        "stale-worktree-timeout",
        Kind::Duration,
        &["GITSYNC_STALE_WORKTREE_TIMEOUT"],
        "0s",
        "How long a former checkout is kept",
    ),
    Flag::new(
        "group-write",
        Kind::Switch,
        &["GITSYNC_GROUP_WRITE", "GIT_SYNC_GROUP_WRITE"],
        "false",
        "Let the group write all that is written",
    ),
];
