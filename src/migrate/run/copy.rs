//! The writing half of a table's copy: buffers become binary COPY, chunk by chunk, each committed with its place in the
//! ledger.

use std::io::Write;

use postgres::{Client, CopyInWriter, Transaction};

use super::channel::{Message, Receiving};
use super::ledger::{self, TableState};
use super::progress::Progress;
use super::quarantine;
use super::row::carried;
use crate::migrate::ddl::quoted;
use crate::migrate::plan::TablePlan;

/// What a binary COPY begins with: signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with.
const TRAILER: &[u8] = &(-1i16).to_be_bytes();

/// A table to write.
pub struct Copy<'a> {
    /// The table.
    pub table: &'a TablePlan,
    /// The schema in which it is filled, not quoted.
    pub schema: &'a str,
    /// The run.
    pub migration: i64,
    /// The table's place in the plan.
    pub position: usize,
    /// Whether it is made already.
    pub made: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Copied {
    /// How far it is; `None` where nothing was committed.
    pub progress: Option<Progress>,
    /// Whether that is all of it.
    pub finished: bool,
}

/// Writes until the reader ends; each chunk in a transaction of its own, the first of which makes the table.
/// `kept` gets the rows that are committed, also where a later chunk fails.
pub fn copy(
    client: &mut Client,
    copy: &Copy<'_>,
    from: &Receiving,
    kept: &mut u64,
) -> Result<Copied, postgres::Error> {
    let mut copied = Copied {
        progress: None,
        finished: false,
    };
    let mut made = copy.made;
    while let Some(first) = from.next() {
        let mut transaction = client.transaction()?;
        if !made {
            let create = copy.table.create.replace("{schema}", &quoted(copy.schema));
            transaction.batch_execute(&create)?;
        }
        let Some((progress, finished)) = chunk(&mut transaction, copy, !made, first, from)? else {
            // The reader failed; it tells why.
            return Ok(copied);
        };
        let state = if finished {
            TableState::Copied
        } else {
            TableState::Copying
        };
        ledger::note_rows(&mut transaction, copy.migration, copy.position, state, &progress)?;
        transaction.commit()?;
        *kept = progress.rows_read;
        made = true;
        copied = Copied {
            progress: Some(progress),
            finished,
        };
    }
    Ok(copied)
}

/// Writes up to the end of a chunk; `None` where the reader ended before.
pub fn chunk(
    transaction: &mut Transaction<'_>,
    copy: &Copy<'_>,
    freeze: bool,
    first: Message,
    from: &Receiving,
) -> Result<Option<(Progress, bool)>, postgres::Error> {
    let into_table = statement(copy, freeze);
    let into_quarantine = format!(
        "copy stackctl.quarantine ({}) from stdin with (format binary)",
        quarantine::COLUMNS
    );
    let mut next = Some(first);
    loop {
        next = match next {
            None => return Ok(None),
            Some(Message::Chunk { progress, finished }) => return Ok(Some((*progress, finished))),
            Some(Message::Rows(rows)) => {
                stream(transaction, &into_table, rows, from, |message| match message {
                    Message::Rows(rows) => Ok(rows),
                    other => Err(other),
                })?
            }
            Some(Message::Quarantine(rows)) => stream(
                transaction,
                &into_quarantine,
                rows,
                from,
                |message| match message {
                    Message::Quarantine(rows) => Ok(rows),
                    other => Err(other),
                },
            )?,
        };
    }
}

/// Writes buffers of one kind in one COPY, and gives the first message of another kind.
fn stream(
    transaction: &mut Transaction<'_>,
    statement: &str,
    first: Vec<u8>,
    from: &Receiving,
    same: impl Fn(Message) -> Result<Vec<u8>, Message>,
) -> Result<Option<Message>, postgres::Error> {
    let mut writer = transaction.copy_in(statement)?;
    let mut written = writer.write_all(HEADER);
    let mut buffer = first;
    let behind = loop {
        written = written.and_then(|()| writer.write_all(&buffer));
        from.give_back(buffer);
        if written.is_err() {
            break None;
        }
        match from.next().map(&same) {
            Some(Ok(rows)) => buffer = rows,
            Some(Err(other)) => break Some(other),
            // Without its end the COPY is undone, as it must be when the reader fails.
            None => return Ok(None),
        }
    };
    if written.is_ok() {
        written = writer.write_all(TRAILER);
    }
    end(writer, &written)?;
    Ok(behind)
}

/// Ends a COPY. After a failed write the server's own words are in the answer to its end.
fn end(writer: CopyInWriter<'_>, written: &std::io::Result<()>) -> Result<(), postgres::Error> {
    let answer = writer.finish();
    debug_assert!(written.is_ok() || answer.is_err());
    answer.map(drop)
}

fn statement(copy: &Copy<'_>, freeze: bool) -> String {
    let columns: Vec<String> = carried(copy.table)
        .into_iter()
        .map(|place| quoted(&copy.table.columns[place].name))
        .collect();
    format!(
        "copy {}.{} ({}) from stdin with (format binary{})",
        quoted(copy.schema),
        quoted(&copy.table.name),
        columns.join(", "),
        if freeze { ", freeze true" } else { "" }
    )
}
