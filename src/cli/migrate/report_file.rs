//! `--report PATH`: what a run did, written to a file in the format that its name ends with.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::migrate::MigrateError;
use crate::migrate::report::{self, RunReport};

/// A report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    path: PathBuf,
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Page,
    Json,
    Text,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
        let format = match end.as_deref() {
            Some("html" | "htm") => Format::Page,
            Some("json") => Format::Json,
            Some("txt") => Format::Text,
            _ => return Err("the name ends with .html, .json or .txt, which says the format".to_owned()),
        };
        Ok(Self { path, format })
    }
}

impl ReportFile {
    /// Looks before the run whether the file can be written, so that nobody waits an hour to be told.
    pub fn check(&self) -> Result<(), MigrateError> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let failed = |source| MigrateError::File {
            action: "write a report into",
            path: folder.to_owned(),
            source,
        };
        let found = folder.metadata().map_err(failed)?;
        if found.is_dir() {
            Ok(())
        } else {
            Err(failed(std::io::ErrorKind::NotADirectory.into()))
        }
    }

    /// Writes it.
    pub fn write(&self, report: &RunReport) -> Result<(), MigrateError> {
        let text = match self.format {
            Format::Page => report::page(report),
            Format::Json => {
                let mut text = serde_json::to_string_pretty(report)
                    .expect("a report has string keys and finite numbers");
                text.push('\n');
                text
            }
            Format::Text => report::text(report),
        };
        std::fs::write(&self.path, text).map_err(|source| MigrateError::File {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_name_says_the_format() {
        let format = |text: &str| text.parse::<ReportFile>().map(|file| file.format);
        assert_eq!(format("out/a.HTML"), Ok(Format::Page));
        assert_eq!(format("a.json"), Ok(Format::Json));
        assert_eq!(format("a.txt"), Ok(Format::Text));
        assert!(format("a.pdf").is_err());
        assert!(format("html").is_err());
    }
}
