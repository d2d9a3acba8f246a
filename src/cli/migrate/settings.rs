//! How files are carried: arguments over stack.toml.

use anyhow::anyhow;

use super::column::{self, ColumnArgument};
use crate::cli::failure::Failure;
use crate::migrate::encoding::Moments;
use crate::migrate::observe;
use crate::migrate::plan::{Known, Unknown};
use crate::migrate::settings::{ColumnOverride, Names, Profile, Settings, Source};
use crate::migrate::target_type::TargetType;
use crate::model::{ColumnSetting, ColumnType, Counting, NameStyle, SqliteFile, TimeZone, TypeChoice};

/// How the files are carried.
#[derive(Debug, clap::Args)]
pub struct SettingArguments {
    /// `native`: booleans, moments, numbers, uuid and JSON where declaration and data agree; `affinity`: what SQLite would hand back, for SQL that was written for it
    #[arg(long, value_name = "CHOICE", value_parser = named(TypeChoice::NAMES))]
    types: Option<TypeChoice>,
    /// `exact`: names as they are written; `folded`: in small letters [default: exact, with affinity folded]
    #[arg(long = "names", value_name = "WAY", value_parser = named(NameStyle::NAMES))]
    name_style: Option<NameStyle>,
    /// The zone of moments that are written without one, where a column keeps moments with a zone [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = column::zone)]
    zone: Option<TimeZone>,
    /// Whether foreign keys are made [default: with native types only]
    #[arg(long, value_name = "true|false")]
    foreign_keys: Option<bool>,
    /// What a column is to be, such as `users.created_at=timestamptz:epoch-ms:Europe/Moscow`; `*` stands for any text
    #[arg(long = "column", value_name = "TABLE.COLUMN=TYPE[:FROM[:ZONE]]")]
    columns: Vec<ColumnArgument>,
    /// A table that is left out; `*` stands for any text
    #[arg(long, value_name = "TABLE")]
    skip: Vec<String>,
}

/// One of a few words; clap lists them.
fn named<T: Clone + Send + Sync + 'static, const N: usize>(
    names: [(&'static str, T); N],
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    let words = names.clone().map(|(name, _)| name);
    PossibleValuesParser::new(words).map(move |word| {
        let found = names.iter().find(|(name, _)| *name == word);
        found.expect("the parser takes no other words").1.clone()
    })
}

impl SettingArguments {
    /// Lays them over what stack.toml says. Names that are in none of the files are refused, before data are read.
    pub fn lay_over(&self, sources: &mut [Source]) -> Result<(), Failure> {
        for source in &mut *sources {
            let settings = &mut source.settings;
            if let Some(types) = self.types {
                settings.profile = profile(types);
            }
            settings.names = self.name_style.map(names).or(settings.names);
            settings.zone = self.zone.map(TimeZone::get).or(settings.zone);
            settings.foreign_keys = self.foreign_keys.or(settings.foreign_keys);
        }
        let files: Vec<Option<Known>> = sources.iter().map(known).collect::<Result<_, Failure>>()?;
        for pattern in &self.skip {
            let has = |file: &Known| file.has_table(pattern);
            for place in places(&files, has, |all| all.unknown_table(pattern))? {
                sources[place].settings.skip.push(pattern.clone());
            }
        }
        for column in &self.columns {
            let has = |file: &Known| file.has_column(&column.name);
            for place in places(&files, has, |all| all.unknown_column(&column.name))? {
                let columns = &mut sources[place].settings.columns;
                columns.retain(|name, _| !name.eq_ignore_ascii_case(&column.name));
                columns.insert(column.name.clone(), column_override(&column.setting));
            }
        }
        Ok(())
    }
}

/// The names of a file, after those that stack.toml has of it were compared with them. None of a file that can't be
/// read: whoever reads its data tells why, and a run that goes on with its copy does not need it.
fn known(source: &Source) -> Result<Option<Known>, Failure> {
    let Ok(catalog) = observe::catalog(&source.path) else {
        return Ok(None);
    };
    observe::check_names(source, &catalog)?;
    let mut known = Known::default();
    known.add(&catalog);
    Ok(Some(known))
}

/// The files that have a name; those that can't be read may have it.
fn places(
    files: &[Option<Known>],
    has: impl Fn(&Known) -> bool,
    unknown: impl FnOnce(&Known) -> Unknown,
) -> Result<Vec<usize>, Failure> {
    let may_have = |file: &Option<Known>| file.as_ref().is_none_or(&has);
    let places = files.iter().enumerate().filter(|(_, file)| may_have(file));
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    if !places.is_empty() {
        return Ok(places);
    }
    let mut all = Known::default();
    for file in files.iter().flatten() {
        all.join(file);
    }
    let Unknown { what, hint } = unknown(&all);
    // The same names are checked where stack.toml has them.
    let what = what
        .replacen("`columns` ", "`--column` ", 1)
        .replacen("`skip` ", "`--skip` ", 1);
    let whose = if files.len() == 1 {
        "the file has"
    } else {
        "the files have"
    };
    Err(Failure::usage(anyhow!("{what}, and {whose} none of that name")).hint(hint))
}

/// What stack.toml says of a file.
pub fn of_table(file: &SqliteFile) -> Settings {
    Settings {
        profile: profile(file.types),
        names: file.names.map(names),
        zone: file.zone.map(TimeZone::get),
        foreign_keys: file.foreign_keys,
        skip: file.skip.clone(),
        columns: file
            .columns
            .iter()
            .map(|(name, setting)| (name.clone(), column_override(setting)))
            .collect(),
        ..Settings::default()
    }
}

fn profile(types: TypeChoice) -> Profile {
    match types {
        TypeChoice::Native => Profile::Native,
        TypeChoice::Affinity => Profile::Affinity,
    }
}

fn names(style: NameStyle) -> Names {
    match style {
        NameStyle::Exact => Names::Exact,
        NameStyle::Folded => Names::Folded,
    }
}

fn column_override(setting: &ColumnSetting) -> ColumnOverride {
    ColumnOverride {
        target: target_type(setting.column_type),
        moments: setting.from.map(|from| match from {
            Counting::Iso | Counting::IsoCut => Moments::Iso,
            Counting::EpochSeconds => Moments::EpochS,
            Counting::EpochMilliseconds => Moments::EpochMs,
            Counting::EpochMicroseconds => Moments::EpochUs,
            Counting::CoreData => Moments::CoreData,
            Counting::JulianDay => Moments::JulianDay,
        }),
        zone: setting.zone.map(TimeZone::get),
        cuts: setting.from == Some(Counting::IsoCut),
    }
}

fn target_type(column_type: ColumnType) -> TargetType {
    match column_type {
        ColumnType::Boolean => TargetType::Boolean,
        ColumnType::Integer => TargetType::Integer,
        ColumnType::BigInt => TargetType::BigInt,
        ColumnType::DoublePrecision => TargetType::DoublePrecision,
        ColumnType::Numeric(digits) => TargetType::Numeric(digits),
        ColumnType::Text => TargetType::Text,
        ColumnType::VarChar(length) => TargetType::VarChar(length),
        ColumnType::Bytea => TargetType::Bytea,
        ColumnType::Date => TargetType::Date,
        ColumnType::Time => TargetType::Time,
        ColumnType::Timestamp => TargetType::Timestamp,
        ColumnType::TimestampTz => TargetType::TimestampTz,
        ColumnType::Interval => TargetType::Interval,
        ColumnType::Uuid => TargetType::Uuid,
        ColumnType::Json => TargetType::Json,
        ColumnType::JsonB => TargetType::JsonB,
    }
}
