//! What a run did, as data, as text and as a page.

pub mod run_report;

pub use run_report::{
    Backup, FileReport, FileState, PhaseTime, RowDifference, RowDifferenceKind, RunReport, TableReport,
    VerifiedFile, VerifiedTable, VerifyReport,
};
