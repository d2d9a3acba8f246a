//! `inet`: an address with an optional length of its network, and the text that PostgreSQL writes for it.

use std::fmt::Write;
use std::net::IpAddr;

use crate::migrate::misfit::Misfit;

const V4: u8 = 2;
const V6: u8 = 3;

/// Appends the value's binary form.
pub(super) fn put(text: &[u8], out: &mut Vec<u8>) -> Result<(), Misfit> {
    let text = std::str::from_utf8(text).map_err(|_| Misfit::NotAValue)?;
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| Misfit::NotAValue)?;
    let (family, widest, bytes) = match &address {
        IpAddr::V4(address) => (V4, 32_u8, address.octets().to_vec()),
        IpAddr::V6(address) => (V6, 128, address.octets().to_vec()),
    };
    let bits = match bits {
        None => widest,
        Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits
            .parse()
            .ok()
            .filter(|bits| *bits <= widest)
            .ok_or(Misfit::NotAValue)?,
        Some(_) => return Err(Misfit::NotAValue),
    };
    let length = u8::try_from(bytes.len()).expect("16 at most");
    out.extend_from_slice(&(4 + i32::from(length)).to_be_bytes());
    out.extend_from_slice(&[family, bits, 0, length]);
    out.extend_from_slice(&bytes);
    Ok(())
}

/// Whether the text is an address without a network, and just as the server writes it.
#[must_use]
pub fn is_host(text: &[u8]) -> bool {
    let mut field = Vec::with_capacity(24);
    if text.contains(&b'/') || put(text, &mut field).is_err() {
        return false;
    }
    let written = self::text(&field[4..]);
    let host = written.split_once('/').map_or(written.as_str(), |(host, _)| host);
    host.as_bytes() == text
}

/// The text that the server writes where it casts the value to text.
pub(super) fn text(value: &[u8]) -> String {
    let (bits, bytes) = (value[1], &value[4..]);
    let mut written = String::with_capacity(44);
    if value[0] == V4 {
        dotted(bytes, &mut written);
    } else {
        colons(bytes, &mut written);
    }
    write!(written, "/{bits}").expect("a String takes all");
    written
}

fn dotted(bytes: &[u8], written: &mut String) {
    write!(written, "{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]).expect("a String takes all");
}

/// The first of the longest runs of two or more zero words is left out; an address of IPv4 within is written as such.
fn colons(bytes: &[u8], written: &mut String) {
    let words: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect();
    let (mut start, mut length) = (0, 0);
    for begin in 0..words.len() {
        let run = words[begin..].iter().take_while(|word| **word == 0).count();
        if run > length {
            (start, length) = (begin, run);
        }
    }
    if length < 2 {
        (start, length) = (words.len(), 0);
    }
    let mut at = 0;
    while at < words.len() {
        if at == start {
            written.push_str(if at == 0 { "::" } else { ":" });
            at += length;
            continue;
        }
        if at == 6 && start == 0 && (length == 6 || (length == 5 && words[5] == 0xffff)) {
            dotted(&bytes[12..], written);
            return;
        }
        write!(written, "{:x}", words[at]).expect("a String takes all");
        at += 1;
        if at < words.len() {
            written.push(':');
        }
    }
}
