//! Texts that people write: addresses of PostgreSQL with a password file, crontabs, and types of columns.

#![no_main]

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use stackctl::crontab::{self, Defaults, Timing};
use stackctl::migrate::postgres::{Surroundings, address};
use stackctl::model::{ColumnType, TimeZone};
use stackctl_fuzz::{panics, scratch};

fuzz_target!(init: panics::abort_at_ours(), |bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let text = std::str::from_utf8(rest);
    match (kind, text) {
        (b'a', Ok(text)) => address(text),
        (b'c', _) => {
            if let Err(errors) = crontab::parse(rest, "crontab", &Defaults::default()) {
                assert!(!errors.lines().is_empty());
                assert!(!errors.drawn().is_empty());
            }
        }
        (b't', Ok(text)) => timing(text),
        (b'k', Ok(text)) => column_type(text),
        _ => {}
    }
});

/// The first line is the address, the others those of a `.pgpass`.
fn address(text: &str) {
    let (typed, lines) = text.split_once('\n').unwrap_or((text, ""));
    // Nothing on this machine is to be read but the file made here.
    if ["passfile", "ssl", "service"]
        .iter()
        .any(|key| typed.contains(key))
    {
        return;
    }
    let home = scratch::path("home");
    std::fs::create_dir_all(&home).expect("a folder is made");
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(home.join(".pgpass"));
    std::io::Write::write_all(&mut file.expect("the file is opened"), lines.as_bytes())
        .expect("it is written");
    let surroundings = Surroundings {
        variable: &|_| None,
        user: Some("somebody".to_owned()),
        home: Some(home),
        sockets: Vec::new(),
    };
    if let Ok(target) = address::target(Some(typed), None, &surroundings) {
        assert!(!target.servers.is_empty());
        let _shown = target.shown();
    }
    let _alone = address::target(None, Some(Path::new("/nowhere")), &surroundings);
}

/// A schedule gives moments that go forward.
fn timing(text: &str) {
    let (zone, schedule) = text.split_once('\n').unwrap_or(("UTC", text));
    let Ok(zone) = zone.parse::<TimeZone>() else {
        return;
    };
    let Ok(timing) = Timing::parse(schedule, zone) else {
        return;
    };
    let mut at = "2026-03-28T12:00:00Z".parse().expect("it is a moment");
    for _ in 0..5 {
        let Some(next) = timing.next_after(at) else { return };
        assert!(next > at, "{next} is not behind {at}");
        assert!(timing.missed(at, next).is_some_and(|missed| missed == next));
        at = next;
    }
}

/// A type that is read is written as one that is read the same.
fn column_type(text: &str) {
    if let Ok(read) = text.parse::<ColumnType>() {
        let _holds = read.holds_moments();
    }
}
