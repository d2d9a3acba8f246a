//! Options that do not go together.

use super::*;

/// Arguments that can't be, and what is said of them.
const REFUSED: &[(&[&str], &str)] = &[
    (&["--ref="], "--ref"),
    (&["--depth=-1"], "--depth"),
    (&["--submodules=some"], "--submodules"),
    (&["--git-gc=some"], "--git-gc"),
    (&["--period=9ms"], "at least 10ms"),
    (&["--init-period=9ms"], "--init-period"),
    (&["--sync-timeout=0"], "--sync-timeout"),
    (&["--change-permissions=0755"], "--change-permissions"),
    (&["--sync-on-signal=nope"], "--sync-on-signal"),
    (
        &["--exechook-command=x", "--exechook-timeout=999ms"],
        "--exechook-timeout",
    ),
    (
        &["--exechook-command=x", "--exechook-backoff=1ms"],
        "--exechook-backoff",
    ),
    (
        &[
            "--pre-publish-exechook-command=x",
            "--pre-publish-exechook-timeout=1ms",
        ],
        "--pre-publish-exechook-timeout",
    ),
    (
        &[
            "--pre-publish-exechook-command=x",
            "--pre-publish-exechook-backoff=1ms",
        ],
        "--pre-publish-exechook-backoff",
    ),
    (&["--webhook-url=x", "--webhook-timeout=1ms"], "--webhook-timeout"),
    (&["--webhook-url=x", "--webhook-backoff=1ms"], "--webhook-backoff"),
    (
        &["--webhook-url=x", "--webhook-success-status=-2"],
        "--webhook-success-status",
    ),
    (&["--username=u"], "password of --username"),
    (&["--password-file=x"], "--username"),
    (&["--password=x"], "--username"),
    (
        &["--username=u", "--password=x", "--password-file=x"],
        "do not go together",
    ),
    (&["--credential=x"], "--credential"),
    (&["--http-metrics"], "--http-bind"),
    (&["--http-pprof"], "--http-bind"),
    (&["--http-bind=nope"], "--http-bind"),
    (&["--git-config=broken"], "--git-config"),
    (&["--git-config-add=broken"], "--git-config-add"),
    (&["--link=.git/x"], "--link"),
    (&["--link=.worktrees"], "--link"),
    (&["--link=."], "--link"),
    (&["--repo=https://h/app/.git"], "--link is missing"),
    (&["--keep-worktrees=-1"], "--keep-worktrees"),
    (&["--backend=svn"], "--backend"),
    (&["--backend=git2", "--filter=blob:none"], "--filter"),
    (&["--git=/does/not/exist"], "/does/not/exist"),
    (&["--ca-file=/does/not/exist"], "/does/not/exist"),
    (
        &["--github-app-client-id=a", "--github-app-application-id=1"],
        "do not go together",
    ),
    (&["--github-app-client-id=a"], "--github-app-installation-id"),
    (&["--github-app-installation-id=1"], "GitHub App"),
    (
        &["--github-app-client-id=a", "--github-app-installation-id=1"],
        "private key",
    ),
    (
        &[
            "--github-app-client-id=a",
            "--github-app-installation-id=1",
            "--github-app-private-key-file=x",
            "--__env__GITSYNC_GITHUB_APP_PRIVATE_KEY=y",
        ],
        "do not go together",
    ),
    (
        &[
            "--github-app-client-id=a",
            "--github-app-installation-id=1",
            "--github-app-private-key-file=x",
            "--username=u",
            "--password-file=x",
        ],
        "do not go together",
    ),
];

#[test]
fn what_does_not_go_together_is_refused() {
    for (arguments, said) in REFUSED {
        let told = refused(arguments, &[]);
        assert!(told.contains(said), "{arguments:?}: {told}");
    }
    assert!(
        resolved(&["--root=/r"], &[])
            .unwrap_err()
            .to_string()
            .contains("--repo")
    );
    assert!(
        resolved(&["--repo=x"], &[])
            .unwrap_err()
            .to_string()
            .contains("--root")
    );
}
