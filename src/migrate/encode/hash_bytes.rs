//! PostgreSQL's extended hash functions over bytes and whole numbers: Bob Jenkins' lookup3, seeded with 64 bits.

/// The state of the hash, and what is not mixed in yet.
#[derive(Debug, Clone)]
pub struct HashPieces {
    a: u32,
    b: u32,
    c: u32,
    rest: [u8; 12],
    held: usize,
}

impl HashPieces {
    /// For a value of `length` bytes, which must be known before.
    #[must_use]
    pub fn new(length: u64, seed: u64) -> Self {
        let (a, b, c) = start(length, seed);
        Self {
            a,
            b,
            c,
            rest: [0; 12],
            held: 0,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        if self.held > 0 {
            let wanted = (12 - self.held).min(bytes.len());
            self.rest[self.held..self.held + wanted].copy_from_slice(&bytes[..wanted]);
            self.held += wanted;
            bytes = &bytes[wanted..];
            if self.held < 12 {
                return;
            }
            let rest = self.rest;
            self.block(&rest);
            self.held = 0;
        }
        let mut blocks = bytes.chunks_exact(12);
        for block in &mut blocks {
            self.block(block);
        }
        let tail = blocks.remainder();
        self.rest[..tail.len()].copy_from_slice(tail);
        self.held = tail.len();
    }

    /// The hash of all of them.
    #[must_use]
    pub fn finish(self) -> u64 {
        last(self.a, self.b, self.c, &self.rest[..self.held])
    }

    fn block(&mut self, block: &[u8]) {
        self.a = self.a.wrapping_add(word(block, 0));
        self.b = self.b.wrapping_add(word(block, 4));
        self.c = self.c.wrapping_add(word(block, 8));
        (self.a, self.b, self.c) = mix(self.a, self.b, self.c);
    }
}

/// `hash_bytes_extended`.
#[must_use]
pub fn bytes(value: &[u8], seed: u64) -> u64 {
    let (mut a, mut b, mut c) = start(value.len() as u64, seed);
    let mut blocks = value.chunks_exact(12);
    for block in &mut blocks {
        a = a.wrapping_add(word(block, 0));
        b = b.wrapping_add(word(block, 4));
        c = c.wrapping_add(word(block, 8));
        (a, b, c) = mix(a, b, c);
    }
    last(a, b, c, blocks.remainder())
}

/// `hashint8extended`; numbers of fewer bytes hash as the same number of eight.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the two halves are taken apart"
)]
pub fn int8(value: i64, seed: u64) -> u64 {
    let high = (value >> 32) as u32;
    let folded = (value as u32) ^ if value >= 0 { high } else { !high };
    let (a, b, c) = start(4, seed);
    finish(a.wrapping_add(folded), b, c)
}

/// `hashfloat8extended`.
#[must_use]
pub fn float8(value: f64, seed: u64) -> u64 {
    // Zero and minus zero are equal, so the server gives both the same: the seed itself.
    if value == 0.0 {
        return seed;
    }
    let value = if value.is_nan() { f64::NAN } else { value };
    bytes(&value.to_le_bytes(), seed)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "lookup3 works on 32 bits of the length and of the seed"
)]
fn start(length: u64, seed: u64) -> (u32, u32, u32) {
    let begin = 0x9e37_79b9_u32
        .wrapping_add(length as u32)
        .wrapping_add(3_923_095);
    if seed == 0 {
        return (begin, begin, begin);
    }
    mix(
        begin.wrapping_add((seed >> 32) as u32),
        begin.wrapping_add(seed as u32),
        begin,
    )
}

fn last(a: u32, b: u32, c: u32, rest: &[u8]) -> u64 {
    if rest.is_empty() {
        return finish(a, b, c);
    }
    // The lowest byte of the third word is kept for the length.
    let mut words = [0_u8; 13];
    let (front, back) = rest.split_at(rest.len().min(8));
    words[..front.len()].copy_from_slice(front);
    words[9..9 + back.len()].copy_from_slice(back);
    finish(
        a.wrapping_add(word(&words, 0)),
        b.wrapping_add(word(&words, 4)),
        c.wrapping_add(word(&words[1..], 7)),
    )
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    for (first, second, third) in [(4, 6, 8), (16, 19, 4)] {
        a = a.wrapping_sub(c) ^ c.rotate_left(first);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(second);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(third);
        b = b.wrapping_add(a);
    }
    (a, b, c)
}

fn finish(mut a: u32, mut b: u32, mut c: u32) -> u64 {
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    c = (c ^ b).wrapping_sub(b.rotate_left(24));
    (u64::from(b) << 32) | u64::from(c)
}
