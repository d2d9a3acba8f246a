//! Commands that speak of a container's inside, typed on the host: they are run in the container.
//!
//! What a sync or an agent knows is on its volume, so the same command does the same work there. On the host the
//! folder of stack.toml says which container is meant.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;

use anyhow::anyhow;

use super::failure::Failure;
use super::global::Global;
use super::{Outcome, operation};
use crate::engine::interactive;
use crate::model::{Role, Stack};
use crate::ui::Ui;

/// Set in the images of syncs and jobs.
const INSIDE: &str = "STACKCTL_AGENT";
/// Where images have the program.
const STACKCTL: &str = "/usr/local/bin/stackctl";
/// Options with a value that say which stack and which container are meant; there they mean nothing.
const SELECTION: [&str; 5] = ["-C", "--directory", "--file", "--env", "--service"];

/// The kind of container that a command speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One that keeps a repository.
    Sync,
    /// One that runs jobs.
    Jobs,
}

impl Kind {
    /// As stack.toml and the command line name it.
    fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Jobs => "jobs",
        }
    }

    /// Whether the option, or a variable that stands for it, says which folder is meant: then it is one of this host.
    fn is_of_this_host(self) -> bool {
        let (option, variables) = match self {
            Self::Sync => ("--root", &["GITSYNC_ROOT", "GIT_SYNC_ROOT"][..]),
            Self::Jobs => ("--state-dir", &["STATE_DIR"][..]),
        };
        std::env::args().any(|argument| argument.split('=').next() == Some(option))
            || variables.iter().any(|name| std::env::var_os(name).is_some())
    }
}

/// Whether the command was typed on the host, in the folder of a stack, about one of its containers.
pub fn applies(kind: Kind, global: &Global) -> bool {
    std::env::var_os(INSIDE).is_none() && !kind.is_of_this_host() && global.file.is_file()
}

/// Becomes the same command in the container: the only one of its kind, or the one that was named.
pub fn run(kind: Kind, service: Option<&str>, global: &Global, ui: &Ui) -> Outcome {
    let loaded = super::project::load(global, ui)?;
    let service = choose(&loaded.stack, kind, service)?;
    let command: Vec<String> = std::iter::once(OsString::from(STACKCTL))
        .chain(forwarded(std::env::args_os().skip(1)))
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    operation::on_project(global, ui, |project| {
        Err(interactive::exec(project, &service, &command, is_terminal))
    })
}

fn choose(stack: &Stack, kind: Kind, wanted: Option<&str>) -> Result<String, Failure> {
    let fits = |role: &Role| match kind {
        Kind::Sync => role.sync().is_some(),
        Kind::Jobs => role.jobs().is_some(),
    };
    let services = stack.services.iter().filter(|service| fits(&service.role));
    let names: Vec<&str> = services.map(|service| service.name.as_str()).collect();
    let what = kind.name();
    let is_meant = |name: &str, wanted: &str| {
        name == wanted || kind == Kind::Sync && name.strip_prefix("sync-") == Some(wanted)
    };
    match (wanted, &names[..]) {
        (_, []) => Err(Failure::usage(anyhow!("the stack has no {what}")).hint(format!(
            "a table `[{what}.NAME]` describes one; `stack.toml.example` shows it"
        ))),
        (Some(wanted), names) => match names.iter().find(|name| is_meant(name, wanted)) {
            Some(name) => Ok((*name).to_owned()),
            None => Err(Failure::usage(anyhow!("`{wanted}` is no {what} of this stack"))
                .hint(format!("it has `{}`", names.join("`, `")))),
        },
        (None, [only]) => Ok((*only).to_owned()),
        (None, [first, ..]) => Err(Failure::usage(anyhow!(
            "the stack has several {what} services: `{}`",
            names.join("`, `")
        ))
        .hint(format!("say which one is meant, such as `--service {first}`"))),
    }
}

/// The arguments without those that say which stack and which container are meant.
fn forwarded(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words = Vec::new();
    let mut arguments = arguments.fuse();
    while let Some(argument) = arguments.next() {
        if argument == OsStr::new("--") {
            words.push(argument);
            words.extend(arguments.by_ref());
            break;
        }
        let text = argument.to_string_lossy();
        if SELECTION.contains(&text.as_ref()) {
            arguments.next();
            continue;
        }
        let is_joined = SELECTION.iter().any(|option| {
            let rest = text.strip_prefix(option);
            rest.is_some_and(|rest| rest.starts_with('=') || *option == "-C")
        });
        if !is_joined {
            words.push(argument);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_which_stack_stays_on_the_host() {
        let of = |line: &str| {
            let words = forwarded(line.split(' ').map(OsString::from));
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        assert_eq!(
            of("-C shop --env staging --format json jobs history --service app --failed --limit 5"),
            "--format json jobs history --failed --limit 5"
        );
        assert_eq!(
            of("-Cshop --env=x --file=y jobs run-now hello"),
            "jobs run-now hello"
        );
        assert_eq!(of("jobs run-now -- --env"), "jobs run-now -- --env");
    }

    #[test]
    fn the_container_is_the_only_one_or_the_named_one() {
        let text = |jobs: &str| {
            format!("[stack]\nname = \"x\"\n[sync.a]\nrepo = \"https://git.example.com/a.git\"\n{jobs}")
        };
        let job = |name: &str| format!("[jobs.{name}]\nsync = \"a\"\npython = \"3.11\"\n");
        let chosen = |text: &str, kind, wanted| {
            let stack = crate::config::load(text, None).unwrap().stack;
            choose(&stack, kind, wanted).map_err(|failure| match failure {
                Failure::Error { error, hints, .. } => format!("{error}; {}", hints.join("; ")),
                other => format!("{other:?}"),
            })
        };
        let (none, one, two) = (text(""), text(&job("app")), text(&(job("app") + &job("bot"))));
        assert_eq!(chosen(&one, Kind::Jobs, None), Ok("app".to_owned()));
        assert_eq!(chosen(&two, Kind::Jobs, Some("bot")), Ok("bot".to_owned()));
        assert_eq!(chosen(&one, Kind::Sync, None), Ok("sync-a".to_owned()));
        assert_eq!(chosen(&one, Kind::Sync, Some("a")), Ok("sync-a".to_owned()));
        assert!(
            chosen(&none, Kind::Jobs, None)
                .unwrap_err()
                .starts_with("the stack has no jobs")
        );
        assert_eq!(
            chosen(&two, Kind::Jobs, None).unwrap_err(),
            "the stack has several jobs services: `app`, `bot`; say which one is meant, such as `--service app`"
        );
        assert_eq!(
            chosen(&two, Kind::Jobs, Some("web")).unwrap_err(),
            "`web` is no jobs of this stack; it has `app`, `bot`"
        );
    }
}
