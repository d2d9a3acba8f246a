//! The parser of `stackctl sync`: git-sync's flags as Go's pflag reads them, and our own commands beside them.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command, CommandFactory};

use super::{flags, health, status};

/// The command with all its flags, for parsing, help, completions and manual.
pub fn command() -> Command {
    let mut command = Command::new("sync")
        .about("Keep a folder equal to a git repository; a drop-in for kubernetes/git-sync v4")
        .long_about(ABOUT)
        .override_usage(
            "stackctl sync --repo=URL --root=DIR [FLAGS]\n       stackctl sync status|health [--root=DIR]",
        )
        .after_help(VARIABLES)
        .after_long_help(StyledStr::from(format!("{VARIABLES}\n\n{MANUAL}")))
        .args_override_self(true)
        .args_conflicts_with_subcommands(true)
        .subcommand_value_name("COMMAND")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .subcommand(status::Args::command())
        .subcommand(health::Args::command());
    for (heading, flags) in &flags::HEADINGS {
        let arguments = flags.iter().map(|flag| flag.argument().help_heading(*heading));
        command = command.args(arguments);
    }
    command.args([
        Arg::new("help")
            .long("help")
            .short('h')
            .action(ArgAction::HelpShort)
            .help("Print the flags"),
        Arg::new("__?")
            .long("__?")
            .short('?')
            .action(ArgAction::HelpShort)
            .hide(true),
        Arg::new("man")
            .long("man")
            .action(ArgAction::HelpLong)
            .help("Print the flags, and how it all works"),
        Arg::new("version")
            .long("version")
            .action(ArgAction::SetTrue)
            .help("Print the version"),
    ])
}

const ABOUT: &str = "\
Keep a folder equal to a git repository; a drop-in for kubernetes/git-sync v4.

Flags, variables, the layout on disk and the metrics are those of git-sync. A checkout is made beside the one that is \
read, and then the link is replaced in one step: whoever reads through the link sees the old tree or the new one, \
whole in both cases.";

const VARIABLES: &str = "\
Variables without a flag:
  GITSYNC_PASSWORD                The password or token of --username
  GITSYNC_GITHUB_APP_PRIVATE_KEY  The private key of the GitHub App
A flag counts more than its variable. The names that git-sync v3 had, such as GIT_SYNC_REPO, still work.

Examples:
  stackctl sync --repo=https://example.com/app.git --ref=main --root=/sync --link=app
  stackctl sync --repo=https://example.com/app.git --root=/sync --one-time
  stackctl sync status --root=/sync";

const MANUAL: &str = "\
On disk:
  ROOT/.git                    the repository
  ROOT/.worktrees/COMMIT       a checkout, never changed once it is published
  ROOT/LINK                    a relative symlink to the published checkout: the base name of its target is the commit
  ROOT/.stackctl-sync.json     what the last syncs did, for `stackctl sync status`
  All else below .worktrees is removed. Mount the folder of the link, not the link: a mount is resolved once.

What happens in a sync:
  Passwords are read again, the repository is asked, a new commit is checked out into a folder of its own, the link is \
replaced, and checkouts that are no longer wanted are removed, but none that a running job works in.
  What was found broken, such as a lock file, an object, a checkout or the link, is made again; what is published \
stays published meanwhile.

Hooks:
  They run beside the syncs and may run more than once for a commit. One that fails is tried again after its backoff, \
for the newest commit by then. With --one-time each runs once, and the exit code is 1 if one failed.

Signals:
  SIGHUP asks for a sync now, and so does the one of --sync-on-signal. SIGTERM and SIGINT end it.

Exit codes:
  0  with --one-time: it is done
  1  the flags can't be used together, or too many syncs failed
  2  there is no such flag, or its value can't be read";
