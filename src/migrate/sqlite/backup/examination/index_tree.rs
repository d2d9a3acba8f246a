//! The pages of a copy -> the records of an index, in the order of its tree, without the table being touched.

use crate::migrate::sqlite::pages::{LONGEST, Pages, varint};

/// SQLite's own limit.
const DEEPEST: usize = 20;

/// Why an index can't be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    File(std::io::Error),
    /// It is no tree of records, or one that only SQLite reads.
    Malformed,
    /// An entry is longer than is held in memory.
    Long,
    Interrupted,
}

/// Gives all records of an index to `visit`. `go_on` is asked for each page.
pub(super) fn read(
    pages: &Pages,
    root: u32,
    go_on: &dyn Fn() -> bool,
    visit: &mut dyn FnMut(&[u8]) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut walk = Walk {
        pages,
        left: pages.count(),
        page: std::array::from_fn(|_| Vec::new()),
        record: Vec::new(),
        overflow: Vec::new(),
        go_on,
        visit,
    };
    walk.page(root, 0)
}

struct Walk<'a> {
    pages: &'a Pages,
    /// Pages that may still be met: a tree that is tied into a loop has no end.
    left: u32,
    /// Memory for a page at each depth.
    page: [Vec<u8>; DEEPEST],
    /// Memory for a record that is on more than one page, and for a page of its rest.
    record: Vec<u8>,
    overflow: Vec<u8>,
    go_on: &'a dyn Fn() -> bool,
    visit: &'a mut dyn FnMut(&[u8]) -> Result<(), Unreadable>,
}

impl Walk<'_> {
    fn page(&mut self, number: u32, depth: usize) -> Result<(), Unreadable> {
        if !(self.go_on)() {
            return Err(Unreadable::Interrupted);
        }
        self.left = self.left.checked_sub(1).ok_or(Unreadable::Malformed)?;
        let mut page = std::mem::take(self.page.get_mut(depth).ok_or(Unreadable::Malformed)?);
        // The first page is the schema's.
        if number < 2 {
            return Err(Unreadable::Malformed);
        }
        found(self.pages.read(number, &mut page))?;
        page.truncate(self.pages.usable());
        self.cells(&page, depth)?;
        self.page[depth] = page;
        Ok(())
    }

    fn cells(&mut self, page: &[u8], depth: usize) -> Result<(), Unreadable> {
        let (inner, first) = match page.first() {
            Some(2) => (true, 12),
            Some(10) => (false, 8),
            _ => return Err(Unreadable::Malformed),
        };
        for cell in 0..usize::from(short(page, 3)?) {
            let mut at = usize::from(short(page, first + 2 * cell)?);
            if inner {
                self.page(long(page, at)?, depth + 1)?;
                at += 4;
            }
            self.record(page, at)?;
        }
        if inner {
            self.page(long(page, 8)?, depth + 1)?;
        }
        Ok(())
    }

    fn record(&mut self, page: &[u8], at: usize) -> Result<(), Unreadable> {
        let cell = page.get(at..).ok_or(Unreadable::Malformed)?;
        let (bytes, begin) = varint(cell).ok_or(Unreadable::Malformed)?;
        if bytes > LONGEST {
            return Err(Unreadable::Long);
        }
        let bytes = usize::try_from(bytes).map_err(|_| Unreadable::Long)?;
        let local = local(bytes, self.pages.usable());
        let here = cell.get(begin..begin + local).ok_or(Unreadable::Malformed)?;
        if local == bytes {
            return (self.visit)(here);
        }
        self.record.clear();
        self.record.extend_from_slice(here);
        let next = long(cell, begin + local)?;
        let rest = bytes - local;
        found(
            self.pages
                .read_overflow(next, rest, &mut self.overflow, &mut self.record),
        )?;
        (self.visit)(&self.record)
    }
}

fn found(answer: std::io::Result<Option<()>>) -> Result<(), Unreadable> {
    answer.map_err(Unreadable::File)?.ok_or(Unreadable::Malformed)
}

/// How many of a record's bytes are in the page of its cell.
fn local(bytes: usize, usable: usize) -> usize {
    let most = (usable - 12) * 64 / 255 - 23;
    if bytes <= most {
        return bytes;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let local = least + (bytes - least) % (usable - 4);
    if local <= most { local } else { least }
}

fn short(page: &[u8], at: usize) -> Result<u16, Unreadable> {
    let bytes = page.get(at..).and_then(|rest| rest.first_chunk());
    bytes
        .map(|bytes| u16::from_be_bytes(*bytes))
        .ok_or(Unreadable::Malformed)
}

fn long(page: &[u8], at: usize) -> Result<u32, Unreadable> {
    let bytes = page.get(at..).and_then(|rest| rest.first_chunk());
    bytes
        .map(|bytes| u32::from_be_bytes(*bytes))
        .ok_or(Unreadable::Malformed)
}
