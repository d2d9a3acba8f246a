//! Hooks of a sync.

use toml::Spanned;

use super::super::problems::Problems;
use super::super::secret_in_clear;
use super::{ExecHook, Webhook};
use crate::diagnostic::{Code, Diagnostic, Span, quoted};
use crate::model::{Duration, ExecHook as ExecHookModel, Webhook as WebhookModel};

impl ExecHook {
    /// The valid hook; `header` is where its sync stands.
    pub(super) fn convert(&self, header: Span, problems: &mut Problems) -> Option<ExecHookModel> {
        if self.command.is_none() && !self.unreadable.contains(&"command") {
            problems.push(missing(
                "command",
                header,
                "write the executable's path, without arguments",
            ));
        }
        Some(ExecHookModel {
            command: self.command.as_ref()?.get_ref().clone(),
            timeout: time(self.timeout.as_ref()),
            backoff: time(self.backoff.as_ref()),
        })
    }
}

impl Webhook {
    /// The valid hook; `header` is where its sync stands.
    pub(super) fn convert(&self, header: Span, problems: &mut Problems) -> Option<WebhookModel> {
        if self.url.is_none() && !self.unreadable.contains(&"url") {
            problems.push(missing("url", header, "write the address that is called"));
        }
        let url = self.url.as_ref()?;
        let text = url.get_ref();
        let problem = |code, message: &str| Diagnostic::error(code, url.span(), message);
        let fault = if let Some(reason) = secret_in_clear::suspect_text(text) {
            Some(
                problem(Code::SecretInClear, "the address holds a secret")
                    .labelled(reason)
                    .help("call an address of the stack's network that needs none"),
            )
        } else if !text.starts_with("http://") && !text.starts_with("https://") {
            Some(
                problem(Code::InvalidValue, &format!("{} is not an address", quoted(text)))
                    .help("it starts with `https://` or `http://`"),
            )
        } else {
            None
        };
        if let Some(fault) = fault {
            problems.within("url", |problems| problems.push(fault));
        }
        let status = self.success_status.as_ref().map(|status| *status.get_ref());
        Some(WebhookModel {
            url: text.clone(),
            method: self.method.as_ref().map(|method| method.get_ref().clone()),
            success_status: status.and_then(|status| u16::try_from(status).ok()),
            timeout: time(self.timeout.as_ref()),
            backoff: time(self.backoff.as_ref()),
        })
    }
}

fn time(written: Option<&Spanned<Duration>>) -> Option<Duration> {
    written.map(|time| *time.get_ref())
}

fn missing(key: &str, header: Span, help: &str) -> Diagnostic {
    Diagnostic::error(Code::MissingKey, header, format!("missing key `{key}` in a hook")).help(help)
}
