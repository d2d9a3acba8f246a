//! Comparing both sides, column by column and then row by row.
