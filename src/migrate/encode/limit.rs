//! How large a field may be, and how one is put.

use crate::migrate::misfit::Misfit;

/// The most bytes of one field: PostgreSQL gives out at most 1 GiB less one byte at once, and a row has its header in it.
pub const MAX_FIELD: u64 = (1 << 30) - 8192;

/// Appends the length and the bytes.
pub(super) fn put(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Misfit> {
    if bytes.len() as u64 > MAX_FIELD {
        return Err(Misfit::TooLarge);
    }
    let length = i32::try_from(bytes.len()).expect("it is below 2^30");
    out.reserve(bytes.len() + 4);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends a value of a fixed number of bytes.
pub(super) fn fixed<const N: usize>(bytes: [u8; N], out: &mut Vec<u8>) {
    let length = i32::try_from(N).expect("it is small");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&bytes);
}
