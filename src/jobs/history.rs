//! What ran, and how it ended: JSON lines in the state folder, of bounded size.
//!
//! A run writes one line when it starts and one when it ends; the later line of a run counts. So a start without an
//! end in the file of an agent that is gone is a run that was cut.

pub mod journal;
pub mod outcome;
pub mod read;
pub mod record;

pub use journal::Journal;
pub use outcome::Outcome;
pub use record::{Cause, Record};
