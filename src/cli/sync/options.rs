//! Values -> what is asked of sync, or why it can't be.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::config_error::ConfigError;
use super::values::Values;
use super::{access, backend, endpoint_address, git_config, hooks, signal};
use crate::sync::layout::Layout;
use crate::sync::options::{Gc, Options, Pace, Source, Submodules};

/// Below this a period or a timeout is a slip.
const SHORTEST: Duration = Duration::from_millis(10);
/// How many periods the wait grows to where nothing else is asked for.
const BACKOFF_PERIODS: u32 = 6;

/// Where the last error is kept, which is known before anything else is.
pub fn error_file(values: &Values) -> Option<PathBuf> {
    let root = absolute(values.filled("root")?, &current_directory());
    values.filled("error-file").map(|path| absolute(path, &root))
}

/// Resolves everything. Nothing is written.
pub fn resolve(values: &mut Values) -> Result<Options, ConfigError> {
    let Some(root) = values.filled("root") else {
        return Err(missing(
            "--root",
            "name the folder that sync shall own: --root=DIR",
        ));
    };
    let root = absolute(root, &current_directory());
    if !values.is_filled("repo") {
        return Err(missing("--repo", "name the repository: --repo=URL"));
    }
    take_former(values)?;
    let (access, repo) = access::resolve(values)?;
    let link = link(values, &repo);
    let mut source = source(values, repo)?;
    source.backend = backend::choose(values, &mut source)?;
    let pace = pace(values)?;
    let hooks = hooks::resolve(values)?;
    let http = endpoint_address::resolve(values)?;
    let keep_worktrees = whole(values, "keep-worktrees", "--keep-worktrees")?;
    let group_write = values.switch("group-write");
    let below = |name: &str| values.filled(name).map(|path| absolute(path, &root));
    Ok(Options {
        layout: layout(&root, &link)?,
        source,
        pace,
        access,
        hooks,
        http,
        touch_file: below("touch-file"),
        error_file: error_file(values),
        add_user: values.switch("add-user"),
        group_write,
        stale_worktree_timeout: values.duration("stale-worktree-timeout"),
        keep_worktrees,
        verbosity: u8::try_from(values.number("verbose").clamp(0, 9)).expect("it was clamped"),
    })
}

/// Options of former versions take the place of today's.
fn take_former(values: &mut Values) -> Result<(), ConfigError> {
    let branch = values.text("branch").to_owned();
    let rev = values.text("rev").to_owned();
    match (branch.as_str(), rev.as_str()) {
        ("", "") => {}
        (_, "" | "HEAD") if !branch.is_empty() => {
            values.replace("ref", "branch", branch);
        }
        ("", _) => {
            values.replace("ref", "rev", rev);
        }
        _ => {
            return Err(ConfigError::Together {
                first: "--branch",
                second: "--rev",
                hint: "name one of them with --ref".to_owned(),
            });
        }
    }
    if values.number("change-permissions") != 0 {
        return Err(ConfigError::ChangePermissions);
    }
    if let Some(link) = values.filled("dest").map(str::to_owned) {
        values.replace("link", "dest", link);
    }
    let wait = values.decimal("wait");
    if wait != 0.0 {
        // A negative one is refused below, as too short.
        let milliseconds = (wait * 1000.0).max(0.0).trunc();
        values.replace("period", "wait", format!("{milliseconds}ms"));
    }
    let timeout = values.number("timeout");
    if timeout != 0 {
        values.replace("sync-timeout", "timeout", format!("{}s", timeout.max(0)));
    }
    let failures = values.number("max-sync-failures");
    if failures != 0 {
        values.replace("max-failures", "max-sync-failures", failures.to_string());
    }
    if let Some(command) = values.filled("sync-hook-command").map(str::to_owned) {
        values.replace("exechook-command", "sync-hook-command", command);
    }
    if let Some(password) = values.filled("password").map(str::to_owned) {
        values.replace("__env__GITSYNC_PASSWORD", "password", password);
    }
    let verbosity = values.number("v");
    if verbosity >= 0 {
        values.replace("verbose", "v", verbosity.to_string());
    }
    Ok(())
}

fn source(values: &Values, repo: String) -> Result<Source, ConfigError> {
    let Some(reference) = values.filled("ref") else {
        return Err(missing(
            "--ref",
            "name a branch, a tag or a commit, or leave it out for HEAD",
        ));
    };
    let submodules = match values.text("submodules") {
        "recursive" => Submodules::Recursive,
        "shallow" => Submodules::Shallow,
        "off" => Submodules::Off,
        _ => return Err(choice("--submodules", "`recursive`, `shallow` or `off`")),
    };
    let gc = match values.text("git-gc") {
        "auto" => Gc::Auto,
        "always" => Gc::Always,
        "aggressive" => Gc::Aggressive,
        "off" => Gc::Off,
        _ => return Err(choice("--git-gc", "`auto`, `always`, `aggressive` or `off`")),
    };
    let mut settings = settings(values.text("git-config"), "--git-config")?;
    for text in values.texts("git-config-add") {
        settings.append(&mut self::settings(&text, "--git-config-add")?);
    }
    Ok(Source {
        repo,
        reference: reference.to_owned(),
        depth: whole(values, "depth", "--depth")?,
        filter: values.filled("filter").map(str::to_owned),
        submodules,
        sparse_checkout_file: values.filled("sparse-checkout-file").map(PathBuf::from),
        backend: crate::sync::options::Backend::Git2,
        git_config: settings,
        gc,
    })
}

fn settings(text: &str, flag: &'static str) -> Result<Vec<(String, String)>, ConfigError> {
    git_config::read(text).map_err(|reason| ConfigError::Value { flag, reason })
}

fn pace(values: &Values) -> Result<Pace, ConfigError> {
    let period = at_least(values, "period", "--period", SHORTEST)?;
    let init_period = match values.duration("init-period") {
        Duration::ZERO => period,
        _ => at_least(values, "init-period", "--init-period", SHORTEST)?,
    };
    let max_backoff = if values.is_filled("max-backoff") {
        values.duration("max-backoff").max(period)
    } else {
        period.saturating_mul(BACKOFF_PERIODS)
    };
    let failures = |name| u32::try_from(values.number(name)).ok();
    let max_failures = failures("max-failures");
    let is_init_given = values.is_given("init-max-failures");
    Ok(Pace {
        period,
        init_period,
        jitter: values.duration("jitter"),
        max_backoff,
        sync_timeout: at_least(values, "sync-timeout", "--sync-timeout", SHORTEST)?,
        one_time: values.switch("one-time"),
        max_failures,
        init_max_failures: if is_init_given {
            failures("init-max-failures")
        } else {
            max_failures
        },
        signal: Some(signal::resolve(values.text("sync-on-signal"))?),
    })
}

/// A length of time that must not be shorter than this.
pub fn at_least(
    values: &Values,
    name: &'static str,
    flag: &'static str,
    least: Duration,
) -> Result<Duration, ConfigError> {
    let given = values.duration(name);
    if given < least {
        let reason = format!("it must be at least {least:?}");
        return Err(ConfigError::Value { flag, reason });
    }
    Ok(given)
}

/// A number that must not be negative.
pub fn whole<T: TryFrom<i64>>(values: &Values, name: &str, flag: &'static str) -> Result<T, ConfigError> {
    T::try_from(values.number(name)).map_err(|_| ConfigError::Value {
        flag,
        reason: "it must be 0 or a sensible number above".to_owned(),
    })
}

/// A needed option that is not there.
pub fn missing(flag: &'static str, hint: &str) -> ConfigError {
    ConfigError::Missing {
        flag,
        hint: hint.to_owned(),
    }
}

fn choice(flag: &'static str, choices: &str) -> ConfigError {
    ConfigError::Value {
        flag,
        reason: format!("write {choices}"),
    }
}

/// The link that was asked for, or the last part of the repository's URL.
fn link(values: &Values, repo: &str) -> String {
    let last = || repo.trim_matches('/').rsplit('/').next().unwrap_or_default();
    values.filled("link").unwrap_or_else(last).to_owned()
}

fn layout(root: &Path, link: &str) -> Result<Layout, ConfigError> {
    let layout = Layout {
        root: root.to_owned(),
        link: absolute(link, root),
    };
    let is_taken = [layout.repository(), layout.worktrees(), layout.report()]
        .iter()
        .any(|own| layout.link.starts_with(own));
    if is_taken || layout.root.starts_with(&layout.link) {
        return Err(ConfigError::Value {
            flag: "--link",
            reason: "this place is sync's own".to_owned(),
        });
    }
    Ok(layout)
}

fn current_directory() -> PathBuf {
    // Where it can't be known, relative paths can't be used either, as making the root will show.
    std::env::current_dir().unwrap_or_default()
}

/// A path below a folder unless it is absolute, without `.` and `..`.
fn absolute(path: &str, base: &Path) -> PathBuf {
    let mut absolute = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                absolute.pop();
            }
            _ => absolute.push(part),
        }
    }
    absolute
}

#[cfg(test)]
mod tests;
