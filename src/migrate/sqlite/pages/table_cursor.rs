//! Walks the rows of a table in the order of their rowids.

use super::{FILE_HEADER, LONGEST, Pages, varint};

/// The greatest height of a tree: each level has at least two pages for one above.
const DEEPEST: usize = 32;

/// Walks the rows of a table, a tree of pages of which the leaves hold them.
#[derive(Debug)]
pub(in crate::migrate::sqlite) struct TableCursor {
    pages: Pages,
    /// The pages from the root down to a leaf; what lies behind `depth` is memory to be used again.
    levels: Vec<Level>,
    depth: usize,
    /// Pages that were read: a tree that is tied into a loop would give them for ever.
    read: u64,
    /// A payload that goes on on other pages.
    whole: Vec<u8>,
    overflow: Vec<u8>,
}

#[derive(Debug, Default)]
struct Level {
    page: Vec<u8>,
    /// Where the page's own header begins.
    header: usize,
    is_leaf: bool,
    cells: usize,
    /// The cell that comes next; the page to the right of all is behind the last one.
    next: usize,
}

/// What was found: `None` where SQLite must be asked.
type Found<T> = std::io::Result<Option<T>>;

impl TableCursor {
    /// Before the first row with a rowid behind `after`.
    pub(in crate::migrate::sqlite) fn new(pages: Pages, root: u32, after: Option<i64>) -> Found<Self> {
        let mut cursor = Self {
            pages,
            levels: Vec::new(),
            depth: 0,
            read: 0,
            whole: Vec::new(),
            overflow: Vec::new(),
        };
        Ok(cursor.descend(root, after)?.map(|()| cursor))
    }

    /// The next row: its rowid and its record. `Some(None)` behind the last one.
    pub(in crate::migrate::sqlite) fn next(&mut self) -> Found<Option<(i64, &[u8])>> {
        loop {
            let Some(top) = self.depth.checked_sub(1) else {
                return Ok(Some(None));
            };
            let level = &mut self.levels[top];
            let at = level.next;
            if level.is_leaf && at < level.cells {
                level.next += 1;
                let Some((rowid, place)) = row(level, at, self.pages.usable) else {
                    return Ok(None);
                };
                return Ok(self.payload(top, &place)?.map(|payload| Some((rowid, payload))));
            }
            if level.is_leaf || at > level.cells {
                self.depth -= 1;
                continue;
            }
            level.next += 1;
            let Some(child) = level.child(at) else {
                return Ok(None);
            };
            if self.descend(child, None)?.is_none() {
                return Ok(None);
            }
        }
    }

    /// Goes down from a page to the leaf of the first row behind `after`.
    fn descend(&mut self, from: u32, after: Option<i64>) -> Found<()> {
        let mut number = from;
        loop {
            if self.depth == DEEPEST || self.read > u64::from(self.pages.count) {
                return Ok(None);
            }
            self.read += 1;
            if self.levels.len() == self.depth {
                self.levels.push(Level::default());
            }
            let level = &mut self.levels[self.depth];
            if self.pages.read(number, &mut level.page)?.is_none()
                || level.begin(number, self.pages.usable).is_none()
            {
                return Ok(None);
            }
            self.depth += 1;
            if let Some(after) = after {
                let Some(next) = level.find(after) else {
                    return Ok(None);
                };
                level.next = next;
            }
            if level.is_leaf {
                return Ok(Some(()));
            }
            let Some(child) = level.child(level.next) else {
                return Ok(None);
            };
            level.next += 1;
            number = child;
        }
    }

    fn payload(&mut self, top: usize, place: &Place) -> Found<&[u8]> {
        let page = &self.levels[top].page;
        let Some(local) = page.get(place.begin..place.begin + place.local) else {
            return Ok(None);
        };
        if place.local == place.length {
            return Ok(Some(local));
        }
        let Some(first) = page
            .get(place.begin + place.local..)
            .and_then(<[u8]>::first_chunk)
        else {
            return Ok(None);
        };
        self.whole.clear();
        self.whole.extend_from_slice(local);
        let rest = place.length - place.local;
        let first = u32::from_be_bytes(*first);
        let read = self
            .pages
            .read_overflow(first, rest, &mut self.overflow, &mut self.whole)?;
        Ok(read.map(|()| self.whole.as_slice()))
    }
}

/// Where a row's record is.
struct Place {
    begin: usize,
    /// Bytes on the leaf; the rest is on other pages.
    local: usize,
    length: usize,
}

/// The row of a leaf's cell.
fn row(level: &Level, at: usize, usable: usize) -> Option<(i64, Place)> {
    let cell = level.cell(at)?;
    let bytes = level.page.get(cell..usable)?;
    let (length, first) = varint(bytes)?;
    let (rowid, second) = varint(&bytes[first..])?;
    if length > LONGEST {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    // "Cell payload overflow pages" of the format's description.
    let most = usable - 35;
    let local = if length <= most {
        length
    } else {
        let least = (usable - 12) * 32 / 255 - 23;
        let wanted = least + (length - least) % (usable - 4);
        if wanted <= most { wanted } else { least }
    };
    let begin = cell + first + second;
    (begin + local <= usable).then_some((rowid.cast_signed(), Place { begin, local, length }))
}

impl Level {
    /// Reads the header of the page.
    fn begin(&mut self, number: u32, usable: usize) -> Option<()> {
        self.header = if number == 1 { FILE_HEADER } else { 0 };
        self.next = 0;
        self.is_leaf = match self.page[self.header] {
            0x0d => true,
            0x05 => false,
            _ => return None,
        };
        self.cells = usize::from(self.short(self.header + 3)?);
        (self.pointers() + 2 * self.cells <= usable).then_some(())
    }

    /// Where the places of the cells are listed.
    fn pointers(&self) -> usize {
        self.header + if self.is_leaf { 8 } else { 12 }
    }

    fn short(&self, at: usize) -> Option<u16> {
        Some(u16::from_be_bytes(*self.page.get(at..)?.first_chunk()?))
    }

    #[inline]
    fn cell(&self, at: usize) -> Option<usize> {
        let cell = usize::from(self.short(self.pointers() + 2 * at)?);
        (cell >= self.pointers() + 2 * self.cells).then_some(cell)
    }

    /// The page below at this place.
    fn child(&self, at: usize) -> Option<u32> {
        let place = if at == self.cells {
            self.header + 8
        } else {
            self.cell(at)?
        };
        Some(u32::from_be_bytes(*self.page.get(place..)?.first_chunk()?))
    }

    /// The first cell that may lead to a rowid behind this one.
    fn find(&self, after: i64) -> Option<usize> {
        let (mut low, mut high) = (0, self.cells);
        while low < high {
            let middle = low.midpoint(high);
            let cell = self.page.get(self.cell(middle)?..)?;
            let rowid = if self.is_leaf {
                let (_, bytes) = varint(cell)?;
                varint(&cell[bytes..])?.0
            } else {
                varint(cell.get(4..)?)?.0
            };
            if rowid.cast_signed() > after {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }
}
