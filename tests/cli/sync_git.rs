//! What every backend of sync does with a repository, against real servers: references, histories, worktrees,
//! submodules, credentials, servers that fail, and repositories that were broken.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stackctl::runtime::interrupt::Interrupt;
use stackctl::sync::git::child::ChildGit;
use stackctl::sync::git::{Git, GitError, Login, Verdict};
use stackctl::sync::layout::Layout;
use stackctl::sync::options::{Access, Backend, Gc, Hooks, Options, Pace, Source, Submodules};
use tempfile::TempDir;

use crate::git_server::{Authority, GitServer, Mode, Proxy};
use crate::ssh_server::SshServer;
use crate::upstream::{self, Upstream, git};

/// Makes a backend.
type Make = fn(&Options, Lines) -> Box<dyn Git>;

/// What a backend says besides its answers.
type Lines = Arc<Mutex<Vec<String>>>;

fn libgit2(options: &Options, lines: Lines) -> Box<dyn Git> {
    let log = Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()));
    let program = Path::new(env!("CARGO_BIN_EXE_stackctl"));
    Box::new(ChildGit::new(options, Interrupt::default(), log).with_program(program))
}

/// Each scenario is a function of the backend, so that all of them do the same.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        mod with_libgit2 {
            $(#[test] fn $name() { super::$name(super::libgit2); })*
        }
    };
}

scenarios!(
    references_mean_what_they_mean_to_git,
    a_commit_is_found_by_its_name,
    history_is_as_long_as_asked,
    another_history_or_repository_takes_over,
    a_worktree_is_what_git_would_write,
    unsafe_trees_are_refused,
    submodules_come_along,
    submodules_have_logins_of_their_own,
    damage_is_seen_and_additions_are_not,
    what_the_dead_left_is_swept,
    broken_objects_are_fetched_again,
    the_disk_does_not_fill,
    a_login_is_needed_and_may_change,
    no_server_holds_it_up,
    https_is_trusted_by_its_authority_only,
    a_proxy_is_gone_through,
    ssh_takes_known_hosts_and_keys,
    any_user_may_own_the_root,
    a_repository_on_disk_is_fetched,
);

/// A folder for upstreams, served over HTTP, and a root that follows one of them.
struct Bench {
    folder: TempDir,
    upstream: Upstream,
    server: GitServer,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("stackctl-git-")
            .tempdir()
            .unwrap();
        let served = folder.path().join("served");
        let upstream = Upstream::new(&served.join("app"));
        upstream.write("a.txt", "one\n").commit("one");
        Self {
            server: GitServer::start(&served),
            upstream,
            folder,
        }
    }

    fn served(&self) -> PathBuf {
        self.folder.path().join("served")
    }

    fn options(&self) -> Options {
        options(&self.folder.path().join("root"), &self.server.url("app"))
    }
}

fn options(root: &Path, repo: &str) -> Options {
    fs::create_dir_all(root).unwrap();
    let second = Duration::from_secs(1);
    Options {
        layout: Layout {
            root: root.to_owned(),
            link: root.join("link"),
        },
        source: Source {
            repo: repo.to_owned(),
            reference: "main".to_owned(),
            depth: 1,
            filter: None,
            submodules: Submodules::Recursive,
            sparse_checkout_file: None,
            backend: Backend::Git2,
            git_config: Vec::new(),
            gc: Gc::Always,
        },
        pace: Pace {
            period: second,
            init_period: second,
            jitter: Duration::ZERO,
            max_backoff: second,
            sync_timeout: second,
            one_time: false,
            max_failures: None,
            init_max_failures: None,
            signal: None,
        },
        access: Access::default(),
        hooks: Hooks::default(),
        http: None,
        touch_file: None,
        error_file: None,
        add_user: false,
        group_write: false,
        stale_worktree_timeout: Duration::ZERO,
        keep_worktrees: 0,
        verbosity: 0,
    }
}

/// A backend at work, as the core uses it.
struct Follower {
    root: PathBuf,
    git: Box<dyn Git>,
    logins: Vec<Login>,
    lines: Lines,
}

impl Follower {
    fn new(make: Make, options: &Options) -> Self {
        let lines = Lines::default();
        Self {
            root: options.layout.root.clone(),
            git: make(options, lines.clone()),
            logins: Vec::new(),
            lines,
        }
    }

    fn login(&mut self, url: &str, username: &str, password: &str) {
        self.logins.retain(|login| login.url != url);
        self.logins.push(Login {
            url: url.to_owned(),
            username: username.to_owned(),
            password: password.to_owned(),
        });
    }

    fn fetch(&mut self) -> Result<String, GitError> {
        self.git.prepare(&self.logins, soon())?;
        self.git.fetch(&self.logins, soon())
    }

    /// One round: the worktree of what is fetched.
    fn round(&mut self) -> Result<PathBuf, GitError> {
        let commit = self.fetch()?;
        let worktree = self.root.join(".worktrees").join(&commit);
        if !worktree.exists() {
            let folder = self.root.join(".worktrees/.new-1");
            fs::create_dir_all(folder.parent().unwrap()).unwrap();
            self.git
                .check_out(&commit, &folder, &worktree, &self.logins, soon())?;
            fs::rename(&folder, &worktree).unwrap();
            self.git.tidy(true, soon())?;
        }
        Ok(worktree)
    }

    #[track_caller]
    fn publish(&mut self) -> PathBuf {
        match self.round() {
            Ok(worktree) => worktree,
            Err(error) => panic!("{error:?}\n{}", self.lines.lock().unwrap().join("\n")),
        }
    }

    #[track_caller]
    fn verify(&mut self, worktree: &Path) -> Verdict {
        let commit = worktree.file_name().unwrap().to_str().unwrap();
        self.git.verify(commit, worktree, soon()).unwrap()
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(180)
}

fn commits_of(worktree: &Path) -> usize {
    git(worktree, ["rev-list", "--count", "HEAD"]).parse().unwrap()
}

#[track_caller]
fn assert_clean(worktree: &Path) {
    assert_eq!(
        git(worktree, ["status", "--porcelain"]),
        "",
        "{}",
        worktree.display()
    );
    let commit = worktree.file_name().unwrap().to_str().unwrap();
    assert_eq!(git(worktree, ["rev-parse", "HEAD"]), commit);
}

fn references_mean_what_they_mean_to_git(make: Make) {
    let bench = Bench::new();
    let up = &bench.upstream;
    let one = up.head();
    up.git(["tag", "light"]);
    up.git(["tag", "--annotate", "--message", "x", "both"]);
    up.git(["update-ref", "refs/pull/7/head", &one]);
    up.git(["update-ref", "refs/tags/tree", &format!("{one}^{{tree}}")]);
    let two = up.write("a.txt", "two\n").commit("two");
    up.git(["branch", "both"]);
    up.git(["branch", "feature/x"]);
    let cases = [
        ("main", Some(&two)),
        ("HEAD", Some(&two)),
        ("light", Some(&one)),
        ("both", Some(&one)),
        ("heads/both", Some(&two)),
        ("refs/tags/both", Some(&one)),
        ("feature/x", Some(&two)),
        ("refs/pull/7/head", Some(&one)),
        ("pull/7/head", Some(&one)),
        ("mai", None),
        ("tree", None),
    ];
    for protocol_2 in [true, false] {
        if !protocol_2 {
            bench.server.forget_protocol_2();
        }
        for (reference, commit) in cases {
            let mut options = bench.options();
            reference.clone_into(&mut options.source.reference);
            let mut follower = Follower::new(make, &options);
            match (follower.fetch(), commit) {
                (Ok(found), Some(commit)) => assert_eq!(&found, commit, "{reference}"),
                (Err(GitError::NoReference { reference: named }), None) => assert_eq!(named, reference),
                (found, _) => panic!("{reference}: {found:?}"),
            }
        }
    }
    // A tag that moves is followed, there and back.
    let mut options = bench.options();
    "light".clone_into(&mut options.source.reference);
    let mut follower = Follower::new(make, &options);
    for commit in [&two, &one, &two] {
        up.git(["tag", "--force", "light", commit]);
        assert_eq!(&follower.fetch().unwrap(), commit);
    }
    up.git(["tag", "--force", "--annotate", "--message", "x", "light", &one]);
    assert_eq!(follower.fetch().unwrap(), one);
    // With nothing new, one question is enough.
    bench.server.requests();
    assert_eq!(follower.fetch().unwrap(), one);
    assert_eq!(bench.server.requests().len(), 1);
}

fn a_commit_is_found_by_its_name(make: Make) {
    for is_allowed in ["true", "false"] {
        let bench = Bench::new();
        bench.server.forget_protocol_2();
        let up = &bench.upstream;
        up.git(["config", "uploadpack.allowAnySHA1InWant", is_allowed]);
        let one = up.head();
        up.write("a.txt", "two\n").commit("two");
        let three = up.write("a.txt", "three\n").commit("three");
        for commit in [&one, &three] {
            let mut options = bench.options();
            options.source.reference.clone_from(commit);
            let mut follower = Follower::new(make, &options);
            assert_clean(&follower.publish());
            // Nothing can change, so nobody is asked.
            bench.server.requests();
            assert_eq!(&follower.fetch().unwrap(), commit);
            assert_eq!(bench.server.requests(), [""; 0]);
        }
        let mut options = bench.options();
        "0123456789012345678901234567890123456789".clone_into(&mut options.source.reference);
        let failure = Follower::new(make, &options).fetch().unwrap_err();
        assert!(matches!(failure, GitError::NoReference { .. }), "{failure:?}");
    }
}

fn history_is_as_long_as_asked(make: Make) {
    let bench = Bench::new();
    let up = &bench.upstream;
    for number in 2..=6 {
        up.write("a.txt", format!("{number}\n")).commit("next");
    }
    let mut options = bench.options();
    for (depth, commits) in [(1, 1), (3, 3), (0, 6), (2, 2), (1, 1), (0, 6)] {
        options.source.depth = depth;
        let mut follower = Follower::new(make, &options);
        let worktree = follower.publish();
        if depth > 0 || commits == 6 {
            assert!(commits_of(&worktree) >= commits, "depth {depth}");
        }
        assert_eq!(follower.verify(&worktree), Verdict::Whole);
    }
    // From the beginning, and over updates.
    fs::remove_dir_all(&options.layout.root).unwrap();
    fs::create_dir(&options.layout.root).unwrap();
    options.source.depth = 2;
    let mut follower = Follower::new(make, &options);
    for number in 7..=12 {
        up.write("a.txt", format!("{number}\n")).commit("next");
        let worktree = follower.publish();
        assert_eq!(commits_of(&worktree), 2);
        assert_clean(&worktree);
    }
    options.source.depth = 0;
    let mut follower = Follower::new(make, &options);
    assert_eq!(commits_of(&follower.publish()), 12);
    up.write("a.txt", "13\n").commit("next");
    assert_eq!(commits_of(&follower.publish()), 13);
}

fn another_history_or_repository_takes_over(make: Make) {
    for depth in [0, 1] {
        let bench = Bench::new();
        let up = &bench.upstream;
        let mut options = bench.options();
        options.source.depth = depth;
        let mut follower = Follower::new(make, &options);
        follower.publish();
        up.write("b.txt", "b\n").commit("two");
        follower.publish();
        up.git(["reset", "--quiet", "--hard", "HEAD^"]);
        assert!(!follower.publish().join("b.txt").exists());
        up.git(["checkout", "--quiet", "--orphan", "other"]);
        up.write("c.txt", "c\n").commit("another root");
        up.git(["branch", "--force", "main", "other"]);
        let worktree = follower.publish();
        assert!(worktree.join("c.txt").exists());
        assert_clean(&worktree);

        let other = Upstream::new(&bench.served().join("other"));
        other.write("d.txt", "d\n").commit("of the other");
        options.source.repo = bench.server.url("other");
        let worktree = Follower::new(make, &options).publish();
        assert!(worktree.join("d.txt").exists());
        assert_eq!(
            git(&worktree, ["remote", "get-url", "origin"]),
            options.source.repo
        );
    }
}

/// Every file below a folder, except `.git`: its kind, its mode and its bytes.
fn picture(folder: &Path) -> Vec<(PathBuf, String)> {
    fn add(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap() == ".git" {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).unwrap();
            let mode = metadata.permissions().mode();
            let what = if metadata.is_symlink() {
                format!("{mode:o} -> {}", fs::read_link(&path).unwrap().display())
            } else if metadata.is_dir() {
                add(root, &path, files);
                format!("{mode:o}")
            } else {
                format!(
                    "{mode:o} {:?}",
                    String::from_utf8_lossy(&fs::read(&path).unwrap())
                )
            };
            files.push((path.strip_prefix(root).unwrap().to_owned(), what));
        }
    }
    let mut files = Vec::new();
    add(folder, folder, &mut files);
    files.sort();
    files
}

fn a_worktree_is_what_git_would_write(make: Make) {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new();
    let up = &bench.upstream;
    up.write("run.sh", "#!/bin/sh\n")
        .write("deep/er/x", "x")
        .write("empty", "");
    fs::set_permissions(up.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("run.sh", up.path().join("link")).unwrap();
    symlink("../../outside", up.path().join("deep/dangling")).unwrap();
    up.write("a\nb", "newline")
        .write("\u{fc} and space", "u")
        .write("-rf", "dash");
    up.write(Path::new(std::ffi::OsStr::from_bytes(b"\xff\xfe")), "bytes");
    up.write(
        ".gitattributes",
        "*.bat text eol=crlf\n*.auto text=auto eol=crlf\n*.id ident\n*.bin binary\n*.old crlf\n",
    );
    up.write("x.bat", "a\nb\n")
        .write("x.auto", "a\nb\n")
        .write("x.bin", "a\nb\r\n\0");
    up.write("zero.auto", b"a\n\0\n")
        .write("x.id", "$Id$\n")
        .write("x.old", "a\n");
    up.write("deep/.gitattributes", "*.bat -text\n")
        .write("deep/y.bat", "a\nb\n");
    for number in 0..300 {
        up.write(format!("many/{}/{number}", number % 7), format!("{number}\n"));
    }
    up.commit("everything");
    let clone = bench.folder.path().join("clone");
    git(
        bench.folder.path(),
        ["clone", "--quiet", &bench.server.url("app"), "clone"],
    );

    let options = bench.options();
    let mut follower = Follower::new(make, &options);
    let worktree = follower.publish();
    assert_eq!(picture(&worktree), picture(&clone));
    assert_clean(&worktree);
    assert_eq!(follower.verify(&worktree), Verdict::Whole);
    assert!(
        fs::read_to_string(worktree.join(".git"))
            .unwrap()
            .starts_with("gitdir: ../../.git/worktrees/")
    );
    git(&worktree, ["archive", "HEAD"]);
    git(&worktree, ["fsck", "--no-dangling"]);

    // The volume may be mounted elsewhere.
    let moved = bench.folder.path().join("moved");
    fs::rename(&options.layout.root, &moved).unwrap();
    let worktree = moved.join(".worktrees").join(worktree.file_name().unwrap());
    assert_clean(&worktree);
    let options = self::options(&moved, &options.source.repo);
    let mut follower = Follower::new(make, &options);
    assert_eq!(follower.verify(&worktree), Verdict::Whole);
    follower.git.tidy(true, soon()).unwrap();
    assert_clean(&worktree);
}

fn unsafe_trees_are_refused(make: Make) {
    let bench = Bench::new();
    let up = &bench.upstream;
    let blob = up.git(["hash-object", "-w", "a.txt"]);
    let inner = up.git(["rev-parse", "HEAD^{tree}"]);
    let raw = |mode: &str, name: &str, id: &str| {
        let id = (0..20).map(|index| u8::from_str_radix(&id[index * 2..index * 2 + 2], 16).unwrap());
        [format!("{mode} {name}\0").into_bytes(), id.collect()].concat()
    };
    let trees = [
        raw("40000", ".git", &inner),
        raw("100644", "..", &blob),
        raw("100644", "git~1", &blob),
        raw("120000", ".gitmodules", &blob),
        [raw("120000", "a", &blob), raw("40000", "a", &inner)].concat(),
    ];
    for bytes in trees {
        let file = bench.folder.path().join("tree");
        fs::write(&file, bytes).unwrap();
        let arguments = [
            "hash-object",
            "-w",
            "--literally",
            "-t",
            "tree",
            file.to_str().unwrap(),
        ];
        let tree = up.git(arguments);
        let commit = up.git(["commit-tree", "-m", "evil", &tree]);
        up.git(["update-ref", "refs/heads/main", &commit]);
        let failure = Follower::new(make, &bench.options()).round().unwrap_err();
        assert!(!matches!(failure, GitError::Deadline { .. }), "{failure:?}");
        assert!(!bench.options().layout.root.join(".worktrees/.new-1").exists());
    }
}

/// Adds a submodule as somebody would commit it.
fn add_submodule(up: &Upstream, url: &str, commit: &str, path: &str) {
    let modules = up.path().join(".gitmodules");
    let known = fs::read_to_string(&modules).unwrap_or_default();
    let text = format!("{known}[submodule \"{path}\"]\n\tpath = {path}\n\turl = {url}\n");
    fs::write(modules, text).unwrap();
    up.git(["add", ".gitmodules"]);
    up.git([
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{commit},{path}"),
    ]);
    fs::create_dir_all(up.path().join(path)).unwrap();
    up.git(["commit", "--quiet", "--message", "submodule"]);
}

fn submodules_come_along(make: Make) {
    let bench = Bench::new();
    let inner = Upstream::new(&bench.served().join("inner"));
    inner.write("inner.txt", "inner\n").commit("inner");
    let middle = Upstream::new(&bench.served().join("middle"));
    middle.write("middle.txt", "middle\n").commit("middle");
    add_submodule(&middle, "../inner", &inner.head(), "deep/inner");
    let up = &bench.upstream;
    add_submodule(up, "../middle", &middle.head(), "sub/middle");
    // What is committed may be older than what the server shows.
    middle.write("middle.txt", "newer\n").commit("newer");

    for depth in [0, 1] {
        for submodules in [Submodules::Recursive, Submodules::Shallow, Submodules::Off] {
            let mut options = bench.options();
            options.layout.root = bench.folder.path().join(format!("root-{submodules:?}-{depth}"));
            options.source.submodules = submodules;
            options.source.depth = depth;
            let mut follower = Follower::new(make, &options);
            let worktree = follower.publish();
            let sub = worktree.join("sub/middle");
            let file = |path: &str| fs::read_to_string(sub.join(path)).ok();
            let is_here = submodules != Submodules::Off;
            assert_eq!(file("middle.txt").is_some(), is_here);
            assert_ne!(file("middle.txt").as_deref(), Some("newer\n"));
            assert_eq!(
                file("deep/inner/inner.txt").is_some(),
                submodules == Submodules::Recursive
            );
            assert!(sub.is_dir());
            assert_clean(&worktree);
            assert_eq!(follower.verify(&worktree), Verdict::Whole, "{submodules:?}");
            if is_here {
                assert!(git(&worktree, ["submodule", "status"]).starts_with(' '));
                git(&sub, ["log", "-1"]);
                fs::remove_file(sub.join("middle.txt")).unwrap();
                assert_eq!(follower.verify(&worktree), Verdict::Damaged);
            }
        }
    }

    // The next one is borrowed from what is there, and nothing of the old one stays.
    let options = bench.options();
    let mut follower = Follower::new(make, &options);
    let first = follower.publish();
    add_submodule(up, "../middle", &middle.head(), "second");
    let worktree = follower.publish();
    assert_eq!(
        fs::read_to_string(worktree.join("second/middle.txt")).unwrap(),
        "newer\n"
    );
    fs::remove_dir_all(&first).unwrap();
    follower.git.tidy(true, soon()).unwrap();
    assert_clean(&worktree);
    assert_eq!(follower.verify(&worktree), Verdict::Whole);
    git(&worktree.join("sub/middle"), ["fsck", "--no-dangling"]);

    // One that cannot be had is told, by its path.
    add_submodule(up, "../missing", &inner.head(), "gone");
    let failure = follower.round().unwrap_err();
    assert!(format!("{failure}").contains("gone"), "{failure}");
}

fn submodules_have_logins_of_their_own(make: Make) {
    let bench = Bench::new();
    let other = bench.folder.path().join("elsewhere");
    let secret = Upstream::new(&other.join("secret"));
    secret.write("s.txt", "s\n").commit("secret");
    let server = GitServer::start(&other);
    add_submodule(&bench.upstream, &server.url("secret"), &secret.head(), "secret");
    bench.server.require("me", "for-the-first");
    server.require("you", "for-the-second");
    let mut follower = Follower::new(make, &bench.options());
    follower.login(&bench.server.url("app"), "me", "for-the-first");
    let failure = follower.round().unwrap_err();
    assert!(matches!(failure, GitError::Denied(_)), "{failure:?}");
    assert!(server.requests().iter().all(|request| request.ends_with("401")));
    follower.login(&server.url(""), "you", "for-the-second");
    assert!(follower.publish().join("secret/s.txt").exists());
}

fn damage_is_seen_and_additions_are_not(make: Make) {
    use Verdict::{Damaged, Whole};
    let bench = Bench::new();
    let up = &bench.upstream;
    up.write("b.txt", "bbb\n").write("deep/c", "c");
    symlink("a.txt", up.path().join("link")).unwrap();
    up.commit("more");
    let mut follower = Follower::new(make, &bench.options());
    let worktree = follower.publish();
    let mut check = |what: &str, wanted: Verdict, act: &dyn Fn(&Path)| {
        let commit = worktree.file_name().unwrap().to_str().unwrap();
        act(&worktree);
        assert_eq!(follower.verify(&worktree), wanted, "{what}");
        if wanted == Damaged {
            let folder = worktree.with_file_name(".new-2");
            follower
                .git
                .check_out(commit, &folder, &worktree, &[], soon())
                .unwrap();
            fs::remove_dir_all(&worktree).unwrap();
            fs::rename(&folder, &worktree).unwrap();
            assert_eq!(follower.verify(&worktree), Whole, "{what}");
            assert_clean(&worktree);
        }
    };
    check("nothing", Whole, &|_| {});
    check("more files", Whole, &|at| {
        fs::write(at.join("deep/__pycache__"), "x").unwrap();
    });
    check("touched", Whole, &|at| {
        let file = fs::File::options().append(true).open(at.join("a.txt")).unwrap();
        file.set_modified(std::time::SystemTime::now() + Duration::from_secs(5))
            .unwrap();
    });
    check("edited", Damaged, &|at| {
        fs::write(at.join("b.txt"), "BBB\n").unwrap();
    });
    check("deleted", Damaged, &|at| {
        fs::remove_file(at.join("deep/c")).unwrap();
    });
    check("executable", Damaged, &|at| {
        fs::set_permissions(at.join("a.txt"), fs::Permissions::from_mode(0o755)).unwrap();
    });
    check("another link", Damaged, &|at| {
        fs::remove_file(at.join("link")).unwrap();
        symlink("b.txt", at.join("link")).unwrap();
    });
    check("a file for a link", Damaged, &|at| {
        fs::remove_file(at.join("link")).unwrap();
        fs::write(at.join("link"), "a.txt").unwrap();
    });
    check("emptied", Damaged, &|at| {
        fs::remove_dir_all(at).unwrap();
        fs::create_dir(at).unwrap();
    });
    check("no .git", Damaged, &|at| {
        fs::remove_file(at.join(".git")).unwrap();
    });
    check("another HEAD", Damaged, &|at| {
        let up = git(at, ["rev-parse", "--absolute-git-dir"]);
        fs::write(
            Path::new(&up).join("HEAD"),
            "0123456789012345678901234567890123456789\n",
        )
        .unwrap();
    });
    check("a broken index", Damaged, &|at| {
        let up = git(at, ["rev-parse", "--absolute-git-dir"]);
        fs::write(Path::new(&up).join("index"), "garbage").unwrap();
    });
}

fn what_the_dead_left_is_swept(make: Make) {
    let bench = Bench::new();
    let options = bench.options();
    let worktree = Follower::new(make, &options).publish();
    let repository = options.layout.root.join(".git");
    let name = worktree.file_name().unwrap().to_str().unwrap();
    let locks = [
        "index.lock",
        "shallow.lock",
        "packed-refs.lock",
        "config.lock",
        "HEAD.lock",
        "refs/heads/main.lock",
        "refs/stackctl/fetched.lock",
        "objects/pack/pack_git2_ab12cd",
        "objects/pack/tmp_pack_x",
    ];
    for lock in locks {
        fs::create_dir_all(repository.join(lock).parent().unwrap()).unwrap();
        fs::write(repository.join(lock), "").unwrap();
    }
    fs::write(repository.join(format!("worktrees/{name}/index.lock")), "").unwrap();
    fs::write(repository.join("HEAD"), "").unwrap();
    fs::write(repository.join("config"), "[core").unwrap();
    bench.upstream.write("a.txt", "next\n").commit("next");
    // A new process, as after `kill -9`.
    let mut follower = Follower::new(make, &options);
    assert_clean(&follower.publish());
    assert!(locks.iter().all(|lock| !repository.join(lock).exists()));
    // The served one is untouched.
    assert_eq!(fs::read_to_string(worktree.join("a.txt")).unwrap(), "one\n");
}

fn broken_objects_are_fetched_again(make: Make) {
    type Break = fn(&Path);
    let breaks: [(&str, Break); 4] = [
        ("no packs", |repository| {
            fs::remove_dir_all(repository.join("objects/pack")).unwrap();
        }),
        ("no objects", |repository| {
            fs::remove_dir_all(repository.join("objects")).unwrap();
        }),
        ("flipped bytes", |repository| {
            for entry in fs::read_dir(repository.join("objects/pack")).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "pack") {
                    let mut bytes = fs::read(&path).unwrap();
                    for byte in bytes.iter_mut().skip(12) {
                        *byte ^= 0x55;
                    }
                    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
                    fs::write(&path, bytes).unwrap();
                }
            }
        }),
        ("everything", |repository| fs::remove_dir_all(repository).unwrap()),
    ];
    for (what, act) in breaks {
        let bench = Bench::new();
        let options = bench.options();
        let mut follower = Follower::new(make, &options);
        let served = follower.publish();
        act(&options.layout.root.join(".git"));
        bench.upstream.write("b.txt", "next\n").commit("next");
        // The first round may only find it out.
        let healed = (0..3).any(|_| follower.round().is_ok());
        assert!(healed, "{what}");
        let worktree = follower.publish();
        assert_clean(&worktree);
        assert_eq!(follower.verify(&worktree), Verdict::Whole);
        assert_eq!(
            fs::read_to_string(served.join("a.txt")).unwrap(),
            "one\n",
            "{what}"
        );
    }
}

fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => size_of(&path),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn the_disk_does_not_fill(make: Make) {
    const ROUNDS: usize = 300;
    let bench = Bench::new();
    let up = &bench.upstream;
    // Text that does not compress, so that growth shows.
    let mut seed = 1_u32;
    let mut noise = || {
        let next = |_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'!' + u8::try_from(seed >> 24).unwrap() % 90)
        };
        (0..4096).map(next).collect::<String>()
    };
    let mut stream = String::new();
    for number in 1..=ROUNDS {
        let text = noise();
        let from = match number {
            1 => String::new(),
            _ => format!("from :{}\n", number - 1),
        };
        writeln!(
            stream,
            "commit refs/heads/next\nmark :{number}\ncommitter A <a@example.com> {number} +0000\ndata 1\nx\n\
             {from}M 100644 inline noise\ndata {}\n{text}",
            text.len(),
        )
        .unwrap();
    }
    let input = bench.folder.path().join("stream");
    fs::write(&input, stream).unwrap();
    let imported = upstream::command(up.path())
        .args(["fast-import", "--quiet"])
        .stdin(fs::File::open(&input).unwrap())
        .status()
        .unwrap();
    assert!(imported.success());
    let commits = up.git(["rev-list", "--reverse", "next"]);
    let mut follower = Follower::new(make, &bench.options());
    let repository = follower.root.join(".git");
    let mut biggest = 0;
    for (number, commit) in commits.lines().enumerate() {
        up.git(["update-ref", "refs/heads/main", commit]);
        if number % 10 > 0 {
            assert_eq!(follower.git.fetch(&[], soon()).unwrap(), commit);
            continue;
        }
        let worktree = follower.publish();
        for entry in fs::read_dir(worktree.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            if path != worktree {
                fs::remove_dir_all(path).unwrap();
            }
        }
        biggest = biggest.max(size_of(&repository));
    }
    let worktree = follower.publish();
    follower.git.tidy(true, soon()).unwrap();
    assert!(biggest < 50 * 4096 * 2, "{biggest} bytes");
    let shallow = fs::read_to_string(repository.join("shallow")).unwrap();
    assert!(shallow.lines().count() < 50);
    assert!(fs::read_dir(repository.join("worktrees")).unwrap().count() < 3);
    assert_clean(&worktree);
    git(&worktree, ["fsck", "--no-dangling"]);
}

fn a_login_is_needed_and_may_change(make: Make) {
    let bench = Bench::new();
    bench.server.require("me", "first-secret");
    let mut follower = Follower::new(make, &bench.options());
    let denied = |outcome: Result<String, GitError>| match outcome {
        Err(GitError::Denied(message)) => assert!(!message.contains("secret"), "{message}"),
        other => panic!("{other:?}"),
    };
    denied(follower.fetch());
    follower.login(&bench.server.url("app"), "me", "wrong-secret");
    denied(follower.fetch());
    follower.login(&bench.server.url("app"), "me", "first-secret");
    follower.publish();
    bench.server.require("me", "second-secret");
    denied(follower.fetch());
    follower.login(&bench.server.url("app"), "me", "second-secret");
    bench.upstream.write("a.txt", "two\n").commit("two");
    follower.publish();
    bench.server.set_mode(Mode::Status(403));
    denied(follower.fetch());
    for secret in ["first-secret", "second-secret", "wrong-secret"] {
        let needle = ["grep", "-r", "-l", secret];
        let found = std::process::Command::new(needle[0])
            .args(&needle[1..])
            .arg(&follower.root)
            .output();
        assert_eq!(String::from_utf8(found.unwrap().stdout).unwrap(), "");
        assert!(
            follower
                .lines
                .lock()
                .unwrap()
                .iter()
                .all(|line| !line.contains(secret))
        );
    }
}

fn no_server_holds_it_up(make: Make) {
    let bench = Bench::new();
    let mut follower = Follower::new(make, &bench.options());
    let served = follower.publish();
    bench.upstream.write("a.txt", "two\n".repeat(2000)).commit("two");

    bench.server.set_mode(Mode::Hang);
    let begun = Instant::now();
    follower.login("https://unused.example.com", "me", "shown-nowhere");
    let failure = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            follower
                .git
                .fetch(&follower.logins, begun + Duration::from_secs(2))
        });
        // While it hangs, nobody can see the password.
        while !asking.is_finished() {
            assert_eq!(processes_that_show("shown-nowhere"), [""; 0]);
            std::thread::sleep(Duration::from_millis(50));
        }
        asking.join().unwrap().unwrap_err()
    });
    assert!(
        matches!(failure, GitError::Deadline { .. } | GitError::Other { .. }),
        "{failure:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(60));

    bench.server.set_mode(Mode::Cut(200));
    let failure = follower.fetch().unwrap_err();
    assert!(matches!(failure, GitError::Other { .. }), "{failure:?}");
    bench.server.set_mode(Mode::Status(502));
    let failure = follower.fetch().unwrap_err();
    assert!(matches!(failure, GitError::Other { .. }), "{failure:?}");

    bench.server.set_mode(Mode::Slow(Duration::from_millis(300)));
    let worktree = follower.publish();
    assert_ne!(worktree, served);
    assert_clean(&worktree);
}

/// The command lines and environments that hold a text.
fn processes_that_show(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        for part in ["cmdline", "environ"] {
            // A process may have ended by now.
            let bytes = fs::read(entry.path().join(part)).unwrap_or_default();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(format!("{}/{part}", entry.path().display()));
            }
        }
    }
    found
}

fn https_is_trusted_by_its_authority_only(make: Make) {
    let bench = Bench::new();
    let authority = Authority::new();
    let server = GitServer::start_tls(&bench.served(), &authority);
    let mut options = bench.options();
    options.source.repo = server.url("app");
    let failure = Follower::new(make, &options).fetch().unwrap_err();
    assert!(matches!(failure, GitError::Untrusted(_)), "{failure:?}");
    let file = bench.folder.path().join("ca.pem");
    options.access.ca_file = Some(file.clone());
    let failure = Follower::new(make, &options).fetch().unwrap_err();
    assert!(matches!(failure, GitError::Untrusted(_)), "{failure:?}");
    fs::write(&file, Authority::new().pem()).unwrap();
    let failure = Follower::new(make, &options).fetch().unwrap_err();
    assert!(matches!(failure, GitError::Untrusted(_)), "{failure:?}");
    fs::write(&file, authority.pem()).unwrap();
    assert_clean(&Follower::new(make, &options).publish());
}

fn a_proxy_is_gone_through(make: Make) {
    let bench = Bench::new();
    let proxy = Proxy::start();
    let authority = Authority::new();
    let server = GitServer::start_tls(&bench.served(), &authority);
    let file = bench.folder.path().join("ca.pem");
    fs::write(&file, authority.pem()).unwrap();
    let mut options = bench.options();
    options.access.proxy = Some(proxy.url());
    options.access.ca_file = Some(file);
    options.source.repo = server.url("app");
    assert_clean(&Follower::new(make, &options).publish());
    let asked = proxy.requests();
    assert!(!asked.is_empty());
    let is_tunnel = |request: &String| request.starts_with("CONNECT localhost:");
    assert!(asked.iter().all(is_tunnel), "{asked:?}");
}

fn ssh_takes_known_hosts_and_keys(make: Make) {
    let bench = Bench::new();
    let server = SshServer::start(&bench.folder.path().join("ssh"));
    let hosts = bench.folder.path().join("known_hosts");
    let mut options = bench.options();
    options.source.repo = server.url(bench.upstream.path());
    options.access.ssh_known_hosts = Some(hosts.clone());
    let stranger = server.stranger("stranger");
    let key = server.let_in("ed", "ed25519", &[]);
    let pem = server.let_in("rsa", "rsa", &["-b", "2048", "-m", "PEM"]);
    let openssh = server.let_in("ecdsa", "ecdsa", &[]);
    let garbage = bench.folder.path().join("garbage");
    fs::write(&garbage, "no key\n").unwrap();
    options.access.ssh_key_files = vec![key.clone()];

    let failed = |options: &Options| Follower::new(make, options).fetch().unwrap_err();
    let failure = failed(&options);
    assert!(
        matches!(&failure, GitError::Denied(message) if message.contains("known_hosts")),
        "{failure:?}"
    );
    fs::write(&hosts, "elsewhere ssh-ed25519 AAAA\n").unwrap();
    match failed(&options) {
        GitError::UnknownHost {
            fingerprint,
            changed,
            line,
            ..
        } => {
            assert!(!changed);
            let kinds = ["ed25519", "rsa"].map(|kind| (server.fingerprint(kind), server.known_host(kind)));
            let shown = kinds
                .iter()
                .find(|(known, _)| fingerprint.ends_with(known.as_str()));
            assert_eq!(format!("{line}\n"), shown.unwrap().1);
        }
        failure => panic!("{failure:?}"),
    }
    let other = SshServer::start(&bench.folder.path().join("other"));
    let forged = other.known_host("ed25519");
    let key_of_other = forged.split_once(' ').unwrap().1;
    let name = server.known_host("ed25519").split(' ').next().unwrap().to_owned();
    fs::write(&hosts, format!("{name} {key_of_other}")).unwrap();
    let failure = failed(&options);
    assert!(
        matches!(failure, GitError::UnknownHost { changed: true, .. }),
        "{failure:?}"
    );

    // Either kind of the host's keys may be the known one, also by a hashed name.
    for kind in ["rsa", "ed25519"] {
        fs::write(
            &hosts,
            format!("# hosts\n@revoked * ssh-rsa AAAA\n{}", server.known_host(kind)),
        )
        .unwrap();
        Follower::new(make, &options).publish();
    }
    let hashed = std::process::Command::new("ssh-keygen")
        .args(["-q", "-H", "-f"])
        .arg(&hosts)
        .output()
        .unwrap();
    assert!(hashed.status.success());
    assert!(!fs::read_to_string(&hosts).unwrap().contains("127.0.0.1"));
    Follower::new(make, &options).publish();

    for keys in [
        vec![pem],
        vec![openssh],
        vec![stranger.clone(), garbage, key.clone()],
    ] {
        options.access.ssh_key_files = keys;
        bench.upstream.commit("next");
        assert_clean(&Follower::new(make, &options).publish());
    }
    for keys in [vec![], vec![stranger]] {
        options.access.ssh_key_files = keys;
        let failure = failed(&options);
        assert!(matches!(failure, GitError::Denied(_)), "{failure:?}");
    }
    // The short form, and a file that a group may read.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    options.access.ssh_key_files = vec![key, PathBuf::from("/nonexistent")];
    let authority = options.source.repo.strip_prefix("ssh://").unwrap().to_owned();
    let (authority, path) = authority.split_once('/').unwrap();
    options.source.repo = format!("[{authority}]:/{path}");
    assert_clean(&Follower::new(make, &options).publish());
}

fn any_user_may_own_the_root(make: Make) {
    let bench = Bench::new();
    let options = bench.options();
    Follower::new(make, &options).publish();
    if nix::unistd::Uid::current().is_root() {
        let status = std::process::Command::new("chown")
            .args(["-R", "12345:12345"])
            .arg(&options.layout.root)
            .status()
            .unwrap();
        assert!(status.success());
    }
    bench.upstream.commit("next");
    let mut follower = Follower::new(make, &options);
    let worktree = follower.publish();
    assert_eq!(follower.verify(&worktree), Verdict::Whole);
}

fn a_repository_on_disk_is_fetched(make: Make) {
    let bench = Bench::new();
    for url in [
        format!("file://{}", bench.upstream.path().display()),
        bench.upstream.path().display().to_string(),
    ] {
        let mut options = bench.options();
        options.source.repo = url;
        options.source.depth = 0;
        bench.upstream.commit("next");
        assert_clean(&Follower::new(make, &options).publish());
    }
}

#[test]
fn libgit2_says_what_it_leaves_to_git() {
    let bench = Bench::new();
    let up = &bench.upstream;
    up.write(".gitattributes", "*.big filter=lfs diff=lfs merge=lfs -text\n");
    up.write(
        "x.big",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    );
    up.commit("big");
    let mut options = bench.options();
    let unsupported = |options: &Options| {
        let failure = Follower::new(libgit2, options).round().unwrap_err();
        assert!(matches!(failure, GitError::Unsupported(_)), "{failure:?}");
    };
    unsupported(&options);
    assert_eq!(ChildGit::needs_git_command(&options), None);
    // It would go past the proxy.
    options.access.proxy = Some("http://127.0.0.1:9".to_owned());
    unsupported(&options);
    assert!(ChildGit::needs_git_command(&options).is_some());
    options.access.proxy = None;
    options.source.repo = up.path().display().to_string();
    unsupported(&options);
    assert!(ChildGit::needs_git_command(&options).is_some());
}

#[test]
fn the_child_ends_with_its_parent() {
    let bench = Bench::new();
    // Keeps the request, to ask it again without a parent.
    let request = bench.folder.path().join("request");
    let script = bench.folder.path().join("script");
    fs::write(
        &script,
        format!("#!/bin/sh\nhead -n 1 >'{}'\n", request.display()),
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let options = bench.options();
    Follower::new(libgit2, &options).publish();
    let mut git = ChildGit::new(&options, Interrupt::default(), Arc::new(|_: &str| {})).with_program(&script);
    let failure = git.fetch(&[], soon()).unwrap_err();
    assert!(failure.to_string().contains("without an answer"), "{failure}");

    bench.server.set_mode(Mode::Hang);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_stackctl"));
    std::os::unix::process::CommandExt::process_group(&mut child, 0);
    let mut child = child
        .arg("git-worker")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, &fs::read(&request).unwrap()).unwrap();
    assert!(child.try_wait().unwrap().is_none());
    drop(stdin);
    let ended = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9));
}
