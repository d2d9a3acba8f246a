//! Folders in memory.

use super::text::Text;
use crate::model::{Limits, Size};

/// The entries of `tmpfs`. A path that brings options of its own (`/tmp:size=1g`) is left as it is.
pub fn of(paths: &[String], limits: &Limits) -> Vec<Text> {
    // Its pages count as the container's memory: bounded by half of it, a full folder is an error of the
    // program that fills it rather than the end of the container.
    let bound = Size::from_mebibytes((limits.memory.bytes() >> 21).max(1)).to_compose();
    let entry = |path: &String| {
        if path.contains(':') {
            Text::plain(path)
        } else {
            // Docker's own default is noexec, which breaks programs that unpack libraries there.
            Text::plain(format!("{path}:exec,mode=1777,size={bound}"))
        }
    };
    paths.iter().map(entry).collect()
}
