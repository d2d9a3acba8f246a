//! `[secrets.NAME]`.

use std::num::NonZeroU32;

use toml::Spanned;

use super::problems::Problems;
use super::table::table;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::SecretOrigin;

table! {
    /// A secret: made up by stackctl once, or a file of yours.
    Secret {
        /// How many random bytes to make up; the text has two hexadecimal digits for each. Default: `32`.
        generate: Spanned<NonZeroU32>,
        /// The file that holds the value, relative to stack.toml or absolute. The end of a single line is left off.
        file: Spanned<String>,
    }
}

const GENERATED_BYTES: u16 = 32;
const MOST_GENERATED_BYTES: u16 = 1024;

impl Secret {
    /// Where the value comes from.
    pub fn origin(&self, problems: &mut Problems) -> Option<SecretOrigin> {
        match (&self.generate, &self.file) {
            (Some(generate), Some(file)) => {
                problems.push(
                    Diagnostic::error(
                        Code::ConflictingKeys,
                        file.span(),
                        "a secret is either generated or read from a file",
                    )
                    .and(generate.span(), "generated here"),
                );
                None
            }
            (_, Some(file)) => Some(SecretOrigin::File(file.get_ref().clone())),
            (generate, None) => {
                let wanted = generate
                    .as_ref()
                    .map_or(u32::from(GENERATED_BYTES), |n| n.get_ref().get());
                match u16::try_from(wanted) {
                    Ok(bytes) if bytes <= MOST_GENERATED_BYTES => Some(SecretOrigin::Generated { bytes }),
                    _ => {
                        let span = generate.as_ref().map_or(0..0, Spanned::span);
                        problems.push(
                            Diagnostic::error(
                                Code::InvalidValue,
                                span,
                                format!("`{wanted}` random bytes are too many"),
                            )
                            .help(format!("write at most {MOST_GENERATED_BYTES}")),
                        );
                        None
                    }
                }
            }
        }
    }
}
