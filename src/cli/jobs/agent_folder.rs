//! Which agent is meant, and one request to it.

use std::path::PathBuf;

use crate::cli::{Failure, Outcome};
use crate::error::ExitCode;
use crate::jobs::control::client::ask;
use crate::jobs::control::{Reply, Request};
use crate::ui::Ui;

/// Which agent is meant.
#[derive(Debug, clap::Args)]
pub struct AgentFolder {
    /// Where the agent keeps its state
    #[arg(
        long,
        value_name = "DIR",
        env = "STATE_DIR",
        default_value = "/var/lib/app-state"
    )]
    pub state_dir: PathBuf,
}

impl AgentFolder {
    /// Asks for something to be done, and tells what was.
    pub fn tell(&self, request: &Request, ui: &Ui) -> Outcome {
        let reply = self.ask(request)?;
        if let Reply::Done { message } = reply {
            ui.result(&serde_json::json!({ "done": message }), |_| message.clone());
        }
        Ok(ExitCode::Done)
    }

    /// Asks the agent.
    pub fn ask(&self, request: &Request) -> Result<Reply, Failure> {
        Ok(ask(&self.state_dir, request)?)
    }
}
