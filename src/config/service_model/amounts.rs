//! Amounts that have the right form and that the engine would refuse or take for something else.

use toml::Spanned;

use super::super::healthcheck::Healthcheck;
use super::super::problems::Problems;
use super::super::service::Service;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Duration, Size};

/// Below this the engine makes no container
/// (<https://docs.docker.com/engine/containers/resource_constraints/#limit-a-containers-access-to-memory>).
const LEAST_MEMORY: Size = Size::from_mebibytes(6);
/// Anything longer is a slip of the unit.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

impl Service {
    /// Tells each.
    pub(super) fn check_amounts(&self, problems: &mut Problems) {
        check_container_memory(self.memory.as_ref(), problems);
        if let Some(logging) = &self.logging {
            problems.within("logging", |problems| {
                check_size("max_size", logging.max_size.as_ref(), problems);
            });
        }
        check_duration(
            "stop_grace_period",
            self.stop_grace_period.as_ref(),
            false,
            problems,
        );
        if let Some(table) = &self.healthcheck {
            problems.within("healthcheck", |problems| check_timing(table, problems));
        }
    }
}

fn check_timing(table: &Healthcheck, problems: &mut Problems) {
    check_duration("interval", table.interval.as_ref(), true, problems);
    check_duration("timeout", table.timeout.as_ref(), true, problems);
    check_duration("start_period", table.start_period.as_ref(), false, problems);
}

fn check_duration(key: &str, written: Option<&Spanned<Duration>>, above_zero: bool, problems: &mut Problems) {
    let Some(written) = written else { return };
    let duration = *written.get_ref();
    let fault = if above_zero && duration.get().is_zero() {
        "is no time at all, and the engine takes that for its own default"
    } else if duration > LONGEST {
        "is longer than a year"
    } else {
        return;
    };
    problems.within(key, |problems| {
        problems.push(
            Diagnostic::error(
                Code::InvalidDuration,
                written.span(),
                format!("`{duration}` {fault}"),
            )
            .help("write a time such as `30s`"),
        );
    });
}

/// The engine starts no container with less memory.
pub fn check_container_memory(written: Option<&Spanned<Size>>, problems: &mut Problems) {
    let Some(memory) = written.filter(|memory| *memory.get_ref() < LEAST_MEMORY) else {
        check_size("memory", written, problems);
        return;
    };
    problems.within("memory", |problems| {
        problems.push(
            Diagnostic::error(
                Code::InvalidSize,
                memory.span(),
                format!("`{}` is too little memory for a container", memory.get_ref()),
            )
            .help(format!(
                "the engine takes `{LEAST_MEMORY}` and more; a program needs `64MB` or more"
            )),
        );
    });
}

/// Zero means "no bound" to some readers, and no reader takes more than a signed number holds.
pub fn check_size(key: &str, written: Option<&Spanned<Size>>, problems: &mut Problems) {
    let Some(written) = written else { return };
    let size = *written.get_ref();
    if size.bytes() == 0 || i64::try_from(size.bytes()).is_err() {
        problems.within(key, |problems| {
            problems.push(
                Diagnostic::error(
                    Code::InvalidSize,
                    written.span(),
                    format!("`{size}` can't be used here"),
                )
                .help("write an amount such as `256MB`"),
            );
        });
    }
}
