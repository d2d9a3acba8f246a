//! What is counted of the cells of a column.

/// What a cell may count as; a cell counts as several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tally {
    /// Stored as a whole number.
    Integers,
    /// Stored as a double.
    Reals,
    /// Stored as text.
    Texts,
    /// Stored as bytes.
    Blobs,
    /// The numbers 0 and 1.
    ZeroOne,
    /// Whole numbers that no double is equal to.
    InexactIntegers,
    /// Doubles that are whole numbers of 64 bits.
    WholeReals,
    /// Infinite doubles.
    Infinite,
    /// Text with a NUL character.
    NulTexts,
    /// Text that is no UTF-8.
    BadTexts,
    /// Bytes that are valid text.
    BlobTexts,
    /// Text that says true or false.
    BoolTexts,
    /// `t` and `f`.
    LetterTexts,
    /// Text that is a whole number.
    IntegerTexts,
    /// Text that a double holds.
    DoubleTexts,
    /// Text that is a decimal number.
    DecimalTexts,
    /// UUIDs, as text or bytes.
    Uuids,
    /// Bytes that say of themselves that they are a UUID.
    UuidBlobs,
    /// Text that is an address of IP as PostgreSQL writes it.
    Addresses,
    /// What `json` takes.
    Json,
    /// What `jsonb` takes.
    JsonB,
    /// Text that is a date, or a moment at midnight.
    DateTexts,
    /// Text that is a moment by a clock without a zone, or by that of UTC.
    ClockTexts,
    /// Text that is a moment.
    MomentTexts,
    /// Text that is a moment with a zone.
    ZonedTexts,
    /// Text that is a moment with a zone other than UTC.
    ShiftedTexts,
    /// Text that is a moment within a year of 1970-01-01.
    EpochTexts,
    /// Text that is a time of a day.
    TimeTexts,
    /// Text of a moment with digits behind the microsecond.
    TooPreciseTexts,
    /// Such text with a zone.
    TooPreciseZonedTexts,
    /// Numbers that are plausible as seconds since 1970, and so on.
    Seconds,
    /// Likewise milliseconds.
    Millis,
    /// Likewise microseconds.
    Micros,
    /// Likewise days of Julius.
    Julian,
    /// Numbers that are midnights counted in seconds, and so on.
    MidnightSeconds,
    /// Likewise in milliseconds.
    MidnightMillis,
    /// Likewise in microseconds.
    MidnightMicros,
    /// Likewise in days of Julius.
    MidnightJulian,
    /// Likewise in seconds since 2001.
    MidnightCoreData,
    /// Cells that were too long to be looked at.
    Unread,
}

/// How many there are.
pub(super) const TALLIES: usize = Tally::Unread as usize + 1;
