//! What happens around publishing.

use std::time::Duration;

use super::config_error::ConfigError;
use super::options::{at_least, whole};
use super::values::Values;
use crate::sync::options::{ExecHook, Hooks, Webhook};

/// Shorter times of hooks are slips.
const SHORTEST: Duration = Duration::from_secs(1);

/// Resolves the hooks.
pub fn resolve(values: &Values) -> Result<Hooks, ConfigError> {
    Ok(Hooks {
        pre_publish: exec(
            values,
            "pre-publish-exechook-command",
            ("pre-publish-exechook-timeout", "--pre-publish-exechook-timeout"),
            ("pre-publish-exechook-backoff", "--pre-publish-exechook-backoff"),
        )?,
        exec: exec(
            values,
            "exechook-command",
            ("exechook-timeout", "--exechook-timeout"),
            ("exechook-backoff", "--exechook-backoff"),
        )?,
        webhook: webhook(values)?,
    })
}

type Named = (&'static str, &'static str);

fn exec(
    values: &Values,
    command: &str,
    timeout: Named,
    backoff: Named,
) -> Result<Option<ExecHook>, ConfigError> {
    let Some(command) = values.filled(command) else {
        return Ok(None);
    };
    Ok(Some(ExecHook {
        command: command.to_owned(),
        timeout: at_least(values, timeout.0, timeout.1, SHORTEST)?,
        backoff: at_least(values, backoff.0, backoff.1, SHORTEST)?,
    }))
}

fn webhook(values: &Values) -> Result<Option<Webhook>, ConfigError> {
    let Some(url) = values.filled("webhook-url") else {
        return Ok(None);
    };
    let flag = "--webhook-success-status";
    let success_status = match values.number("webhook-success-status") {
        // Former versions wrote it so.
        -1 => 0,
        _ => whole(values, "webhook-success-status", flag)?,
    };
    Ok(Some(Webhook {
        url: url.to_owned(),
        method: values.text("webhook-method").to_owned(),
        success_status,
        timeout: at_least(values, "webhook-timeout", "--webhook-timeout", SHORTEST)?,
        backoff: at_least(values, "webhook-backoff", "--webhook-backoff", SHORTEST)?,
    }))
}
