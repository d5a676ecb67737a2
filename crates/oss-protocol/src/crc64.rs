//! CRC-64/XZ, the checksum of `x-oss-hash-crc64ecma`: reflected polynomial `0xC96C5795D7870F42`, all ones before and
//! after. The header carries it as an unsigned decimal number. Computed with the processor's carry-less multiplication
//! where there is one.

use crc_fast::{CrcAlgorithm, Digest};

/// A running checksum.
#[derive(Debug, Clone)]
pub struct Crc64(Digest);

impl Crc64 {
    /// Starts over no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Xz))
    }

    /// Continues from the finished value of the bytes before, as append and resumed downloads do.
    #[must_use]
    pub fn resume(finished: u64) -> Self {
        Self(Digest::new_with_init_state(CrcAlgorithm::Crc64Xz, !finished))
    }

    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of everything so far; more bytes may follow.
    #[must_use]
    pub fn finish(&self) -> u64 {
        self.0.finalize()
    }
}

impl Default for Crc64 {
    fn default() -> Self {
        Self::new()
    }
}

/// The checksum of `bytes`.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Xz, bytes)
}

/// The checksum of A followed by B, from the checksum of each and the length of B in bytes. Takes microseconds, whatever
/// the lengths.
#[must_use]
pub fn combine(first: u64, second: u64, second_len: u64) -> u64 {
    // B moves the polynomial of A up by its length; what the ones before and after add cancels out.
    let mut moved = first;
    let mut rest = second_len;
    let mut by = BYTE;
    while rest > 0 {
        if rest & 1 == 1 {
            moved = multiply(moved, by);
        }
        by = multiply(by, by);
        rest >>= 1;
    }
    moved ^ second
}

/// The polynomial, reflected: the coefficient of x⁰ is the highest bit.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;
/// x⁸, reflected.
const BYTE: u64 = 1 << (63 - 8);

/// The product of two reflected polynomials modulo the checksum's.
fn multiply(a: u64, b: u64) -> u64 {
    let (mut product, mut multiple) = (0, b);
    for bit in (0..64).rev() {
        if a >> bit & 1 == 1 {
            product ^= multiple;
        }
        multiple = if multiple & 1 == 1 { multiple >> 1 ^ POLYNOMIAL } else { multiple >> 1 };
    }
    product
}
