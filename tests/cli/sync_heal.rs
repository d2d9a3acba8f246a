//! `stackctl sync` heals by itself, and what is served stays served meanwhile.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::git_server::Mode;
use crate::sync_scene::{Scene, on_both_backends};

on_both_backends!(
    stale_locks_of_every_kind_are_removed,
    a_damaged_repository_is_made_again,
    damage_is_healed_while_it_runs,
    a_damaged_worktree_is_made_again,
    a_damaged_link_is_made_again,
    readers_see_whole_trees_only_whatever_is_healed,
    killed_at_any_time_it_goes_on,
    rewritten_history_is_followed_without_common_commits,
    a_server_that_hangs_is_given_up_at_the_deadline,
    a_connection_that_is_cut_spoils_nothing_here,
    a_full_disk_is_survived,
    a_worktree_in_use_survives_the_healing_of_its_repository,
    the_disk_stays_bounded,
);

const EVERY_FLAG: &[&str] = &["--max-failures=-1"];

/// Both with nothing new and with a new commit, the next sync is good.
#[track_caller]
fn heals(scene: &Scene, what: &str, damage: impl Fn(&Path)) {
    for has_news in [false, true] {
        scene.once(&[]).success();
        damage(&scene.path("root"));
        if has_news {
            scene.commit("file", what);
        }
        let output = scene.once(&[]);
        assert_eq!(output.code, 0, "{what}: {}", output.stderr);
        is_whole(scene, what);
    }
}

/// Nothing is missing, and nothing is left over.
#[track_caller]
fn is_whole(scene: &Scene, what: &str) {
    let head = scene.head();
    assert_eq!(scene.served().as_ref(), Some(&head), "{what}");
    scene.check(&scene.path("root/link"), &head);
    assert_eq!(scene.git_in_link(&["status", "--porcelain"]), "", "{what}");
    scene.git_in_link(&["fsck"]);
    assert_eq!(
        scene.names("root"),
        [".git", ".stackctl-sync.json", ".worktrees", "link"],
        "{what}"
    );
    assert_eq!(scene.names("root/.worktrees"), [head], "{what}");
    assert_eq!(scene.names("root/.git/worktrees").len(), 1, "{what}");
}

/// The files of this folder whose name ends so.
fn ending(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect()
}

/// Git makes packs read-only.
fn overwrite(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn entry(root: &Path) -> PathBuf {
    ending(&root.join(".git/worktrees"), "").remove(0)
}

fn stale_locks_of_every_kind_are_removed(scene: &Scene) {
    let locks = [
        "HEAD.lock",
        "config.lock",
        "index.lock",
        "packed-refs.lock",
        "shallow.lock",
        "refs/heads/git-sync.lock",
        "refs/stackctl/fetched.lock",
        "refs/remotes/origin/main.lock",
        "objects/info/commit-graph.lock",
        "gc.pid",
    ];
    heals(scene, "locks", |root| {
        let git = root.join(".git");
        for lock in locks {
            let path = git.join(lock);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        for lock in ["index.lock", "HEAD.lock"] {
            fs::write(entry(root).join(lock), "").unwrap();
        }
    });
    // While it runs, too.
    let _sync = scene.start(EVERY_FLAG);
    scene.pass_rounds(1);
    for lock in locks {
        let lock = scene.path("root/.git").join(lock);
        fs::create_dir_all(lock.parent().unwrap()).unwrap();
        fs::write(lock, "").unwrap();
    }
    let commit = scene.commit("file", "behind the locks");
    scene.serves(&commit);
}

fn a_damaged_repository_is_made_again(scene: &Scene) {
    let pack = |root: &Path, end: &str| ending(&root.join(".git/objects/pack"), end);
    let garbage = |path: &'static str| move |root: &Path| fs::write(root.join(path), "garbage [[").unwrap();
    let gone = |path: &'static str| {
        move |root: &Path| {
            let path = root.join(path);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
    };
    heals(scene, "packs cut", |root| {
        for path in pack(root, ".pack") {
            overwrite(&path, |bytes| bytes.truncate(40));
        }
    });
    heals(scene, "packs flipped", |root| {
        for path in pack(root, ".pack") {
            overwrite(&path, |bytes| {
                bytes[12..].iter_mut().for_each(|byte| *byte ^= 0x55);
            });
        }
    });
    heals(scene, "indexes cut", |root| {
        for path in pack(root, ".idx") {
            overwrite(&path, |bytes| bytes.truncate(40));
        }
    });
    heals(scene, "no objects", gone(".git/objects"));
    heals(scene, "no packs", |root| {
        fs::remove_dir_all(root.join(".git/objects/pack")).unwrap();
    });
    heals(scene, "no HEAD", gone(".git/HEAD"));
    heals(scene, "HEAD", garbage(".git/HEAD"));
    heals(scene, "no config", gone(".git/config"));
    heals(scene, "config", garbage(".git/config"));
    heals(scene, "no refs", gone(".git/refs"));
    heals(scene, "shallow", garbage(".git/shallow"));
    heals(scene, "no repository", gone(".git"));
    heals(scene, "a file for a repository", |root| {
        fs::remove_dir_all(root.join(".git")).unwrap();
        fs::write(root.join(".git"), "gitdir: /nowhere").unwrap();
    });
    heals(scene, "no entry of the worktree", gone(".git/worktrees"));
    heals(scene, "index", |root| {
        fs::write(entry(root).join("index"), "garbage").unwrap();
    });
    heals(scene, "no index", |root| {
        fs::remove_file(entry(root).join("index")).unwrap();
    });
    heals(scene, "half-made things", |root| {
        for name in [
            ".stackctl-new-1/x",
            ".worktrees/.stackctl-new-2/y",
            ".worktrees/.stackctl-trash-3/z",
        ] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        symlink("nowhere", root.join(".stackctl-new-4")).unwrap();
        fs::write(root.join(".git/objects/pack/tmp_pack_x"), "half").unwrap();
    });
}

fn damage_is_healed_while_it_runs(scene: &Scene) {
    let _sync = scene.start(EVERY_FLAG);
    scene.serves(&scene.head());
    for (number, damaged) in [".git/objects", ".git/HEAD", ".git/config", ".git"]
        .iter()
        .enumerate()
    {
        scene.pass_rounds(1);
        let path = scene.path("root").join(damaged);
        if path.is_dir() {
            // What git works in at this moment may get a new file.
            while fs::remove_dir_all(&path).is_err_and(|error| error.kind() != std::io::ErrorKind::NotFound) {
            }
        } else {
            fs::write(path, "garbage [[").unwrap();
        }
        let commit = scene.commit("file", &format!("behind damage {number}"));
        scene.serves(&commit);
        scene.eventually("git reads it", || {
            let arguments = ["-C", &scene.path("root/link").display().to_string(), "fsck"].map(str::to_owned);
            let mut git = std::process::Command::new("git");
            git.args(["-c", "safe.directory=*"]).args(arguments);
            git.output().unwrap().status.success()
        });
    }
}

fn a_damaged_worktree_is_made_again(scene: &Scene) {
    heals(scene, "edited", |root| {
        fs::write(root.join("link/folder/one"), "edited").unwrap();
    });
    heals(scene, "a file is gone", |root| {
        fs::remove_file(root.join("link/file")).unwrap();
    });
    heals(scene, "emptied", |root| {
        fs::remove_dir_all(root.join("link/folder")).unwrap();
        fs::remove_file(root.join("link/file")).unwrap();
    });
    heals(scene, "gone", |root| {
        fs::remove_dir_all(root.join("link").canonicalize().unwrap()).unwrap();
    });
    heals(scene, "all gone", |root| {
        fs::remove_dir_all(root.join(".worktrees")).unwrap();
    });
    heals(scene, "a file for a worktree", |root| {
        let worktree = root.join("link").canonicalize().unwrap();
        fs::remove_dir_all(&worktree).unwrap();
        fs::write(worktree, "").unwrap();
    });
    heals(scene, "no .git", |root| {
        fs::remove_file(root.join("link/.git")).unwrap();
    });
    heals(scene, "another .git", |root| {
        fs::write(root.join("link/.git"), "gitdir: /nowhere").unwrap();
    });
    heals(scene, "another commit", |_| {
        fs::write(scene.path("root/link/file"), "unexpected").unwrap();
        scene.git_in_link(&["commit", "--quiet", "--all", "--message=unexpected"]);
    });
    heals(scene, "a worktree of somebody else", |root| {
        let commit = scene.commit("file", "next");
        let folder = root.join(".worktrees").join(&commit).display().to_string();
        scene.git(&["worktree", "add", "--quiet", "--detach", &folder, "--no-checkout"]);
    });
}

fn a_damaged_link_is_made_again(scene: &Scene) {
    let link = |root: &Path, target: Option<&str>| {
        fs::remove_file(root.join("link")).unwrap();
        if let Some(target) = target {
            symlink(target, root.join("link")).unwrap();
        }
    };
    heals(scene, "no link", |root| link(root, None));
    heals(scene, "to nowhere", |root| link(root, Some("/nowhere")));
    heals(scene, "to another folder", |root| link(root, Some(".git")));
    heals(scene, "to itself", |root| link(root, Some("link")));
    let target = scene.path("root/link").canonicalize().unwrap();
    heals(scene, "absolute", |root| {
        link(root, target.to_str());
    });
}

/// Reads as long as the flag says and gives how often; any missing or mixed tree ends the test.
fn read_whole_trees(root: &Path, goes_on: &AtomicBool) -> usize {
    let mut reads = 0;
    while goes_on.load(Ordering::SeqCst) {
        // As a job does: where the link leads now, then everything from there.
        let Ok(worktree) = root.join("link").canonicalize() else {
            panic!("it is not published");
        };
        let texts: Vec<_> = (0..40)
            .map(|number| fs::read_to_string(worktree.join(format!("many/{number}"))))
            .collect();
        if !worktree.exists() {
            // It was old already when it was found.
            continue;
        }
        let first = texts[0].as_ref().unwrap_or_else(|error| panic!("torn: {error}"));
        for text in &texts {
            assert_eq!(text.as_ref().ok(), Some(first), "torn");
        }
        reads += 1;
    }
    reads
}

fn readers_see_whole_trees_only_whatever_is_healed(scene: &Scene) {
    let commit_all = |text: &str| {
        fs::create_dir_all(scene.path("origin/many")).unwrap();
        for number in 0..40 {
            fs::write(scene.path(&format!("origin/many/{number}")), text).unwrap();
        }
        scene.commit("file", text)
    };
    let flags = ["--max-failures=-1", "--stale-worktree-timeout=3600s"];
    let commit = commit_all("first");
    let mut sync = scene.start(&flags);
    scene.serves(&commit);
    let goes_on = AtomicBool::new(true);
    let root = scene.path("root");
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_whole_trees(&root, &goes_on));
        let worktree = |commit: &str| root.join(".worktrees").join(commit);
        for round in 0..4 {
            let commit = commit_all(&format!("round {round}"));
            scene.serves(&commit);
            // What readers do not read is damaged, so that they can tell what healing does to the rest.
            fs::remove_file(worktree(&commit).join("folder/one")).unwrap();
            scene.eventually("the worktree is whole", || {
                worktree(&commit).join("folder/one").exists()
            });
            while fs::remove_dir_all(root.join(".git/objects")).is_err() {}
            let commit = commit_all(&format!("round {round} without objects"));
            scene.serves(&commit);
            sync.kill();
            sync = scene.start(&flags);
        }
        goes_on.store(false, Ordering::SeqCst);
        let reads = reader.join().unwrap();
        assert!(reads > 20, "only {reads} reads");
    });
}

fn killed_at_any_time_it_goes_on(scene: &Scene) {
    scene.once(&[]).success();
    // How long an undisturbed publication takes here.
    let commit = scene.commit("file", "measured");
    let start = Instant::now();
    scene.once(&[]).success();
    let whole = start.elapsed();
    assert_eq!(scene.served(), Some(commit));
    let steps = 24;
    for step in 0..steps {
        let before = scene.served();
        let commit = scene.commit("file", &format!("killed at step {step}"));
        let sync = scene.start(EVERY_FLAG);
        let end = Instant::now() + whole * step / steps;
        scene.eventually("it is time", || Instant::now() >= end);
        sync.kill();
        let served = scene.served();
        assert!(served == before || served.as_ref() == Some(&commit), "{served:?}");
        scene.check(&scene.path("root/link"), &served.unwrap());
        if step % 4 == 3 {
            let output = scene.once(&[]);
            assert_eq!(output.code, 0, "step {step}: {}", output.stderr);
            is_whole(scene, &format!("step {step}"));
        }
    }
}

fn rewritten_history_is_followed_without_common_commits(scene: &Scene) {
    let _sync = scene.start(EVERY_FLAG);
    scene.serves(&scene.head());
    scene.git(&["checkout", "--quiet", "--orphan", "fresh"]);
    let commit = scene.commit("file", "no parent");
    scene.git(&["branch", "--force", "main", &commit]);
    scene.git(&["checkout", "--quiet", "main"]);
    scene.serves(&commit);
}

fn a_server_that_hangs_is_given_up_at_the_deadline(scene: &Scene) {
    let first = scene.head();
    let flags = ["--max-failures=-1", "--sync-timeout=5s", "--error-file=error"];
    let _sync = scene.start(&flags);
    scene.serves(&first);
    scene.server.hang(true);
    scene.eventually("the deadline is told", || {
        fs::read_to_string(scene.path("root/error")).is_ok_and(|text| text.contains("did not end within"))
    });
    scene.check(&scene.path("root/link"), &first);
    let second = scene.commit("file", "second");
    scene.server.hang(false);
    scene.serves(&second);
    scene.eventually("the error is gone", || !scene.path("root/error").exists());
}

fn a_connection_that_is_cut_spoils_nothing_here(scene: &Scene) {
    let _sync = scene.start(EVERY_FLAG);
    let first = scene.head();
    scene.serves(&first);
    scene.server.set_mode(Mode::Cut(60_000));
    fs::write(scene.path("origin/noise"), noise(600_000)).unwrap();
    let commit = scene.commit("file", "with noise");
    scene.eventually("it is told", || {
        scene.log().matches("ERROR sync failed").count() > 1
    });
    assert_eq!(scene.served(), Some(first));
    assert!(!scene.log().contains("healed"), "{}", scene.log());
    scene.server.set_mode(Mode::Serve);
    scene.serves(&commit);
}

/// Letters that take about half of their length in a pack.
fn noise(length: u64) -> String {
    let words = (0..=length / 16).map(|n| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    words.collect()
}

/// A small disk of its own on a folder, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where the test may not mount anything.
    fn mount(folder: PathBuf) -> Option<Self> {
        fs::create_dir(&folder).unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&folder);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then_some(Self(folder))
    }

    /// Fills it to the last byte with a file, whose path is given.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("of-somebody-else");
        let mut file = fs::File::create(&path).unwrap();
        while file.write_all(&[b'x'; 512]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let umount = std::process::Command::new("umount")
            .arg("-l")
            .arg(&self.0)
            .status();
        assert!(umount.unwrap().success());
    }
}

fn a_full_disk_is_survived(scene: &Scene) {
    let Some(disk) = SmallDisk::mount(scene.path("root")) else {
        return;
    };
    let flags = ["--max-failures=-1", "--max-backoff=200ms"];
    let failures = || scene.log().matches("make room in the volume").count();
    let mut sync = scene.start(&flags);
    let mut served = scene.head();
    scene.serves(&served);
    // Too much for the disk, and then less again.
    let noise_of = |text: &str, length: u64| {
        fs::write(scene.path("origin/noise"), noise(length)).unwrap();
        scene.commit("file", text)
    };
    noise_of("too much", 4_000_000);
    scene.eventually("it is told", || failures() > 1);
    scene.check(&scene.path("root/link").canonicalize().unwrap(), &served);
    served = noise_of("less", 1);
    scene.serves(&served);
    // Somebody else fills it; then also with a new start.
    for round in 0..2 {
        let stranger = disk.fill();
        let before = failures();
        let next = noise_of(&format!("again {round}"), 30_000 + round * 1000);
        scene.eventually("it is told", || failures() > before + 1);
        scene.check(&scene.path("root/link").canonicalize().unwrap(), &served);
        sync.kill();
        sync = scene.start(&flags);
        let before = failures();
        scene.eventually("it is told again", || failures() > before + 1);
        scene.check(&scene.path("root/link").canonicalize().unwrap(), &served);
        fs::remove_file(stranger).unwrap();
        scene.serves(&next);
        served = next;
    }
    drop(sync);
}

fn a_worktree_in_use_survives_the_healing_of_its_repository(scene: &Scene) {
    let first = scene.head();
    scene.once(&[]).success();
    let worktree = scene.path("root/.worktrees").join(&first);
    let lease = fs::File::open(&worktree).unwrap();
    lease.lock_shared().unwrap();
    let second = scene.commit("file", "second");
    for path in ending(&scene.path("root/.git/objects/pack"), ".pack") {
        overwrite(&path, |bytes| bytes.truncate(40));
    }
    scene.once(&[]).success();
    scene.check(&scene.path("root/link"), &second);
    scene.check(&worktree, &first);
    let folder = format!("root/.worktrees/{first}");
    assert_eq!(scene.git_in(&folder, &["rev-parse", "HEAD"]), first);
    assert_eq!(scene.git_in(&folder, &["status", "--porcelain"]), "");
    drop(lease);
    scene.once(&[]).success();
    is_whole(scene, "free again");
}

fn the_disk_stays_bounded(scene: &Scene) {
    let size = || {
        let mut total = 0;
        let mut folders = vec![scene.path("root")];
        while let Some(folder) = folders.pop() {
            // What is removed while it is counted no longer counts.
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else { continue };
                if metadata.is_dir() {
                    folders.push(entry.path());
                }
                total += metadata.len() + 512;
            }
        }
        total
    };
    let noise = |seed: u64| -> String {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let letters = (0..20_000).map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'!' + u8::try_from(state % 90).unwrap())
        });
        letters.collect()
    };
    let follow = |numbers: std::ops::Range<u64>| {
        for number in numbers {
            // Each commit brings 20 kB that do not compress.
            let commit = scene.commit("noise", &noise(number));
            let end = Instant::now() + Duration::from_secs(180);
            while scene.served().as_ref() != Some(&commit) {
                assert!(Instant::now() < end, "{}", scene.log());
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    };
    // The other backend collects in a way of its own, and takes no wishes.
    let flags: &[&str] = match scene.backend {
        "git" => &["--period=10ms", "--git-gc=always"],
        _ => &["--period=10ms"],
    };
    let _sync = scene.start(flags);
    follow(0..10);
    scene.eventually("it is tidied up", || {
        scene.names("root/.git/worktrees").len() == 1
    });
    let before = size();
    follow(10..60);
    scene.eventually("it does not grow", || size() < before + 100_000);
    scene.eventually("nothing is left over", || {
        scene.names("root/.worktrees").len() == 1 && scene.names("root/.git/worktrees").len() == 1
    });
    assert!(scene.stack.read("root/.git/shallow").lines().count() < 20);
}
