//! Damaged files and any bytes.

use super::*;

/// Crontabs as people have them.
const REAL: [&str; 4] = [
    "SHELL=/bin/bash\nPATH=/sbin:/bin\nMAILTO=\"\"\n# m h dom mon dow command\n17 *\t* * *\tcd / && run-parts --report /etc/cron.hourly\n52 6 1 * * test -x /usr/sbin/anacron || true\n",
    "* * * * * cd /app && \\\n    GIT=$(git pull 2>&1) && \\\n    echo \"[$(date)] $GIT\" >> /var/log/app.log 2>&1\r\n*/1 * * * * python3 /app/a.py\r\n",
    "CRON_TZ=Europe/Amsterdam\n# stackctl: name=report overlap=queue timeout=10m retries=2 catch-up\n30 2 * * mon-fri /usr/bin/report --day \"$(date +\\%F)\"\n@every 90s curl -fsS https://example.com/ping%input%more\n@reboot true",
    "\u{feff}# Утро\n0 9 1,15 JAN-mar,9 Sun '/opt/отчёт.sh' \u{1f600}\n0-59/5,7 */2 */3 * 1-7/2 x\n",
];

/// Whatever is given, it is read or refused, and what is told stands in the text.
fn survives(text: &[u8]) -> Result<(), TestCaseError> {
    match read(text) {
        Ok(jobs) => {
            let ids: std::collections::BTreeSet<JobId> = jobs.iter().map(Job::id).collect();
            prop_assert_eq!(ids.len(), jobs.len());
            prop_assert!(
                jobs.iter()
                    .all(|job| !job.command.contains(&0) && !job.command.is_empty())
            );
        }
        Err(errors) => {
            prop_assert_eq!(errors.text.len(), text.len());
            prop_assert!(!errors.diagnostics.is_empty());
            prop_assert!(!errors.drawn().is_empty());
            for diagnostic in &errors.diagnostics {
                prop_assert!(diagnostic.help.is_some(), "{}", diagnostic.message);
                for label in &diagnostic.labels {
                    prop_assert!(errors.text.get(label.span.clone()).is_some(), "{:?}", diagnostic);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes)?;
    }

    #[test]
    fn any_letters_of_the_format_are_survived(text in "[*0-9/,@ \t\n\r\\\\%='\"#a-f?é-]{0,120}") {
        survives(text.as_bytes())?;
    }

    #[test]
    fn damaged_crontabs_are_survived(
        real in 0..REAL.len(),
        damage in proptest::collection::vec((any::<Index>(), 0..4, any::<u8>()), 1..8),
    ) {
        let mut bytes = REAL[real].as_bytes().to_vec();
        for (place, kind, byte) in damage {
            let place = place.index(bytes.len() + 1).min(bytes.len().saturating_sub(1));
            match kind {
                0 if !bytes.is_empty() => { bytes.remove(place); }
                1 if !bytes.is_empty() => bytes[place] = byte,
                2 => bytes.truncate(place),
                _ => bytes.insert(place.min(bytes.len()), byte),
            }
        }
        survives(&bytes)?;
    }

    #[test]
    fn what_is_written_back_is_the_same_job(
        schedule in proptest::sample::select(vec!["*/5 1-3 * jan,mar *", "@every 90s", "@reboot", "0 0 1 * mon"]),
        command in "[a-z\"'$\\\\%=# é]{0,40}",
        value in "[a-z'$\\\\% é]{0,12}",
    ) {
        // A backslash at the end of a line would continue it.
        let job = only(format!("A=\"{value}z\"\n{schedule} x{command}x"));
        let escaped = |text: &[u8]| String::from_utf8_lossy(text).replace('%', "\\%");
        let value = String::from_utf8_lossy(job.environment.get("A").unwrap());
        let mut text = format!("A = \"{value}\"\n{}  {}", job.schedule, escaped(&job.command));
        if let Some(stdin) = &job.stdin {
            text += "%";
            text += &escaped(stdin.strip_suffix(b"\n").unwrap_or(stdin)).replace('\n', "%");
        }
        let again = only(&text);
        prop_assert_eq!(&again, &job, "{}", text);
        prop_assert_eq!(again.id(), job.id());
    }
}
