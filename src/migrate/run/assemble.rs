//! What became of each file, from the ledger.

use postgres::GenericClient;

use super::file::File;
use super::ledger::{self, Kept};
use super::{RunOptions, refusal};
use crate::migrate::MigrateError;
use crate::migrate::misfit::{self, MisfitCell};
use crate::migrate::plan::FilePlan;
use crate::migrate::report::{FileReport, FileState, PhaseTime, TableReport};

/// How many cells of the quarantine a report names; all are in the ledger.
const NAMED: usize = 1000;

/// The reports before the last step.
pub fn assemble(
    client: &mut impl GenericClient,
    options: &RunOptions,
    files: &[File<'_>],
    times: &[[f64; 3]],
) -> Result<Vec<FileReport>, MigrateError> {
    let mut reports = Vec::new();
    for (file, [copy, build, verify]) in files.iter().zip(times) {
        let mut report = one(file, &ledger::tables(client, file.migration)?);
        for (name, seconds) in [("copy", *copy), ("build", *build), ("verify", *verify)] {
            report.phases.push(PhaseTime {
                name: name.to_owned(),
                seconds,
            });
        }
        reports.push(report);
    }
    settle(&mut reports, options.accept_quarantine);
    Ok(reports)
}

/// Whether all files may be moved into their schemas.
#[must_use]
pub fn is_ready(reports: &[FileReport]) -> bool {
    reports
        .iter()
        .all(|report| matches!(report.state, FileState::Done | FileState::DoneWithQuarantine))
}

/// The states that the files get: a run is a unit, so that what keeps one back keeps all.
fn settle(reports: &mut [FileReport], accept: bool) {
    let differ = reports
        .iter()
        .flat_map(|report| &report.tables)
        .any(|table| table.verified != Some(true));
    let held = !accept
        && reports
            .iter()
            .any(|report| report.quarantined > 0 || report.keys_lost > 0);
    for report in reports {
        report.state = if differ {
            FileState::Unfinished
        } else if held {
            FileState::Held
        } else if report.quarantined > 0 {
            FileState::DoneWithQuarantine
        } else {
            FileState::Done
        };
    }
}

/// Cells of each column and reason.
fn named(plan: &FilePlan) -> Vec<MisfitCell> {
    let cells: Vec<_> = plan.tables.iter().flat_map(|table| &table.misfits).collect();
    let named = misfit::shared(&cells, NAMED, |one, other| one.is_like(other));
    named.into_iter().copied().cloned().collect()
}

fn one(file: &File<'_>, kept: &[Kept]) -> FileReport {
    let plan = &file.plan;
    let tables: Vec<TableReport> = plan
        .tables
        .iter()
        .zip(kept)
        .map(|(table, kept)| table_report(&table.source, &table.name, kept))
        .collect();
    let refused = plan
        .tables
        .iter()
        .zip(kept)
        .flat_map(|(table, kept)| refusal::of_table(table, kept));
    FileReport {
        state: FileState::Unfinished,
        backup: file.backup.clone(),
        changed_since: file.changed_since(),
        quarantine: named(plan),
        quarantined: tables
            .iter()
            .map(|table| table.rows_quarantined + table.cells_quarantined)
            .sum(),
        not_carried: plan.not_carried.iter().cloned().chain(refused).collect(),
        keys_lost: plan
            .tables
            .iter()
            .zip(kept)
            .map(|(table, kept)| refusal::keys_lost(table, kept))
            .sum(),
        orphans: plan
            .tables
            .iter()
            .flat_map(|table| table.orphans.clone())
            .collect(),
        phases: file
            .phases
            .iter()
            .map(|(name, seconds)| PhaseTime {
                name: (*name).to_owned(),
                seconds: *seconds,
            })
            .collect(),
        plan: plan.clone(),
        tables,
    }
}

fn table_report(source: &str, name: &str, kept: &Kept) -> TableReport {
    let mut report = TableReport {
        source: source.to_owned(),
        name: name.to_owned(),
        build_seconds: kept.build_seconds,
        verified: kept.differing.as_ref().map(Vec::is_empty),
        differing: kept.differing.clone().unwrap_or_default(),
        ..TableReport::default()
    };
    if let Some(progress) = &kept.progress {
        report.rows_read = progress.rows_read;
        report.rows_written = progress.digest.rows;
        report.rows_quarantined = progress.rows_quarantined;
        report.cells_quarantined = progress.cells_quarantined;
        report.bytes = progress.bytes;
        report.copy_seconds = progress.seconds;
    }
    report
}
