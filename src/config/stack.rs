//! `[stack]`.

use toml::Spanned;

use super::table::table;
use crate::model::{StackName, TimeZone};

table! {
    /// What holds for the whole stack.
    StackTable {
        /// The stack's name, Compose's project name: lower-case letters, digits, `-` and `_`.
        name: Spanned<StackName>,
        /// `TZ` of every container, an IANA name such as `Europe/Amsterdam`. Default: `UTC`.
        timezone: Spanned<TimeZone>,
    }
}
