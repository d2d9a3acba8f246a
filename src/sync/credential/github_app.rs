//! A GitHub App's token: asked for with a signed claim, kept until shortly before it ends.

use std::time::Duration;

use chrono::{DateTime, Utc};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde::Deserialize;

use crate::runtime::http_client::{Call, HttpClient, HttpError};
use crate::sync::options::GithubApp;

/// How long a claim holds, in seconds; GitHub takes no more.
const CLAIM: i64 = 600;
/// The claim begins so much earlier, in seconds, because clocks differ.
const SKEW: i64 = 30;
/// A token that ends within this time, in seconds, is asked for again.
const MARGIN: i64 = 30;
/// Time for the answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A token and its end, as GitHub writes them.
#[derive(Deserialize)]
struct Written {
    token: String,
    expires_at: String,
}

/// A token and its end.
#[derive(Clone)]
pub struct Token {
    token: String,
    expires_at: DateTime<Utc>,
}

/// Why there is no token. No message holds a key or a claim.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The key can't be read.
    #[error("the private key of the GitHub App can't be read: it must be RSA in PEM")]
    Key,
    /// The claim could not be signed.
    #[error("the claim of the GitHub App could not be signed")]
    Signature(#[from] openssl::error::ErrorStack),
    /// It could not be asked for.
    #[error("the token of the GitHub App could not be asked for: {0}")]
    Http(#[from] HttpError),
    /// It was refused.
    #[error("the token of the GitHub App was refused with status {status}: {body:?}")]
    Refused {
        /// The status.
        status: u16,
        /// What was said.
        body: String,
    },
    /// The answer is none.
    #[error("the answer with the GitHub App's token can't be read")]
    Answer,
}

impl Token {
    /// The token itself.
    pub fn text(&self) -> &str {
        &self.token
    }

    /// Whether it still holds for a while.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.signed_duration_since(now).num_seconds() > MARGIN
    }
}

/// Asks for a token.
pub fn ask(client: &HttpClient, app: &GithubApp, key: &str, left: Duration) -> Result<Token, AppError> {
    let claim = claim(&app.issuer, key, Utc::now())?;
    let base = app.base_url.trim_end_matches('/');
    let url = format!("{base}/app/installations/{}/access_tokens", app.installation_id);
    let answer = client.send(&Call {
        method: "POST",
        url: &url,
        headers: &[
            ("Authorization", &format!("Bearer {claim}")),
            ("Accept", "application/vnd.github+json"),
        ],
        timeout: TIMEOUT.min(left),
        follows: true,
    })?;
    if answer.status != 201 {
        let body = answer.body.chars().take(1024).collect();
        return Err(AppError::Refused {
            status: answer.status,
            body,
        });
    }
    // What can't be read may be a token all the same, and is not shown.
    let written: Written = serde_json::from_str(&answer.body).map_err(|_| AppError::Answer)?;
    let expires_at = DateTime::parse_from_rfc3339(&written.expires_at).map_err(|_| AppError::Answer)?;
    Ok(Token {
        token: written.token,
        expires_at: expires_at.to_utc(),
    })
}

/// A JSON Web Token, signed with RS256.
fn claim(issuer: &str, key: &str, now: DateTime<Utc>) -> Result<String, AppError> {
    let key = PKey::private_key_from_pem(key.as_bytes()).map_err(|_| AppError::Key)?;
    if key.rsa().is_err() {
        return Err(AppError::Key);
    }
    let begins = now.timestamp() - SKEW;
    let header = encoded(br#"{"alg":"RS256","typ":"JWT"}"#);
    let claims = serde_json::json!({ "iss": issuer, "iat": begins, "exp": begins + CLAIM });
    let text = format!("{header}.{}", encoded(claims.to_string().as_bytes()));
    let signature = Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(text.as_bytes())?;
    Ok(format!("{text}.{}", encoded(&signature)))
}

/// Base64 as URLs have it, without padding.
fn encoded(bytes: &[u8]) -> String {
    let text = openssl::base64::encode_block(bytes);
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use openssl::rsa::Rsa;
    use openssl::sign::Verifier;

    use super::*;

    #[test]
    fn a_claim_is_signed_with_the_key() {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let pem = String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let claim = claim("Iv1.x", &pem, now).unwrap();
        let parts: Vec<&str> = claim.split('.').collect();
        let decode = |text: &str| {
            let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
            openssl::base64::decode_block(&padded.replace('-', "+").replace('_', "/")).unwrap()
        };
        let claims: serde_json::Value = serde_json::from_slice(&decode(parts[1])).unwrap();
        assert_eq!(
            claims,
            serde_json::json!({ "iss": "Iv1.x", "iat": 999_970, "exp": 1_000_570 })
        );
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
        let signed = format!("{}.{}", parts[0], parts[1]);
        assert!(
            verifier
                .verify_oneshot(&decode(parts[2]), signed.as_bytes())
                .unwrap()
        );
    }

    #[test]
    fn what_is_no_key_is_not_shown() {
        let error = claim("x", "hunter2", Utc::now()).unwrap_err();
        assert!(matches!(error, AppError::Key) && !error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_token_is_replaced_before_it_ends() {
        let now = Utc::now();
        let ends_in = |seconds| Token {
            token: String::new(),
            expires_at: now + TimeDelta::seconds(seconds),
        };
        assert!(ends_in(31).holds(now) && !ends_in(30).holds(now) && !ends_in(-5).holds(now));
    }
}
