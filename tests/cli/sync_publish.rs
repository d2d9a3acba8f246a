//! `stackctl sync`: what is followed, how it is published, and what it takes over from others.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use nix::sys::signal::Signal;

use crate::sync_scene::{Scene, on_both_backends};

on_both_backends!(
    a_branch_is_followed,
    tags_are_followed_forth_and_back,
    a_full_commit_needs_the_server_once,
    an_unknown_reference_fails_and_publishes_nothing,
    the_link_may_lie_anywhere_and_is_relative,
    any_root_becomes_a_good_one,
    a_root_is_one_syncs_own,
    another_repository_reference_or_depth_takes_over,
    the_layout_of_version_3_is_taken_over,
    a_worktree_of_the_real_git_sync_is_taken_over,
    the_touch_file_comes_last_and_the_report_says_it_all,
    the_error_file_is_there_while_there_is_an_error,
    old_worktrees_go_when_they_are_old_and_free,
    git_works_in_the_worktree_wherever_the_volume_is,
    a_signal_asks_for_a_round_and_another_ends_it,
    hangup_asks_for_a_round_whatever_signal_was_chosen,
    a_signal_does_not_wait_for_a_hook,
    users_of_a_group_may_take_turns,
    idle_rounds_change_nothing,
    submodules_are_checked_out,
    the_callers_settings_of_git_do_not_matter,
);

fn a_branch_is_followed(scene: &Scene) {
    let _sync = scene.start(&[]);
    scene.serves(&scene.head());
    for text in ["second", "third"] {
        let commit = scene.commit("file", text);
        scene.serves(&commit);
    }
    // Rewritten history is followed too.
    scene.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    scene.serves(&scene.head());
    scene.git(&["checkout", "--quiet", "-b", "other"]);
    let other = scene.commit("file", "on another branch");
    scene.git(&["update-ref", "refs/heads/main", "HEAD~1"]);
    scene
        .once(&[
            "--ref=refs/heads/other",
            "--root",
            &scene.path("second").display().to_string(),
        ])
        .success();
    scene.check(&scene.path("second/link"), &other);
}

fn tags_are_followed_forth_and_back(scene: &Scene) {
    let first = scene.head();
    let second = scene.commit("file", "second");
    for flags in [&["-f"][..], &["-f", "-a", "-m", "annotated"]] {
        let tag = |commit: &str| {
            let mut arguments = vec!["tag"];
            arguments.extend(flags);
            arguments.extend(["v1", commit]);
            scene.git(&arguments);
        };
        tag(&first);
        let _sync = scene.start(&["--ref=v1"]);
        scene.serves(&first);
        tag(&second);
        scene.serves(&second);
        tag(&first);
        scene.serves(&first);
    }
}

fn a_full_commit_needs_the_server_once(scene: &Scene) {
    let first = scene.head();
    scene.commit("file", "second");
    let _sync = scene.start(&[&format!("--ref={first}")]);
    scene.serves(&first);
    scene.eventually("the first round ended", || {
        scene.path("root/.stackctl-sync.json").exists()
    });
    scene.server.requests();
    // Damage is still repaired, and that needs no server either.
    fs::write(scene.path("root/link/file"), "edited").unwrap();
    scene.eventually("it is repaired", || scene.stack.read("root/link/file") == "first");
    assert_eq!(scene.server.requests(), Vec::<String>::new());
}

fn an_unknown_reference_fails_and_publishes_nothing(scene: &Scene) {
    let output = scene.once(&["--ref=nowhere"]);
    assert_ne!(output.code, 0);
    assert!(
        output.stderr.contains("couldn't find remote ref"),
        "{}",
        output.stderr
    );
    assert_eq!(scene.served(), None);
}

fn the_link_may_lie_anywhere_and_is_relative(scene: &Scene) {
    let commit = scene.head();
    let absolute = scene.path("elsewhere/link").display().to_string();
    for (link, path, target) in [
        ("link", "root/link", ".worktrees/"),
        ("sub/folder/link", "root/sub/folder/link", "../../.worktrees/"),
        (&absolute, "elsewhere/link", "../root/.worktrees/"),
    ] {
        scene.once(&["--link", link]).success();
        scene.check(&scene.path(path), &commit);
        let found = fs::read_link(scene.path(path)).unwrap();
        assert_eq!(found, Path::new(target).join(&commit));
    }
}

fn any_root_becomes_a_good_one(scene: &Scene) {
    let commit = scene.head();
    let synced = |root: &str, real: &str| {
        let root = scene.path(root).display().to_string();
        scene.once(&["--root", &root]).success();
        scene.check(&scene.path(real).join("link"), &commit);
    };
    synced("not/there/yet", "not/there/yet");
    synced("root/../odd/../odd", "odd");
    fs::create_dir(scene.path("real")).unwrap();
    symlink(scene.path("real"), scene.path("alias")).unwrap();
    synced("alias", "real");
    // In another repository, whose files stay.
    scene.git_in(".", &["init", "--quiet", "outer"]);
    fs::create_dir(scene.path("outer/root")).unwrap();
    fs::write(scene.path("outer/root/note"), "mine").unwrap();
    synced("outer/root", "outer/root");
    assert_eq!(scene.stack.read("outer/root/note"), "mine");
    assert_eq!(scene.git_in("outer", &["for-each-ref"]), "");
    // With a repository that is none.
    scene.git_in(".", &["init", "--quiet", "broken"]);
    fs::write(scene.path("broken/.git/HEAD"), "ref: refs/heads/nowhere").unwrap();
    fs::write(scene.path("broken/.git/config"), "[[").unwrap();
    synced("broken", "broken");
}

fn a_root_is_one_syncs_own(scene: &Scene) {
    let _sync = scene.start(&[]);
    scene.serves(&scene.head());
    let output = scene.once(&[]);
    assert_ne!(output.code, 0);
    assert!(
        output.stderr.contains("another sync works on"),
        "{}",
        output.stderr
    );
}

fn another_repository_reference_or_depth_takes_over(scene: &Scene) {
    scene.commit("file", "second");
    let head = scene.commit("file", "third");
    let depth = || scene.git_in_link(&["rev-list", "--count", "HEAD"]);
    for (flag, expected) in [
        ("--depth=1", "1"),
        ("--depth=2", "2"),
        ("--depth=1", "1"),
        ("--depth=0", "3"),
    ] {
        scene.once(&[flag]).success();
        scene.check(&scene.path("root/link"), &head);
        assert_eq!(depth(), expected, "{flag}");
    }
    scene.git(&["branch", "old", "HEAD~2"]);
    scene.once(&["--ref=old"]).success();
    assert_eq!(scene.served().unwrap(), scene.git(&["rev-parse", "old"]));
    scene.create("another");
    scene.commit_in("another", "file", "of another repository");
    scene
        .once(&[&format!("--repo={}", scene.server.url("another/.git"))])
        .success();
    assert_eq!(scene.stack.read("root/link/file"), "of another repository");
    assert_eq!(
        scene.git_in_link(&["config", "remote.origin.url"]),
        scene.server.url("another/.git")
    );
}

fn the_layout_of_version_3_is_taken_over(scene: &Scene) {
    let first = scene.head();
    scene.once(&[]).success();
    fs::rename(
        scene.path("root/.worktrees").join(&first),
        scene.path("root").join(&first),
    )
    .unwrap();
    fs::remove_file(scene.path("root/link")).unwrap();
    symlink(&first, scene.path("root/link")).unwrap();
    let second = scene.commit("file", "second");
    scene.once(&[]).success();
    scene.check(&scene.path("root/link"), &second);
    assert!(!scene.path("root").join(&first).exists());
}

/// What git-sync leaves: made by the commands that it runs.
fn a_worktree_of_the_real_git_sync_is_taken_over(scene: &Scene) {
    let commit = scene.head();
    let worktree = format!(".worktrees/{commit}");
    fs::create_dir(scene.path("root")).unwrap();
    let url = scene.server.url("origin/.git");
    scene.git_in("root", &["init", "--quiet", "-b", "git-sync"]);
    scene.git_in("root", &["remote", "add", "origin", &url]);
    scene.git_in("root", &["fetch", "--quiet", &url, "HEAD", "--depth", "1"]);
    scene.git_in("root", &["reset", "--quiet", "--soft", &commit, "--"]);
    scene.git_in(
        "root",
        &[
            "worktree", "add", "--quiet", "--force", "--detach", &worktree, &commit,
        ],
    );
    symlink(&worktree, scene.path("root/link")).unwrap();
    let _sync = scene.start(&[]);
    scene.eventually("the first round ended", || {
        scene.path("root/.stackctl-sync.json").exists()
    });
    scene.check(&scene.path("root/link"), &commit);
    let second = scene.commit("file", "second");
    scene.serves(&second);
    scene.eventually("the old one is gone", || {
        scene.names("root/.worktrees") == [second.clone()]
    });
}

fn the_touch_file_comes_last_and_the_report_says_it_all(scene: &Scene) {
    let touched = scene.path("root/touched");
    let _sync = scene.start(&["--touch-file=touched"]);
    for text in ["second", "third"] {
        scene.eventually("it is touched", || touched.exists());
        let commit = scene.served().unwrap();
        scene.check(&scene.path("root/link"), &commit);
        let report: serde_json::Value =
            serde_json::from_str(&scene.stack.read("root/.stackctl-sync.json")).unwrap();
        assert_eq!(report["commit"], commit.as_str());
        assert_eq!(report["failures"], 0);
        assert_eq!(report["repo"], scene.server.url("origin/.git"));
        fs::remove_file(&touched).unwrap();
        // Rounds that find nothing new leave it alone.
        scene.pass_rounds(2);
        assert!(!touched.exists());
        scene.commit("file", text);
    }
}

fn the_error_file_is_there_while_there_is_an_error(scene: &Scene) {
    let error = scene.path("root/sub/error.json");
    let _sync = scene.start(&["--error-file=sub/error.json", "--ref=later", "--max-failures=-1"]);
    scene.eventually("the error is told", || error.exists());
    assert!(
        scene
            .stack
            .read("root/sub/error.json")
            .contains("couldn't find remote ref later")
    );
    let report = scene.stack.read("root/.stackctl-sync.json");
    assert!(report.contains("couldn't find remote ref later"), "{report}");
    scene.git(&["branch", "later"]);
    scene.serves(&scene.head());
    scene.eventually("the error is gone", || !error.exists());
}

fn old_worktrees_go_when_they_are_old_and_free(scene: &Scene) {
    let first = scene.head();
    let _sync = scene.start(&["--stale-worktree-timeout=3600s"]);
    scene.serves(&first);
    let second = scene.commit("file", "second");
    scene.serves(&second);
    let worktree = |commit: &str| scene.path("root/.worktrees").join(commit);
    scene.check(&worktree(&first), &first);
    let third = scene.commit("file", "third");
    scene.serves(&third);
    // As the kernel's shared lock a lease is what a job holds.
    let lease = File::open(worktree(&first)).unwrap();
    lease.lock_shared().unwrap();
    for commit in [&first, &second] {
        let old = SystemTime::now() - Duration::from_secs(4000);
        File::open(worktree(commit)).unwrap().set_modified(old).unwrap();
    }
    scene.eventually("the free one is gone", || !worktree(&second).exists());
    scene.check(&worktree(&first), &first);
    drop(lease);
    scene.eventually("the other is gone too", || {
        scene.names("root/.worktrees") == [third.clone()]
    });
}

fn git_works_in_the_worktree_wherever_the_volume_is(scene: &Scene) {
    let head = scene.head();
    scene.once(&[]).success();
    fs::rename(scene.path("root"), scene.path("mounted elsewhere")).unwrap();
    let git = |arguments: &[&str]| scene.git_in("mounted elsewhere/link", arguments);
    assert_eq!(git(&["rev-parse", "HEAD"]), head);
    assert_eq!(git(&["status", "--porcelain"]), "");
    assert!(git(&["archive", "--format=tar", "HEAD"]).contains("folder/one"));
    git(&["fsck"]);
}

fn a_signal_asks_for_a_round_and_another_ends_it(scene: &Scene) {
    let sync = scene.start(&[
        "--period=1000s",
        "--sync-on-signal=SIGHUP",
        "--touch-file=touched",
    ]);
    scene.serves(&scene.head());
    scene.eventually("the round ended", || scene.path("root/touched").exists());
    let second = scene.commit("file", "second");
    sync.signal(Signal::SIGHUP);
    scene.serves(&second);
    sync.signal(Signal::SIGTERM);
    sync.end();
}

fn hangup_asks_for_a_round_whatever_signal_was_chosen(scene: &Scene) {
    let mut sync = scene.start(&["--period=1000s", "--sync-on-signal=USR1", "--touch-file=touched"]);
    scene.serves(&scene.head());
    scene.eventually("the round ended", || scene.path("root/touched").exists());
    for (text, signal) in [("second", Signal::SIGHUP), ("third", Signal::SIGUSR1)] {
        let commit = scene.commit("file", text);
        sync.signal(signal);
        scene.serves(&commit);
    }
    assert!(sync.runs());
}

fn a_signal_does_not_wait_for_a_hook(scene: &Scene) {
    let hook = scene.path("hook");
    fs::write(&hook, "#!/bin/sh\ntouch started\nsleep 600\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let hook = format!("--exechook-command={}", hook.display());
    let sync = scene.start(&["--one-time", "--exechook-timeout=600s", &hook]);
    scene.eventually("the hook runs", || scene.path("root/link/started").exists());
    sync.signal(Signal::SIGTERM);
    assert_eq!(sync.end(), Some(130));
}

/// The command as another user of the group that the root belongs to; none where the test may not do that.
fn as_user(scene: &Scene, uid: u32, arguments: &[&str]) -> Option<std::process::Output> {
    if !nix::unistd::Uid::current().is_root() {
        return None;
    }
    let mut command = scene.command(arguments);
    command.uid(uid).gid(2000).env("HOME", "/nonexistent");
    Some(command.output().unwrap())
}

fn users_of_a_group_may_take_turns(scene: &Scene) {
    let root = scene.path("root");
    fs::create_dir(&root).unwrap();
    if nix::unistd::Uid::current().is_root() {
        std::os::unix::fs::chown(&root, Some(1000), Some(2000)).unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o2775)).unwrap();
        fs::set_permissions(scene.stack.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
    for uid in [1001, 1002, 1001] {
        let commit = scene.commit("file", &format!("for {uid}"));
        let arguments = ["--one-time", "--group-write", "--stale-worktree-timeout=1h"];
        let Some(output) = as_user(scene, uid, &arguments) else {
            return;
        };
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert!(!told.contains("WARNING"), "{told}");
        scene.serves(&commit);
    }
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    scene.commit("file", "for nobody");
    let Some(output) = as_user(scene, 1003, &["--one-time"]) else {
        return;
    };
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("let the sync write to its root"), "{told}");
}

fn idle_rounds_change_nothing(scene: &Scene) {
    let _sync = scene.start(&["--touch-file=touched"]);
    scene.eventually("the round ended", || scene.path("root/touched").exists());
    scene.pass_rounds(1);
    let inode = || fs::metadata(scene.path("root/link")).unwrap().ino();
    let packs = scene.names("root/.git/objects/pack");
    let before = (
        inode(),
        fs::symlink_metadata(scene.path("root/link")).unwrap().ino(),
    );
    let seen = scene.pass_rounds(6);
    let after = (
        inode(),
        fs::symlink_metadata(scene.path("root/link")).unwrap().ino(),
    );
    assert_eq!(before, after);
    assert_eq!(packs, scene.names("root/.git/objects/pack"));
    // One short question each: nothing asks for a pack.
    let questions = seen.iter().filter(|request| request.starts_with("GET")).count();
    assert!(seen.len() <= 2 * questions + 1, "{seen:?}");
}

fn submodules_are_checked_out(scene: &Scene) {
    scene.create("inner");
    scene.create("middle");
    scene.git_in(
        "middle",
        &[
            "submodule",
            "--quiet",
            "add",
            &scene.server.url("inner/.git"),
            "inner",
        ],
    );
    scene.commit_in("middle", "file", "middle");
    // Relative to where the repository itself comes from.
    scene.git(&["remote", "add", "origin", &scene.server.url("origin/.git")]);
    scene.git(&["submodule", "--quiet", "add", "../../middle/.git", "sub/middle"]);
    scene.commit("file", "with a submodule");
    // A setting for this sync alone does not catch what is written to the repository.
    scene.once(&["--git-config-add=user.name:sync"]).success();
    scene.git_in_link(&["config", "--local", "submodule.sub/middle.url"]);
    assert_eq!(scene.stack.read("root/link/sub/middle/file"), "middle");
    assert_eq!(scene.stack.read("root/link/sub/middle/inner/file"), "first");
    // git works in submodules too, once everything is in its place.
    assert_eq!(
        scene.git_in("root/link/sub/middle", &["status", "--porcelain"]),
        ""
    );
    scene.git_in_link(&["submodule", "status", "--recursive"]);
    scene.commit_in("inner", "file", "newer");
    scene.git_in("middle/inner", &["pull", "--quiet"]);
    scene.commit_in("middle", "file", "newer middle");
    scene.git_in(
        "origin/sub/middle",
        &["pull", "--quiet", "--no-recurse-submodules"],
    );
    scene.commit("file", "with a newer submodule");
    scene.once(&[]).success();
    assert_eq!(scene.stack.read("root/link/sub/middle/inner/file"), "newer");
    fs::remove_dir_all(scene.path("root/link/sub/middle")).unwrap();
    fs::create_dir(scene.path("root/link/sub/middle")).unwrap();
    scene.once(&[]).success();
    assert_eq!(scene.stack.read("root/link/sub/middle/inner/file"), "newer");
    scene.once(&["--submodules=shallow"]).success();
    assert_eq!(scene.names("root/link/sub/middle/inner"), Vec::<String>::new());
    scene.once(&["--submodules=off"]).success();
    assert_eq!(scene.names("root/link/sub/middle"), Vec::<String>::new());
}

fn the_callers_settings_of_git_do_not_matter(scene: &Scene) {
    let trace = scene.path("trace");
    let mut command = scene.command(&["--one-time"]);
    command
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("GIT_DIR", "/nonexistent")
        .env("GIT_WORK_TREE", "/nonexistent")
        .env("GIT_INDEX_FILE", "/nonexistent")
        .env("GIT_OBJECT_DIRECTORY", "/nonexistent")
        .env("GIT_CONFIG_PARAMETERS", "'http.proxy=http://127.0.0.1:1'")
        .env("GIT_TRACE_CURL", &trace);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    scene.check(&scene.path("root/link"), &scene.head());
    // A trace would hold the password.
    assert!(!trace.exists());
}
