//! A URL that is called with the commit.

use std::path::Path;

use super::hook::{Hook, HookError};
use super::log::Log;
use super::options::Webhook;
use crate::runtime::http_client::{Call, HttpClient};

/// Bytes of an answer that an error shows.
const SHOWN: usize = 1024;

/// The hook.
#[derive(Debug)]
pub struct WebhookCall {
    /// What is called.
    pub options: Webhook,
    /// How it is reached.
    pub client: HttpClient,
    /// Where it is told.
    pub log: Log,
}

impl Hook for WebhookCall {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn call(&self, commit: &str, _worktree: &Path) -> Result<(), HookError> {
        let Webhook {
            url,
            method,
            success_status,
            timeout,
            ..
        } = &self.options;
        self.log
            .info(0, "calling webhook", &[("commit", &commit), ("method", method)]);
        let answer = self.client.send(&Call {
            method,
            url,
            headers: &[("Gitsync-Hash", commit)],
            timeout: *timeout,
            follows: true,
        });
        let answer = answer.map_err(|error| HookError(error.to_string()))?;
        if !matches!(*success_status, 0) && answer.status != *success_status {
            let body: String = answer.body.chars().take(SHOWN).collect();
            return Err(HookError(format!(
                "it answered {} and not {success_status}: {body:?}",
                answer.status
            )));
        }
        self.log.info(
            1,
            "webhook succeeded",
            &[
                ("commit", &commit),
                ("status", &answer.status),
                ("body", &answer.body),
            ],
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::log::tests::Written;
    use super::*;
    use crate::runtime::http_endpoint::{HttpEndpoint, Response};

    fn call(status: u16, success_status: u16) -> Result<(), HookError> {
        let endpoint = HttpEndpoint::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}/hook", endpoint.address().unwrap());
        endpoint
            .serve(move |_| Response::text(status, "the answer"))
            .unwrap();
        let second = Duration::from_secs(20);
        let options = Webhook {
            url,
            method: "POST".to_owned(),
            success_status,
            timeout: second,
            backoff: second,
        };
        let hook = WebhookCall {
            options,
            client: HttpClient::default(),
            log: Written::default().log(0),
        };
        hook.call("abc", Path::new("/"))
    }

    #[test]
    fn the_status_decides_unless_it_is_not_looked_at() {
        assert!(call(200, 200).is_ok());
        assert!(call(404, 0).is_ok());
        let error = call(404, 200).unwrap_err().to_string();
        assert!(error.contains("404") && error.contains("the answer"), "{error}");
    }
}
