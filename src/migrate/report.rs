//! What a run did, as data, as text and as a page.

pub mod amount;
pub mod left_out;
mod page;
pub mod run_report;
mod text;
mod verify_text;

pub use page::page;
pub use run_report::{
    Backup, FileReport, FileState, PhaseTime, RowDifference, RowDifferenceKind, RunReport, TableReport,
    VerifiedFile, VerifiedTable, VerifyReport,
};
pub use text::text;
pub use verify_text::verify_text;

#[cfg(test)]
mod tests;
