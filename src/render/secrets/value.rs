//! Values of secrets: found, made up, or made from others.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::super::error::shown;
use super::super::manifest::hexadecimal;
use super::error::SecretError;
use super::private_file::{Batch, PrivateFile, make_folder};
use super::secret_text::SecretText;
use crate::model::{EnvironmentValue, Identifier, Postgres, SecretName, SecretOrigin, Stack};

/// Bytes of `NAME=value` with its end that Linux passes to a program (`MAX_ARG_STRLEN`).
const LONGEST_VARIABLE: usize = 128 * 1024;

/// The value of every secret that has one.
#[derive(Debug, Clone)]
pub struct Values {
    folder: PathBuf,
    known: BTreeMap<SecretName, SecretText>,
    to_generate: BTreeMap<SecretName, u16>,
    urls: Vec<Url>,
    exposed: Vec<PathBuf>,
}

/// A connection string that is made from a password.
#[derive(Debug, Clone)]
struct Url {
    name: SecretName,
    password: SecretName,
    /// `postgresql://ROLE:`
    before: String,
    /// `@HOST:PORT/DATABASE`, and the schema if it is for one.
    behind: String,
}

impl Values {
    /// Reads every value that is there.
    pub fn read(
        root: &Path,
        folder: &Path,
        stack: &Stack,
        warnings: &mut Vec<String>,
    ) -> Result<Self, SecretError> {
        let mut values = Self {
            folder: folder.to_owned(),
            known: BTreeMap::new(),
            to_generate: BTreeMap::new(),
            urls: Vec::new(),
            exposed: Vec::new(),
        };
        for (name, secret) in &stack.secrets {
            match &secret.origin {
                SecretOrigin::Generated { bytes } => values.find(name, *bytes, warnings)?,
                SecretOrigin::File(path) => {
                    let path = root.join(path);
                    let (value, mode) = read(&path).map_err(SecretError::read(&path))?;
                    refuse_blank(name, &path, &value, false)?;
                    if mode & 0o077 != 0 {
                        let path = shown(&path);
                        let path = path.display();
                        warnings.push(format!(
                            "others on this host can read the secret `{name}`; `chmod 600 {path}` stops that"
                        ));
                    }
                    values.known.insert(name.clone(), value);
                }
                SecretOrigin::DatabaseUrl {
                    role,
                    password,
                    database,
                    schema,
                } => values.urls.push(Url {
                    name: name.clone(),
                    password: password.clone(),
                    before: format!(
                        "postgresql://{}:",
                        SecretText::new(role.as_str()).percent_encoded()
                    ),
                    behind: format!(
                        "@{}:5432/{database}{}",
                        Postgres::SERVICE,
                        options(schema.as_ref())
                    ),
                }),
            }
        }
        values.check_passwords()?;
        values.check_variables(stack)?;
        values.make_urls();
        Ok(values)
    }

    /// The database and the connection string would disagree about such a password.
    fn check_passwords(&self) -> Result<(), SecretError> {
        let of_roles = self.urls.iter().map(|url| &url.password);
        for (name, value) in of_roles.filter_map(|name| Some((name, self.known.get(name)?))) {
            let is_text =
                std::str::from_utf8(value.expose()).is_ok_and(|text| !text.chars().any(char::is_control));
            if !is_text {
                return Err(SecretError::Unfit {
                    name: name.to_string(),
                    fault: "can't be a password of the database: it is not one line of text",
                    hint: "write one line into its file, in UTF-8",
                });
            }
        }
        Ok(())
    }

    /// The kernel ends a variable at a NUL byte, and starts no program with a longer one.
    fn check_variables(&self, stack: &Stack) -> Result<(), SecretError> {
        let variables = stack.services.iter().flat_map(|service| &service.environment);
        for (variable, value) in variables {
            let EnvironmentValue::Secret(name) = value else {
                continue;
            };
            let Some(value) = self.known.get(name).map(SecretText::expose) else {
                continue;
            };
            let fault = if value.contains(&0) {
                "holds a NUL byte, which a variable can't hold"
            } else if variable.as_str().len() + value.len() + 2 > LONGEST_VARIABLE {
                "is too long for a variable, which has at most 128 KiB"
            } else {
                continue;
            };
            return Err(SecretError::Unfit {
                name: name.to_string(),
                fault,
                hint: "write `{ secret_file = \"…\" }` in place of `secret`, and let the program read the file",
            });
        }
        Ok(())
    }

    /// The value of a secret; none while it is still to be made up.
    pub fn get(&self, name: &SecretName) -> Option<&SecretText> {
        self.known.get(name)
    }

    /// The secrets that are still to be made up.
    pub fn missing(&self) -> Vec<String> {
        self.to_generate.keys().map(ToString::to_string).collect()
    }

    /// Makes up what is missing, and takes from others the right to read what is kept.
    pub fn complete(&self, batch: &mut Batch) -> Result<Self, SecretError> {
        let mut complete = self.clone();
        for path in std::mem::take(&mut complete.exposed) {
            fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(SecretError::write(&path))?;
        }
        make_folder(&self.folder, 0o700)?;
        for (name, length) in std::mem::take(&mut complete.to_generate) {
            let mut bytes = vec![0; usize::from(length)];
            getrandom::fill(&mut bytes).map_err(|source| SecretError::Random {
                name: name.to_string(),
                source,
            })?;
            let value = SecretText::new(hexadecimal(&bytes));
            batch.add(&PrivateFile {
                path: &self.folder.join(name.as_str()),
                content: value.expose(),
                mode: 0o600,
                owner: None,
            })?;
            complete.known.insert(name, value);
        }
        complete.make_urls();
        Ok(complete)
    }

    fn find(
        &mut self,
        name: &SecretName,
        length: u16,
        warnings: &mut Vec<String>,
    ) -> Result<(), SecretError> {
        let path = self.folder.join(name.as_str());
        match read(&path) {
            Ok((value, mode)) => {
                refuse_blank(name, &path, &value, true)?;
                if mode & 0o077 != 0 {
                    warnings.push(format!(
                        "others on this host could read the secret `{name}` ({mode:03o}); its file is made private \
                         again, but change the value if somebody may have read it"
                    ));
                    self.exposed.push(path);
                }
                self.known.insert(name.clone(), value);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.to_generate.insert(name.clone(), length);
            }
            Err(error) => return Err(SecretError::read(&path)(error)),
        }
        Ok(())
    }

    fn make_urls(&mut self) {
        for url in &self.urls {
            if let Some(password) = self.known.get(&url.password) {
                let text = format!("{}{}{}", url.before, password.percent_encoded(), url.behind);
                self.known.insert(url.name.clone(), SecretText::new(text));
            }
        }
    }
}

/// What makes a schema the only one in which names are looked for. An identifier of ours needs no encoding.
fn options(schema: Option<&Identifier>) -> String {
    schema.map_or_else(String::new, |schema| format!("?options=-csearch_path%3D{schema}"))
}

fn read(path: &Path) -> io::Result<(SecretText, u32)> {
    let bytes = fs::read(path)?;
    let mode = fs::metadata(path)?.mode() & 0o777;
    Ok((SecretText::of_file(bytes), mode))
}

/// An empty value is never made up again: a database may hold the one that was lost.
fn refuse_blank(
    name: &SecretName,
    path: &Path,
    value: &SecretText,
    generated: bool,
) -> Result<(), SecretError> {
    if !value.is_blank() {
        return Ok(());
    }
    Err(SecretError::Empty {
        name: name.to_string(),
        path: shown(path),
        generated,
    })
}
