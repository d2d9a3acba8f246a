//! What a tree's .gitattributes say about its files, by git's rules.

use std::path::Path;

use git2::{AttrCheckFlags, AttrValue, Index, Oid, Repository};

use super::super::child::Failure;
use super::conversion::{Conversion, LineEnds};
use super::tree::{Entry, Listing};

/// How files are written, by the attributes of one tree.
pub struct Attributes<'a> {
    repository: &'a Repository,
    /// Whether anything could ask for a change; most trees have no attributes at all.
    is_needed: bool,
    /// Where a file is text: CR and LF.
    text_is_crlf: bool,
    /// What `core.autocrlf` says of files without attributes.
    automatic: Option<LineEnds>,
}

impl<'a> Attributes<'a> {
    /// Reads those of a listed tree. The repository's own index in memory becomes that of the tree.
    pub fn of(repository: &'a Repository, commit: Oid, listing: &Listing) -> Result<Self, Failure> {
        let config = repository.config()?.snapshot()?;
        let automatic = config
            .get_str("core.autocrlf")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_automatic = matches!(automatic.as_str(), "true" | "yes" | "on" | "1");
        let text_is_crlf = is_automatic
            || (automatic != "input"
                && config
                    .get_str("core.eol")
                    .is_ok_and(|eol| eol.eq_ignore_ascii_case("crlf")));
        let is_attributes =
            |entry: &Entry| entry.path.rsplit(|byte| *byte == b'/').next() == Some(b".gitattributes");
        let has_own = repository.commondir().join("info/attributes").exists();
        let is_needed = is_automatic || has_own || listing.entries.iter().any(is_attributes);
        if is_needed {
            let mut index = Index::new()?;
            index.read_tree(&repository.find_commit(commit)?.tree()?)?;
            repository.set_index(&mut index)?;
        }
        Ok(Self {
            repository,
            is_needed,
            text_is_crlf,
            automatic: is_automatic.then_some(LineEnds::CrlfIfText),
        })
    }

    /// What is done to a file on its way to the worktree.
    pub fn conversion(&self, path: &Path) -> Result<Conversion, Failure> {
        if !self.is_needed {
            return Ok(Conversion::NONE);
        }
        if let AttrValue::String(encoding) = self.value(path, "working-tree-encoding")? {
            return Err(Failure::Unsupported(format!(
                "`{}` is to be written as {encoding}, which libgit2 can't do",
                path.display()
            )));
        }
        Ok(Conversion {
            line_ends: self.line_ends(path)?,
            expands_id: self.value(path, "ident")? == AttrValue::True,
        })
    }

    /// Whether Git LFS keeps the file's contents.
    pub fn is_in_lfs(&self, path: &Path) -> Result<bool, Failure> {
        Ok(self.is_needed && self.value(path, "filter")? == AttrValue::String("lfs"))
    }

    fn line_ends(&self, path: &Path) -> Result<LineEnds, Failure> {
        // `crlf` is the old name of `text`.
        let text = match self.value(path, "text")? {
            AttrValue::Unspecified => self.value(path, "crlf")?,
            value => value,
        };
        let is_auto = text == AttrValue::String("auto");
        if text == AttrValue::False {
            return Ok(LineEnds::Kept);
        }
        let text_ends = if is_auto {
            LineEnds::CrlfIfText
        } else {
            LineEnds::Crlf
        };
        match self.value(path, "eol")? {
            AttrValue::String("lf") => return Ok(LineEnds::Kept),
            AttrValue::String("crlf") => return Ok(text_ends),
            _ => {}
        }
        Ok(match text {
            AttrValue::True if self.text_is_crlf => LineEnds::Crlf,
            AttrValue::String("auto") if self.text_is_crlf => LineEnds::CrlfIfText,
            AttrValue::Unspecified => self.automatic.unwrap_or(LineEnds::Kept),
            _ => LineEnds::Kept,
        })
    }

    fn value(&self, path: &Path, name: &str) -> Result<AttrValue<'_>, Failure> {
        let flags = AttrCheckFlags::INDEX_ONLY | AttrCheckFlags::NO_SYSTEM;
        Ok(AttrValue::from_bytes(
            self.repository.get_attr_bytes(path, name, flags)?,
        ))
    }
}
