//! Arguments and variables in, options or a refusal out.

mod refused;

use super::super::arguments::command;
use super::*;
use crate::error::Advice;
use crate::sync::options::{Backend, Password};

/// Every flag of git-sync v4, each with a value that it takes.
const FLAGS_OF_GIT_SYNC: &[&str] = &[
    "--add-user",
    "--askpass-url=http://h/",
    "--branch=x",
    "--change-permissions=0",
    "--cookie-file=false",
    "--credential={\"url\":\"https://h\",\"username\":\"u\",\"password\":\"p\"}",
    "--depth=1",
    "--dest=x",
    "--error-file=x",
    "--exechook-backoff=3s",
    "--exechook-command=true",
    "--exechook-timeout=30s",
    "--filter=blob:none",
    "--git=git",
    "--git-config=a.b:c",
    "--git-config-add=a.b:c",
    "--git-gc=auto",
    "--github-app-application-id=0",
    "--github-app-client-id=",
    "--github-app-installation-id=0",
    "--github-app-private-key-file=",
    "--github-base-url=https://api.github.com/",
    "--group-write",
    "--http-bind=127.0.0.1:0",
    "--http-metrics",
    "--http-pprof",
    "--init-max-failures=1",
    "--init-period=1s",
    "--link=x",
    "--max-failures=1",
    "--max-sync-failures=1",
    "--one-time",
    "--password=",
    "--password-file=",
    "--period=1s",
    "--pre-publish-exechook-backoff=3s",
    "--pre-publish-exechook-command=true",
    "--pre-publish-exechook-timeout=30s",
    "--ref=x",
    "--repo=https://h/x",
    "--rev=HEAD",
    "--root=/tmp/x",
    "--sparse-checkout-file=x",
    "--ssh",
    "--ssh-key-file=x",
    "--ssh-known-hosts",
    "--ssh-known-hosts-file=x",
    "--stale-worktree-timeout=0",
    "--submodules=off",
    "--sync-hook-command=true",
    "--sync-on-signal=SIGHUP",
    "--sync-timeout=1s",
    "--timeout=1",
    "--touch-file=x",
    "--username=",
    "--v=1",
    "--verbose=1",
    "--wait=1.5",
    "--webhook-backoff=3s",
    "--webhook-method=POST",
    "--webhook-success-status=200",
    "--webhook-timeout=1s",
    "--webhook-url=http://h/",
    "--__env__GITSYNC_GITHUB_APP_PRIVATE_KEY=",
    "--__env__GITSYNC_PASSWORD=",
    "-v=6",
];

type Variables<'a> = &'a [(&'a str, &'a str)];

fn values(arguments: &[&str], variables: Variables<'_>) -> Result<Values, ConfigError> {
    let words = ["sync"].iter().chain(arguments);
    let matches = command()
        .try_get_matches_from(words)
        .unwrap_or_else(|error| panic!("{error}"));
    let variable = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Values::read(&matches, &variable)
}

fn resolved(arguments: &[&str], variables: Variables<'_>) -> Result<Options, ConfigError> {
    resolve(&mut values(arguments, variables)?)
}

/// With a repository and a root.
fn with(arguments: &[&str], variables: Variables<'_>) -> Result<Options, ConfigError> {
    let needed = ["--repo=https://h/app.git", "--root=/r"];
    let arguments: Vec<&str> = needed.iter().chain(arguments).copied().collect();
    resolved(&arguments, variables)
}

#[track_caller]
fn good(arguments: &[&str], variables: Variables<'_>) -> Options {
    with(arguments, variables).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(arguments: &[&str], variables: Variables<'_>) -> String {
    let Err(error) = with(arguments, variables) else {
        panic!("{arguments:?} {variables:?} was taken");
    };
    assert!(error.hint().is_some(), "{error}");
    error.to_string()
}

#[test]
fn every_flag_of_git_sync_is_there() {
    let options = resolved(FLAGS_OF_GIT_SYNC, &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(options.source.reference, "x");
    assert_eq!(options.verbosity, 1, "--v counts more than -v, as it did");
    for flag in super::super::flags::all() {
        let is_ours = [
            "backend",
            "keep-worktrees",
            "jitter",
            "max-backoff",
            "ca-file",
            "proxy",
        ]
        .contains(&flag.name);
        let prefix = format!("--{}", flag.name);
        let is_listed = FLAGS_OF_GIT_SYNC.iter().any(|known| {
            known
                .strip_prefix(&prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        });
        assert!(is_ours != is_listed, "--{}", flag.name);
    }
}

#[test]
fn every_option_has_the_variable_that_its_name_says() {
    for flag in super::super::flags::all() {
        let own = flag.name.strip_prefix("__env__").map_or_else(
            || format!("GITSYNC_{}", flag.name.to_uppercase().replace('-', "_")),
            str::to_owned,
        );
        match flag.variables.first() {
            Some(first) if flag.instead.is_none() => assert_eq!(*first, own),
            Some(first) => assert!(first.starts_with("GIT_SYNC_"), "{first}"),
            None => assert!(
                flag.instead.is_some() || flag.name == "git-config-add",
                "--{} has no variable",
                flag.name
            ),
        }
    }
}

#[test]
fn the_defaults_are_git_syncs() {
    let options = good(&[], &[]);
    assert_eq!(options.layout.link, Path::new("/r/app.git"));
    assert_eq!(
        (options.source.reference.as_str(), options.source.depth),
        ("HEAD", 1)
    );
    assert_eq!(options.source.submodules, Submodules::Recursive);
    assert_eq!(
        (options.source.gc, &options.source.backend),
        (Gc::Always, &Backend::Git2)
    );
    let pace = &options.pace;
    let seconds = Duration::from_secs;
    assert_eq!(
        (pace.period, pace.init_period, pace.sync_timeout),
        (seconds(10), seconds(10), seconds(120))
    );
    assert_eq!((pace.jitter, pace.max_backoff), (seconds(0), seconds(60)));
    assert_eq!(
        (pace.max_failures, pace.init_max_failures, pace.signal),
        (Some(0), Some(0), Some(1))
    );
    let access = &options.access;
    assert_eq!(access.ssh_key_files, [Path::new("/etc/git-secret/ssh")]);
    assert_eq!(
        access.ssh_known_hosts.as_deref(),
        Some(Path::new("/etc/git-secret/known_hosts"))
    );
    assert!(access.credentials.is_empty() && access.github_app.is_none());
    assert!(options.http.is_none() && options.touch_file.is_none() && options.error_file.is_none());
    assert_eq!(
        (options.keep_worktrees, options.stale_worktree_timeout),
        (0, seconds(0))
    );
}

#[test]
fn flags_are_written_as_gos_pflag_takes_them() {
    for (arguments, verbosity) in [
        (&["-v=6"][..], 6),
        (&["-v", "6"], 6),
        (&["-v6"], 6),
        (&["--verbose=3"], 3),
        (&["--verbose", "3", "-v=4"], 4),
        (&["--v=2"], 2),
        (&["-v=99"], 9),
    ] {
        assert_eq!(good(arguments, &[]).verbosity, verbosity, "{arguments:?}");
    }
    for (arguments, is_once) in [
        (&["--one-time"][..], true),
        (&["--one-time=true"], true),
        (&["--one-time=T"], true),
        (&["--one-time=false"], false),
        (&["--one-time", "--one-time=0"], false),
    ] {
        assert_eq!(good(arguments, &[]).pace.one_time, is_once, "{arguments:?}");
    }
    let options = good(
        &[
            "--period",
            "1m30s",
            "--max-failures",
            "-1",
            "--ref=-x",
            "--touch-file=a",
            "--touch-file=b",
        ],
        &[],
    );
    assert_eq!(options.pace.period, Duration::from_secs(90));
    assert_eq!(
        (options.pace.max_failures, options.source.reference.as_str()),
        (None, "-x")
    );
    assert_eq!(options.touch_file.as_deref(), Some(Path::new("/r/b")));
}

#[test]
fn what_the_parser_refuses() {
    for (arguments, said) in [
        (&["--no-such-flag"][..], "--no-such-flag"),
        (&["--perod=1s"], "similar argument exists: '--period'"),
        (&["--period=1"], "write a number and a unit"),
        (&["--one-time=yes"], "`true` or `false`"),
        (&["--depth=x"], "whole number"),
        (&["--one-time", "false"], "false"),
        (&["--pasword=hunter2"], "--pasword"),
    ] {
        let words = ["sync"].iter().chain(arguments);
        let error = command().try_get_matches_from(words).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(said) && !text.contains("hunter2"), "{text}");
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn a_flag_counts_more_than_a_variable_and_that_more_than_a_former_one() {
    let period =
        |arguments: &[&str], variables: Variables<'_>| good(arguments, variables).pace.period.as_secs();
    assert_eq!(period(&[], &[("GITSYNC_PERIOD", "1s")]), 1);
    assert_eq!(period(&[], &[("GIT_SYNC_PERIOD", "2s")]), 2);
    assert_eq!(
        period(&[], &[("GITSYNC_PERIOD", "1s"), ("GIT_SYNC_PERIOD", "2s")]),
        1
    );
    assert_eq!(
        period(
            &["--period=3s"],
            &[("GITSYNC_PERIOD", "1s"), ("GIT_SYNC_WAIT", "4")]
        ),
        3
    );
    assert_eq!(
        period(&[], &[("GITSYNC_PERIOD", "1s"), ("GIT_SYNC_WAIT", "4")]),
        1
    );
    assert_eq!(
        period(&[], &[("GIT_SYNC_PERIOD", "1s"), ("GIT_SYNC_WAIT", "4")]),
        4
    );
    assert_eq!(period(&["--wait=4", "--period=3s"], &[]), 4);
}

#[test]
fn the_variables_of_version_3_work() {
    let options = resolved(
        &[],
        &[
            ("GIT_SYNC_REPO", "https://h/seed"),
            ("GIT_SYNC_BRANCH", "main"),
            ("GIT_SYNC_WAIT", "0.5"),
            ("GIT_SYNC_USERNAME", "me"),
            ("GIT_SYNC_PASSWORD", "pw"),
            ("GIT_SYNC_ROOT", "/sync"),
            ("GIT_SYNC_DEST", "docker_test"),
            ("GIT_SYNC_ONE_TIME", "true"),
            ("GIT_SYNC_TIMEOUT", "7"),
            ("GIT_SYNC_MAX_SYNC_FAILURES", "3"),
            ("GIT_SYNC_HOOK_COMMAND", "hook"),
        ],
    );
    let options = options.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (options.source.repo.as_str(), options.source.reference.as_str()),
        ("https://h/seed", "main")
    );
    assert_eq!(options.layout.link, Path::new("/sync/docker_test"));
    assert_eq!(options.pace.period, Duration::from_millis(500));
    assert_eq!(options.pace.sync_timeout, Duration::from_secs(7));
    assert!(options.pace.one_time);
    assert_eq!(options.pace.max_failures, Some(3));
    assert_eq!(options.hooks.exec.unwrap().command, "hook");
    let [login] = &options.access.credentials[..] else {
        panic!()
    };
    assert_eq!(login.username, "me");
    assert!(matches!(&login.password, Password::Text(text) if text == "pw"));
}

#[test]
fn branch_and_rev_become_the_reference() {
    let reference = |arguments: &[&str]| good(arguments, &[]).source.reference;
    assert_eq!(reference(&["--branch=b"]), "b");
    assert_eq!(reference(&["--branch=b", "--rev=HEAD"]), "b");
    assert_eq!(reference(&["--rev=r"]), "r");
    assert_eq!(reference(&["--rev=HEAD"]), "HEAD");
    assert!(refused(&["--branch=b", "--rev=r"], &[]).contains("do not go together"));
}

#[test]
fn a_variable_that_can_not_be_read_is_named_without_its_value() {
    let told = refused(&[], &[("GITSYNC_PERIOD", "hunter2")]);
    assert!(
        told.contains("$GITSYNC_PERIOD") && !told.contains("hunter2"),
        "{told}"
    );
    assert!(refused(&[], &[("GIT_SYNC_ONE_TIME", "")]).contains("$GIT_SYNC_ONE_TIME"));
}

#[test]
fn credentials_leave_the_url_and_add_up() {
    let one = r#"{"url":"https://one","username":"a","password":"p"}"#;
    let two = r#"[{"url":"https://two","username":"b","password-file":"/f"}]"#;
    let options = resolved(
        &[
            "--repo=https://me:hunter2@h/app.git",
            "--root=/r",
            "--credential",
            two,
        ],
        &[("GITSYNC_CREDENTIAL", one)],
    );
    let options = options.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(options.source.repo, "https://h/app.git");
    let seen: Vec<_> = options
        .access
        .credentials
        .iter()
        .map(|login| (login.url.as_str(), login.username.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("https://h/app.git", "me"),
            ("https://one", "a"),
            ("https://two", "b")
        ]
    );
    assert!(!format!("{options:?}").contains("hunter2"));
    let bare = resolved(&["--repo=https://me:hunter2@host", "--root=/r"], &[]).unwrap();
    assert_eq!(
        bare.layout.link,
        Path::new("/r/host"),
        "a password is no name of a link"
    );
}

#[test]
fn what_is_shown_of_the_flags_holds_no_secret() {
    let arguments = [
        "--repo=https://me:hunter2@h/app.git",
        "--root=/r",
        "--password=hunter2",
        "--__env__GITSYNC_PASSWORD=hunter2",
        "--credential={\"password\":\"hunter2\"}",
        "--webhook-url=https://h/services/hunter2",
        "--askpass-url=http://h/?key=hunter2",
        "--proxy=http://me:hunter2@proxy:1",
        "--git-config=http.extraHeader:hunter2",
        "--git-config-add=http.extraHeader:hunter2",
    ];
    let values = values(&arguments, &[("GITSYNC_PASSWORD", "hunter2")]).unwrap();
    for all in [false, true] {
        let shown = values.shown(all).join(" ");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(
            shown.contains("--repo=https://h/app.git") && shown.contains("--webhook-url=https://h/…"),
            "{shown}"
        );
    }
    assert!(values.notes.iter().all(|note| !note.contains("hunter2")));
}

#[test]
fn repeated_lists_add_up_and_take_the_variables_place() {
    let keys = |arguments: &[&str], variables: Variables<'_>| {
        let keys = good(arguments, variables).access.ssh_key_files;
        keys.iter()
            .map(|key| key.display().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&[], &[("GITSYNC_SSH_KEY_FILE", "/a:/b")]), ["/a", "/b"]);
    assert_eq!(
        keys(
            &["--ssh-key-file=/c", "--ssh-key-file=/d"],
            &[("GIT_SSH_KEY_FILE", "/a")]
        ),
        ["/c", "/d"]
    );
    let settings = good(
        &["--git-config-add=a.b:1", "--git-config-add=c.d:2"],
        &[("GITSYNC_GIT_CONFIG", "e.f:3")],
    );
    let names: Vec<_> = settings
        .source
        .git_config
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["e.f", "a.b", "c.d"]);
}

#[test]
fn the_backend_is_the_one_that_can_do_it() {
    let backend = |arguments: &[&str]| good(arguments, &[]).source.backend;
    let git = Backend::Command(PathBuf::from("git"));
    assert_eq!(backend(&[]), Backend::Git2);
    assert_eq!(backend(&["--git-gc=off"]), Backend::Git2);
    assert_eq!(backend(&["--git-config-add=safe.directory:*"]), Backend::Git2);
    for asked in [
        "--git=git",
        "--backend=git",
        "--git-gc=always",
        "--filter=blob:none",
        "--sparse-checkout-file=/x",
        "--git-config=http.extraHeader:x",
        "--repo=/srv/app.git",
        "--repo=file:///srv/app.git",
    ] {
        assert_eq!(backend(&[asked]), git, "{asked}");
    }
    assert_eq!(backend(&["--repo=/srv/app.git", "--depth=0"]), Backend::Git2);
    assert_eq!(backend(&["--git=git", "--backend=git2"]), Backend::Git2);
    assert_eq!(backend(&["--git-gc=always", "--backend=git2"]), Backend::Git2);
    assert_eq!(
        backend(&["--git=/bin/sh"]),
        Backend::Command(PathBuf::from("/bin/sh"))
    );
}

#[test]
fn paths_are_resolved_below_the_root() {
    let options = good(
        &[
            "--root=/a/../b/./c",
            "--link=x/../y/z",
            "--touch-file=t",
            "--error-file=/e",
        ],
        &[],
    );
    assert_eq!(options.layout.root, Path::new("/b/c"));
    assert_eq!(options.layout.link, Path::new("/b/c/y/z"));
    assert_eq!(options.touch_file.as_deref(), Some(Path::new("/b/c/t")));
    assert_eq!(options.error_file.as_deref(), Some(Path::new("/e")));
}

#[test]
fn our_own_options_are_taken() {
    let options = good(
        &[
            "--keep-worktrees=3",
            "--jitter=2s",
            "--max-backoff=5m",
            "--proxy=http://p:1",
            "--ca-file=/dev/null",
        ],
        &[],
    );
    assert_eq!(
        (options.keep_worktrees, options.pace.jitter),
        (3, Duration::from_secs(2))
    );
    assert_eq!(options.pace.max_backoff, Duration::from_secs(300));
    assert_eq!(options.access.proxy.as_deref(), Some("http://p:1"));
    assert_eq!(options.access.ca_file.as_deref(), Some(Path::new("/dev/null")));
    let variables = [
        ("GITSYNC_KEEP_WORKTREES", "4"),
        ("GITSYNC_MAX_BACKOFF", "1s"),
        ("GITSYNC_JITTER", "1s"),
    ];
    let options = good(&[], &variables);
    assert_eq!(options.keep_worktrees, 4);
    assert_eq!(
        options.pace.max_backoff, options.pace.period,
        "it is never shorter than the period"
    );
}

#[test]
fn a_github_app_is_named_by_client_or_number() {
    let key = "--github-app-private-key-file=/k";
    let by_client = good(
        &[
            "--github-app-client-id=Iv1",
            "--github-app-installation-id=7",
            key,
        ],
        &[],
    );
    let app = by_client.access.github_app.unwrap();
    assert_eq!((app.issuer.as_str(), app.installation_id), ("Iv1", 7));
    let variables = [
        ("GITSYNC_GITHUB_APP_APPLICATION_ID", "12"),
        ("GITSYNC_GITHUB_APP_INSTALLATION_ID", "7"),
        ("GITSYNC_GITHUB_APP_PRIVATE_KEY", "pem"),
    ];
    let app = good(&[], &variables).access.github_app.unwrap();
    assert_eq!(app.issuer, "12");
    assert!(matches!(app.private_key, Password::Text(text) if text == "pem"));
}
