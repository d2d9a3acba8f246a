//! The script that runs one job under another scheduler.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;

use crate::crontab::Job;

/// The file name of a job's script: its place among the jobs, and its name as far as it fits a path.
#[must_use]
pub fn file_name(index: usize, job: &Job) -> String {
    let name: String = job
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(64)
        .collect();
    format!("{index:04}-{name}.sh")
}

/// The script: the variables, then the command by the job's shell. `stdin` is the file that it reads.
///
/// # Errors
/// A value or the command holds a NUL.
pub fn text(job: &Job, variables: &[(OsString, OsString)], stdin: &str) -> io::Result<Vec<u8>> {
    let mut script = b"# Written by stackctl, which runs the job through it.\n".to_vec();
    for (name, value) in variables {
        // What a shell can't name it can't export; other programs would not see it either.
        if is_name(name.as_bytes()) {
            script.extend_from_slice(b"export ");
            script.extend_from_slice(name.as_bytes());
            script.push(b'=');
            script.extend_from_slice(&quoted(value.as_bytes())?);
            script.push(b'\n');
        }
    }
    script.extend_from_slice(b"exec ");
    script.extend_from_slice(&quoted(&job.shell)?);
    script.extend_from_slice(b" -c ");
    script.extend_from_slice(&quoted(&job.command)?);
    script.extend_from_slice(b" <");
    script.extend_from_slice(&quoted(stdin.as_bytes())?);
    script.push(b'\n');
    Ok(script)
}

fn is_name(name: &[u8]) -> bool {
    !name.first().is_none_or(u8::is_ascii_digit)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn quoted(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let quoted = shlex::bytes::try_quote(bytes)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    Ok(quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::crontab::{self, Defaults};

    #[test]
    fn a_script_runs_the_command_with_its_variables_and_input() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = crontab::parse(
            b"* * * * * printf '%s|' \"$A\" $((1 + 1)); cat%it's\n",
            "crontab",
            &Defaults::default(),
        );
        // A `%` is input to cron, so the format above needs none of its own.
        let mut job = jobs.unwrap().remove(0);
        job.command = b"echo \"$A\"; cat".to_vec();
        let stdin = folder.path().join("in put");
        std::fs::write(&stdin, "it's\n").unwrap();
        let variables = [
            ("A".into(), "x 'y' \"z\" $HOME\nnext".into()),
            ("1BAD NAME".into(), "no".into()),
        ];
        let script = text(&job, &variables, stdin.to_str().unwrap()).unwrap();
        let path = folder.path().join(file_name(3, &job));
        std::fs::write(&path, script).unwrap();
        let output = Command::new("/bin/sh").arg(&path).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "x 'y' \"z\" $HOME\nnext\nit's\n",
            "{output:?}"
        );
    }
}
