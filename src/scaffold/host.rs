//! What the host suggests: a name from the folder, the time zone it runs in.

use std::path::Path;

use crate::model::{StackName, TimeZone};

/// The folder's name made valid, or `myapp`.
#[must_use]
pub fn default_name(folder: &Path) -> StackName {
    let absolute = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = absolute.file_name().unwrap_or_default().to_string_lossy();
    valid_name(&name).unwrap_or_else(|| "myapp".parse().expect("the text is a valid stack name"))
}

fn valid_name(text: &str) -> Option<StackName> {
    let dashed: String = text
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .take(StackName::LIMIT)
        .collect();
    dashed.trim_matches(['-', '_']).parse().ok()
}

/// The time zone of `TZ`, or of the host, or UTC.
#[must_use]
pub fn default_time_zone() -> TimeZone {
    let variable = || std::env::var("TZ").ok();
    let debian = || std::fs::read_to_string("/etc/timezone").ok();
    let link = || {
        let target = std::fs::read_link("/etc/localtime").ok()?;
        let target = target.to_str()?;
        target.split_once("zoneinfo/").map(|(_, name)| name.to_owned())
    };
    let zone = |name: String| match name.trim().trim_start_matches(':') {
        "Etc/UTC" => Some(TimeZone::UTC),
        name => name.parse().ok(),
    };
    variable()
        .and_then(zone)
        .or_else(|| link().and_then(zone))
        .or_else(|| debian().and_then(zone))
        .unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_name_is_made_valid() {
        for (folder, name) in [
            ("My Shop", "my-shop"),
            ("shop_2", "shop_2"),
            ("-x.y-", "x-y"),
            ("été", "t"),
        ] {
            assert_eq!(
                valid_name(folder).map(|name| name.to_string()),
                Some(name.to_owned()),
                "{folder}"
            );
        }
        assert_eq!(valid_name("日本"), None);
    }
}
