//! The signal that asks for a sync now.

use nix::sys::signal::Signal;

use super::config_error::ConfigError;
use super::go_value;

/// The number of a signal that is named `SIGHUP`, `HUP` or `1`; without a name it is SIGHUP's.
pub fn resolve(text: &str) -> Result<i32, ConfigError> {
    if text.is_empty() {
        return Ok(Signal::SIGHUP as i32);
    }
    let signal = match go_value::number(text) {
        Ok(number) => i32::try_from(number)
            .ok()
            .and_then(|number| Signal::try_from(number).ok()),
        Err(_) => text.parse().or_else(|_| format!("SIG{text}").parse()).ok(),
    };
    let Some(signal) = signal else {
        return refused("write the name or the number of a signal, such as `SIGHUP`");
    };
    let number = signal as i32;
    if signal_hook::consts::FORBIDDEN.contains(&number) {
        return refused("this signal can't be caught");
    }
    if matches!(signal, Signal::SIGTERM | Signal::SIGINT | Signal::SIGCHLD) {
        return refused("this signal has another meaning");
    }
    Ok(number)
}

fn refused(reason: &str) -> Result<i32, ConfigError> {
    Err(ConfigError::Value {
        flag: "--sync-on-signal",
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_and_numbers() {
        for (text, number) in [
            ("", 1),
            ("SIGHUP", 1),
            ("HUP", 1),
            ("1", 1),
            ("0xa", 10),
            ("USR2", 12),
        ] {
            assert_eq!(resolve(text).unwrap(), number, "{text}");
        }
        for text in ["KILL", "9", "SIGNOPE", "0", "-1", "999", "TERM"] {
            assert!(resolve(text).is_err(), "{text}");
        }
    }
}
