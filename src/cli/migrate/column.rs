//! `--column TABLE.COLUMN=TYPE[:FROM[:ZONE]]`.

use std::str::FromStr;

use crate::diagnostic::{nearest, quoted};
use crate::model::{ColumnSetting, ColumnType, Counting, TimeZone};

/// What is said of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnArgument {
    /// `TABLE.COLUMN`.
    pub name: String,
    /// What it is to be.
    pub setting: ColumnSetting,
}

impl FromStr for ColumnArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A name may hold `=`; no type does.
        let (name, what) = text
            .rsplit_once('=')
            .ok_or("write TABLE.COLUMN=TYPE, such as `users.created_at=timestamptz:epoch-ms`")?;
        let is_named = name
            .split_once('.')
            .is_some_and(|(table, column)| !table.is_empty() && !column.is_empty());
        if !is_named {
            return Err(format!("{} is not TABLE.COLUMN", quoted(name)));
        }
        let mut parts = what.splitn(3, ':');
        let column_type = column_type(parts.next().unwrap_or_default())?;
        // `timestamptz::Europe/Moscow` leaves what numbers count open.
        let from = parts
            .next()
            .filter(|text| !text.is_empty())
            .map(counting)
            .transpose()?;
        let zone = parts.next().map(zone).transpose()?;
        let setting = ColumnSetting::new(column_type, from, zone).map_err(|error| error.to_string())?;
        Ok(Self {
            name: name.to_owned(),
            setting,
        })
    }
}

fn column_type(text: &str) -> Result<ColumnType, String> {
    text.parse()
        .map_err(|error| match nearest(text, ColumnType::names()) {
            Some(near) => format!("{} is not a type; did you mean `{near}`?", quoted(text)),
            None => format!(
                "{} is not a type that a column may be given: {error}",
                quoted(text)
            ),
        })
}

fn counting(text: &str) -> Result<Counting, String> {
    let found = Counting::NAMES.iter().find(|(name, _)| *name == text);
    found.map(|(_, counting)| *counting).ok_or_else(|| {
        let names = Counting::NAMES.map(|(name, _)| format!("`{name}`")).join(", ");
        format!(
            "{} is nothing that numbers count; write one of {names}",
            quoted(text)
        )
    })
}

/// A zone by its name.
pub fn zone(text: &str) -> Result<TimeZone, String> {
    text.parse().map_err(|error| {
        let near = nearest(text, TimeZone::names()).filter(|near| near.contains('/'));
        near.map_or_else(
            || format!("{error}"),
            |near| format!("{} is not a time zone; did you mean `{near}`?", quoted(text)),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ColumnArgument, String> {
        text.parse()
    }

    #[test]
    fn a_column_has_a_type_and_perhaps_what_numbers_count_and_a_zone() {
        let column = read("users.created_at=timestamptz:epoch-ms:Europe/Moscow").unwrap();
        assert_eq!(column.name, "users.created_at");
        assert_eq!(column.setting.column_type, ColumnType::TimestampTz);
        assert_eq!(column.setting.from, Some(Counting::EpochMilliseconds));
        assert_eq!(column.setting.zone.unwrap().to_string(), "Europe/Moscow");
        let column = read("a.b=c=timestamptz::Asia/Tokyo").unwrap();
        assert_eq!((column.name.as_str(), column.setting.from), ("a.b=c", None));
        let column = read("t.price=numeric(10,2)").unwrap();
        assert_eq!(column.setting.column_type, ColumnType::Numeric(Some((10, 2))));
    }

    #[test]
    fn what_can_not_be_is_told() {
        for (text, told) in [
            ("users", "write TABLE.COLUMN=TYPE"),
            ("users=text", "`users` is not TABLE.COLUMN"),
            ("a.b=timestamtz", "did you mean `timestamptz`?"),
            ("a.b=date:millis", "write one of `iso`, `iso-cut`, `epoch-s`"),
            (
                "a.b=timestamptz:iso:Europe/Moskow",
                "did you mean `Europe/Moscow`?",
            ),
            ("a.b=text:epoch-s", "`text` holds neither"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
