//! `stackctl sync`: users and passwords reach the server and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use crate::sync_scene::{Scene, on_both_backends};

on_both_backends!(
    a_password_is_read_again_before_each_round,
    a_wrong_password_is_told_without_it,
    a_password_is_nowhere_to_be_read,
    submodules_may_want_another_password,
    a_submodule_beside_its_repository_is_read_with_its_password,
    a_redirect_takes_no_password_along,
);

const SECRET: &str = "s3cr3t-pass/word with='quotes\"";

fn password(scene: &Scene, text: &str) -> Vec<String> {
    fs::write(scene.path("password"), text).unwrap();
    vec![
        "--username=me".to_owned(),
        format!("--password-file={}", scene.path("password").display()),
    ]
}

fn borrowed(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

fn a_password_is_read_again_before_each_round(scene: &Scene) {
    scene.server.require("me", "one");
    let mut flags = password(scene, "one");
    flags.push("--max-failures=-1".to_owned());
    flags.push("--error-file=error".to_owned());
    let _sync = scene.start(&borrowed(&flags));
    scene.serves(&scene.head());
    let commit = scene.commit("file", "second");
    scene.serves(&commit);
    scene.server.require("me", "two");
    scene.eventually("the refusal is told", || scene.path("root/error").exists());
    let commit = scene.commit("file", "third");
    password(scene, "two");
    scene.serves(&commit);
    scene.eventually("the error is gone", || !scene.path("root/error").exists());
}

fn a_wrong_password_is_told_without_it(scene: &Scene) {
    scene.server.require("me", "right");
    let flags = password(scene, SECRET);
    let output = scene.once(&borrowed(&flags));
    assert_ne!(output.code, 0);
    assert!(output.stderr.contains("hint: "), "{}", output.stderr);
    assert!(!output.stderr.contains(SECRET), "{}", output.stderr);
    assert_eq!(scene.served(), None);
}

/// Where a text stands in the arguments or variables of a process that is below `pid`, or is it.
fn in_processes(pid: u32, text: &str) -> Vec<String> {
    let mut family = BTreeSet::from([pid.to_string()]);
    let mut found = Vec::new();
    for _generation in 0..6 {
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let folder = entry.path();
            // A process that has ended can't be read.
            let Ok(stat) = fs::read_to_string(folder.join("stat")) else {
                continue;
            };
            let parent = stat
                .rsplit(')')
                .next()
                .and_then(|rest| rest.split_whitespace().nth(1));
            if parent.is_some_and(|parent| family.contains(parent)) {
                family.insert(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    for pid in &family {
        for file in ["cmdline", "environ"] {
            let bytes = fs::read(Path::new("/proc").join(pid).join(file)).unwrap_or_default();
            if String::from_utf8_lossy(&bytes).contains(text) {
                found.push(format!("{file} of {pid}"));
            }
        }
    }
    found
}

fn in_files(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            in_files(&path, text, found);
        } else if !path.ends_with("password") {
            let bytes = fs::read(&path).unwrap_or_default();
            if String::from_utf8_lossy(&bytes).contains(text) {
                found.push(path.display().to_string());
            }
        }
    }
}

fn a_password_is_nowhere_to_be_read(scene: &Scene) {
    scene.server.require("me", SECRET);
    let mut flags = password(scene, SECRET);
    flags.push("--max-failures=-1".to_owned());
    flags.push("-v=6".to_owned());
    let sync = scene.start(&borrowed(&flags));
    scene.serves(&scene.head());
    for number in 0..5 {
        // Each request leaves git standing there with everything that it was given.
        scene.server.hang(true);
        scene.server.requests();
        scene.eventually("a request came", || !scene.server.requests().is_empty());
        assert_eq!(in_processes(sync.pid(), SECRET), Vec::<String>::new());
        let commit = scene.commit("file", &format!("commit {number}"));
        scene.server.hang(false);
        scene.serves(&commit);
    }
    scene.server.require("me", "another");
    scene.eventually("the refusal is told", || {
        let report = fs::read_to_string(scene.path("root/.stackctl-sync.json"));
        report.is_ok_and(|report| report.contains("\"error\":\""))
    });
    let mut found = Vec::new();
    in_files(scene.stack.path(), SECRET, &mut found);
    assert_eq!(found, Vec::<String>::new());
}

fn submodules_may_want_another_password(scene: &Scene) {
    scene.create("private");
    let other = crate::git_server::GitServer::start(scene.stack.path());
    other.require("you", "two");
    scene.server.require("me", "one");
    // git would ask for a password where the submodule is added, so its address is written down instead.
    let inner = scene.git_in("private", &["rev-parse", "HEAD"]);
    let url = other.url("private/.git");
    scene.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{inner},private"),
    ]);
    fs::write(
        scene.path("origin/.gitmodules"),
        format!("[submodule \"private\"]\n\tpath = private\n\turl = {url}\n"),
    )
    .unwrap();
    scene.git(&["add", ".gitmodules"]);
    scene.git(&["commit", "--quiet", "-m", "with a submodule"]);
    fs::write(scene.path("second"), "two\n").unwrap();
    let credential = format!(
        "--credential={{\"url\":\"{url}\",\"username\":\"you\",\"password-file\":\"{}\"}}",
        scene.path("second").display()
    );
    let mut flags = password(scene, "one");
    flags.push(credential);
    scene.once(&borrowed(&flags)).success();
    assert_eq!(scene.stack.read("root/link/private/file"), "first");
}

/// Adds a submodule by hand: git would ask for a password.
fn add_submodule(scene: &Scene, path: &str, commit: &str, url: &str) {
    let entry = format!("160000,{commit},{path}");
    scene.git(&["update-index", "--add", "--cacheinfo", &entry]);
    let text = format!("[submodule \"{path}\"]\n\tpath = {path}\n\turl = {url}\n");
    fs::write(scene.path("origin/.gitmodules"), text).unwrap();
    scene.git(&["add", ".gitmodules"]);
    scene.git(&["commit", "--quiet", "-m", "with a submodule"]);
}

fn a_submodule_beside_its_repository_is_read_with_its_password(scene: &Scene) {
    scene.create("beside");
    scene.server.require("me", "one");
    let inner = scene.git_in("beside", &["rev-parse", "HEAD"]);
    add_submodule(scene, "inner", &inner, "../../beside/.git");
    scene.once(&borrowed(&password(scene, "one"))).success();
    assert_eq!(scene.stack.read("root/link/inner/file"), "first");
}

/// Answers every request alike, and gives the `Authorization` lines that came.
fn answering(answer: String) -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                if line.to_ascii_lowercase().starts_with("authorization:") {
                    sender.send(line.clone()).unwrap();
                }
                line.clear();
            }
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (port, told)
}

fn a_redirect_takes_no_password_along(scene: &Scene) {
    let end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    let asks = format!("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n{end}");
    for host in ["127.0.0.1", "localhost"] {
        let (thief, stolen) = answering(asks.clone());
        let there = format!("http://{host}:{thief}/x.git/info/refs?service=git-upload-pack");
        let (front, _told) = answering(format!("HTTP/1.1 302 There\r\nLocation: {there}\r\n{end}"));
        let repo = format!("--repo=http://127.0.0.1:{front}/x.git");
        let mut flags = password(scene, SECRET);
        flags.push(repo);
        let output = scene.once(&borrowed(&flags)).code(1);
        assert_eq!(stolen.try_iter().collect::<Vec<_>>(), Vec::<String>::new());
        assert!(output.stderr.contains("ERROR sync failed"), "{}", output.stderr);
    }
}
