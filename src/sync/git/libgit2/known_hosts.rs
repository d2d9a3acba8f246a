//! The keys of one SSH host in a file of known hosts, read as OpenSSH does: hashed names, patterns, ports, revoked keys.
//! libssh2's own reader knows no patterns and stops at lines with markers.

use openssl::base64::decode_block;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// Its kind, such as `ssh-ed25519`.
    pub kind: String,
    /// The key in base64.
    pub key: String,
}

/// How a host is written in the file: with its port where that is not the usual one.
pub fn name_of(host: &str, port: u16) -> String {
    const PORT: u16 = 22;
    if port == PORT {
        host.to_owned()
    } else {
        format!("[{host}]:{port}")
    }
}

/// The keys that the file holds for the host, without those that are revoked for anybody. A key of the host counts
/// for each of its ports that has none of its own.
pub fn keys_of(text: &str, host: &str, port: u16) -> Vec<HostKey> {
    let own = keys_of_name(text, &name_of(host, port));
    if own.is_empty() {
        keys_of_name(text, host)
    } else {
        own
    }
}

fn keys_of_name(text: &str, name: &str) -> Vec<HostKey> {
    let full = name.to_ascii_lowercase();
    let mut keys = Vec::new();
    let mut revoked = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace();
        let mut names = words.next().unwrap_or_default();
        let marker = names.starts_with('@').then_some(names);
        if marker.is_some() {
            names = words.next().unwrap_or_default();
        }
        let (Some(kind), Some(key)) = (words.next(), words.next()) else {
            continue;
        };
        let key = HostKey {
            kind: kind.to_owned(),
            key: key.to_owned(),
        };
        match marker {
            Some("@revoked") => revoked.push(key),
            None if is_meant(names, &full) => keys.push(key),
            // Another host, or one that proves itself by a certificate, which is beyond libssh2.
            _ => {}
        }
    }
    keys.retain(|key| !revoked.contains(key));
    keys
}

fn is_meant(names: &str, host: &str) -> bool {
    if let Some(hashed) = names.strip_prefix("|1|") {
        return is_hash_of(hashed, host);
    }
    let mut found = false;
    for name in names.split(',') {
        let name = name.to_ascii_lowercase();
        match name.strip_prefix('!') {
            Some(name) if matches(name.as_bytes(), host.as_bytes()) => return false,
            Some(_) => {}
            None => found |= matches(name.as_bytes(), host.as_bytes()),
        }
    }
    found
}

/// `SALT|HASH` in base64, of HMAC-SHA1.
fn is_hash_of(hashed: &str, host: &str) -> bool {
    let hash = || -> Option<bool> {
        let (salt, hash) = hashed.split_once('|')?;
        let key = PKey::hmac(&decode_block(salt).ok()?).ok()?;
        let mut signer = Signer::new(MessageDigest::sha1(), &key).ok()?;
        signer.update(host.as_bytes()).ok()?;
        Some(signer.sign_to_vec().ok()? == decode_block(hash).ok()?)
    };
    hash().unwrap_or(false)
}

/// Whether a pattern with `*` and `?` fits the whole text.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        (Some((b'?', pattern)), Some((_, text))) => matches(pattern, text),
        (Some((wanted, pattern)), Some((found, text))) if wanted == found => matches(pattern, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, host: &str, port: u16) -> Vec<String> {
        keys_of(text, host, port)
            .into_iter()
            .map(|key| key.kind)
            .collect()
    }

    #[test]
    fn lines_are_read_as_openssh_reads_them() {
        let text = "# comment\n\
            example.com,10.0.0.1 ssh-ed25519 AAAA comment\n\
            [example.com]:2222 ssh-rsa BBBB\n\
            *.example.org,!bad.example.org ecdsa-sha2-nistp256 CCCC\n\
            @cert-authority * ssh-rsa DDDD\n\
            @revoked * ssh-rsa EEEE\n\
            example.com ssh-rsa EEEE\n\
            broken\n";
        assert_eq!(kinds(text, "example.com", 22), ["ssh-ed25519"]);
        assert_eq!(kinds(text, "EXAMPLE.com", 2222), ["ssh-rsa"]);
        assert_eq!(kinds(text, "10.0.0.1", 2022), ["ssh-ed25519"]);
        assert_eq!(kinds(text, "10.0.0.1", 22), ["ssh-ed25519"]);
        assert_eq!(kinds(text, "good.example.org", 22), ["ecdsa-sha2-nistp256"]);
        assert!(kinds(text, "bad.example.org", 22).is_empty());
        assert!(kinds(text, "example.net", 22).is_empty());
    }

    #[test]
    fn hashed_names_are_found() {
        let salt = [7_u8; 20];
        let key = PKey::hmac(&salt).unwrap();
        let mut signer = Signer::new(MessageDigest::sha1(), &key).unwrap();
        signer.update(b"[example.com]:2222").unwrap();
        let hash = openssl::base64::encode_block(&signer.sign_to_vec().unwrap());
        let salt = openssl::base64::encode_block(&salt);
        let text = format!("|1|{salt}|{hash} ssh-ed25519 AAAA\n");
        assert_eq!(kinds(&text, "example.com", 2222), ["ssh-ed25519"]);
        assert!(kinds(&text, "example.com", 22).is_empty());
    }
}
