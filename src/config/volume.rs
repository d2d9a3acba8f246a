//! `[volumes.NAME]`.

use toml::Spanned;

use super::table::table;

table! {
    /// A named volume with settings.
    Volume {
        /// Whether several services may write it. Default: `false`.
        shared: Spanned<bool>,
    }
}
