//! How connections are encrypted, and whom they trust: libpq's `sslmode`.

use std::fs;
use std::path::{Path, PathBuf};

use native_tls::{Certificate, Identity, TlsConnector};
use postgres_native_tls::MakeTlsConnector;

use super::PostgresError;

/// How connections over TCP are encrypted; sockets never are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// What is asked of the server.
    pub mode: TlsMode,
    /// The certificates that are trusted; those of the system where none are named.
    pub root: Option<PathBuf>,
    /// The certificate that is shown to the server.
    pub certificate: Option<PathBuf>,
    /// Its key, in PKCS #8.
    pub key: Option<PathBuf>,
}

/// What is asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsMode {
    /// No encryption.
    Disable,
    /// Encryption where the server offers it, with anybody.
    #[default]
    Prefer,
    /// Encryption, with anybody.
    Require,
    /// Encryption, with a certificate that a trusted one has signed.
    VerifyCa,
    /// The same, and the certificate must be for the host.
    VerifyFull,
}

impl Tls {
    /// What makes encrypted connections.
    pub fn connector(&self) -> Result<MakeTlsConnector, PostgresError> {
        let mut builder = TlsConnector::builder();
        if matches!(self.mode, TlsMode::VerifyCa | TlsMode::VerifyFull) {
            builder.danger_accept_invalid_hostnames(self.mode == TlsMode::VerifyCa);
            if let Some(path) = &self.root {
                builder.disable_built_in_roots(true);
                let what = "the certificates of `sslrootcert`";
                for certificate in
                    Certificate::stack_from_pem(&read(what, path)?).map_err(PostgresError::Tls)?
                {
                    builder.add_root_certificate(certificate);
                }
            }
        } else {
            builder.disable_built_in_roots(true);
            builder.danger_accept_invalid_certs(true);
            builder.danger_accept_invalid_hostnames(true);
        }
        if let Some((certificate, key)) = self.certificate.as_deref().zip(self.key.as_deref()) {
            let certificate = read("the certificate of `sslcert`", certificate)?;
            let key = read("the key of `sslkey`", key)?;
            builder.identity(Identity::from_pkcs8(&certificate, &key).map_err(PostgresError::Tls)?);
        }
        let connector = builder.build().map_err(PostgresError::Tls)?;
        Ok(MakeTlsConnector::new(connector))
    }
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, PostgresError> {
    fs::read(path).map_err(|source| PostgresError::File {
        what,
        path: path.to_owned(),
        source,
    })
}
