//! Which profile suits a file, and why.

use super::draft::Draft;
use crate::migrate::settings::Profile;
use crate::migrate::typing::Framework;

/// The advice, in a sentence or two.
pub(super) fn advice(draft: &Draft<'_>) -> String {
    let _ = (draft, Profile::Native, Framework::Django);
    String::new()
}
