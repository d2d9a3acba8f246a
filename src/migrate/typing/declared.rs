//! The declared type of a column -> what it asks for.
//!
//! SQLite takes any words as a type and goes by five rules (<https://sqlite.org/datatype3.html>, 3.1), the first that
//! matches: a name with `INT` is for whole numbers (also `FLOATING POINT`), with `CHAR`, `CLOB` or `TEXT` for text, with
//! `BLOB` or none at all for anything, with `REAL`, `FLOA` or `DOUB` for doubles, any other for numbers where cells are
//! such. Names by which people mean more than these rules are known before them, and one that says both `INTEGER` and `TEXT`
//! is text, which holds either.

/// What a declared type asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Declared {
    /// 0 and 1; `tiny` for `TINYINT(1)`, which may hold other numbers too.
    Boolean {
        /// Whether it is `TINYINT(1)`.
        tiny: bool,
    },
    /// Whole numbers.
    Integer,
    /// Doubles.
    Float,
    /// Decimal numbers, with precision and scale where they are written.
    Numeric(Option<(u16, u16)>),
    /// Text, of at most so many characters where the type is one of `CHAR`.
    Text {
        /// The most characters.
        longest: Option<u32>,
        /// Whether it is `CHAR(n)`, which programs use for text of one length.
        fixed: bool,
    },
    /// Bytes.
    Blob,
    /// A moment; `zoned` where the name says so.
    Moment {
        /// Whether it is `TIMESTAMPTZ` or the like.
        zoned: bool,
    },
    /// A date.
    Date,
    /// A time of a day.
    Time,
    /// A UUID.
    Uuid,
    /// JSON; `binary` for `JSONB`.
    Json {
        /// Whether it is `JSONB`.
        binary: bool,
    },
    /// Nothing at all is declared.
    #[default]
    Nothing,
    /// `STRING` or the like: SQLite makes numbers of what looks like them, though people mean text.
    NamedString,
    /// Something that none of these is meant by.
    Unknown,
}

/// The most characters of `varchar(n)`.
const LONGEST: u32 = 10_485_760;

/// What the spatial extensions declare, and keep bytes in.
const SHAPES: [&str; 15] = [
    "GEOMETRY",
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
    "CURVE",
    "SURFACE",
    "CIRCULARSTRING",
    "COMPOUNDCURVE",
    "CURVEPOLYGON",
    "MULTICURVE",
    "MULTISURFACE",
];

impl Declared {
    /// Reads a declared type.
    #[must_use]
    pub fn parse(declared: &str) -> Self {
        let upper = declared.to_ascii_uppercase();
        let (name, arguments) = split(&upper);
        Self::by_name(&name, &arguments).unwrap_or_else(|| Self::by_affinity(&name, &arguments))
    }

    /// What SQLite itself makes of it: moments, UUIDs and JSON are text or numbers, whichever the cells are, booleans are
    /// numbers, and nothing is bounded.
    pub(super) fn as_sqlite_sees_it(self) -> Self {
        match self {
            Self::Moment { .. } | Self::Date | Self::Time | Self::Uuid | Self::Json { .. } => {
                Self::NamedString
            }
            Self::Boolean { .. } => Self::Integer,
            Self::Numeric(_) => Self::Numeric(None),
            Self::Text { .. } => Self::Text {
                longest: None,
                fixed: false,
            },
            other => other,
        }
    }

    fn by_name(name: &str, arguments: &[u32]) -> Option<Self> {
        Some(match name {
            "" => Self::Nothing,
            "BOOL" | "BOOLEAN" => Self::Boolean { tiny: false },
            "TINYINT" if arguments == [1] => Self::Boolean { tiny: true },
            "DATETIME" | "SMALLDATETIME" | "DATETIME2" | "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => {
                Self::Moment { zoned: false }
            }
            "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" | "DATETIMEOFFSET" | "DATETIMETZ" => {
                Self::Moment { zoned: true }
            }
            "DATE" => Self::Date,
            "TIME" | "TIME WITHOUT TIME ZONE" => Self::Time,
            "UUID" | "GUID" | "UNIQUEIDENTIFIER" => Self::Uuid,
            "JSON" => Self::Json { binary: false },
            "JSONB" => Self::Json { binary: true },
            "NUMERIC" | "DECIMAL" | "DEC" | "NUMBER" => Self::Numeric(bound(arguments)),
            "BYTEA" | "BINARY" | "VARBINARY" | "IMAGE" | "BYTE[]" => Self::Blob,
            _ if SHAPES.contains(&name) => Self::Blob,
            "STRING" | "ENUM" | "SET" | "XML" => Self::NamedString,
            _ => return None,
        })
    }

    fn by_affinity(name: &str, arguments: &[u32]) -> Self {
        let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if has(&["INT"]) && !says_text_too(name) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            let longest = arguments
                .first()
                .copied()
                .filter(|longest| name.contains("CHAR") && (1..=LONGEST).contains(longest));
            let fixed = matches!(
                name,
                "CHAR" | "CHARACTER" | "NCHAR" | "NATIONAL CHARACTER" | "BPCHAR"
            );
            Self::Text { longest, fixed }
        } else if has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Float
        } else if matches!(name.split(' ').next(), Some("NUMERIC" | "DECIMAL")) {
            Self::Numeric(bound(arguments))
        } else {
            Self::Unknown
        }
    }
}

/// Whether it is a type such as `INTEGER_OR_TEXT`. SQLite keeps numbers in it as numbers, so that they read the same as text.
fn says_text_too(name: &str) -> bool {
    let says = |words: &[&str]| {
        name.split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|word| words.contains(&word))
    };
    says(&["INT", "INTEGER", "BIGINT"]) && says(&["TEXT", "CHAR", "VARCHAR"])
}

fn bound(arguments: &[u32]) -> Option<(u16, u16)> {
    let (precision, scale) = match arguments {
        [precision] => (*precision, 0),
        [precision, scale] => (*precision, *scale),
        _ => return None,
    };
    let in_range = (1..=1000).contains(&precision) && scale <= precision;
    let both = u16::try_from(precision).ok().zip(u16::try_from(scale).ok());
    both.filter(|_| in_range)
}

/// The name in single spaces and without what stands in parentheses, and the numbers in these.
fn split(declared: &str) -> (String, Vec<u32>) {
    let (before, inner, after) = match declared.split_once('(') {
        Some((before, rest)) => {
            let (inner, after) = rest.split_once(')').unwrap_or((rest, ""));
            (before, inner, after)
        }
        None => (declared, "", ""),
    };
    let words: Vec<&str> = before
        .split_whitespace()
        .chain(after.split_whitespace())
        .collect();
    let numbers: Option<Vec<u32>> = inner
        .split(',')
        .map(|number| number.trim().parse().ok())
        .collect();
    (words.join(" "), numbers.unwrap_or_default())
}
