//! Code, dependencies and schedule that belong together, and what is next: observe what is published, plan, act.
//!
//! ```text
//! STATE_DIR/generation.json        the active generation, the one before, and whether it is held
//! STATE_DIR/requirements.sha256    of the requirements file of the active generation, as sha256sum prints it
//! STATE_DIR/crontab.sha256         of its crontab
//! STATE_DIR/crontab.runtime.txt    the schedule that runs
//! ```
//!
//! The record is what counts; the other files and the published link follow from it and are written again at each
//! start, so that it does not matter where a process was killed.

mod activate;
mod candidate;
mod error;
mod hold;
mod plan;
mod record;

pub use activate::{Activation, activate, sweep};
pub use candidate::{Candidate, Observed, Places, Published, Stamps, observe, published};
pub use error::GenerationError;
pub use hold::{HoldError, release, rollback};
pub use plan::{Part, Situation, Standing, Step, plan};
pub use record::{Generation, Record, Refused};
