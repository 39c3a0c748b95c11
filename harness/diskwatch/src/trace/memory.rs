//! Memory of a stopped thread.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use crate::decode::{Memory, Unreadable};
use crate::kernel;

/// Reads through `/proc/TID/mem`, which container profiles allow where they refuse `process_vm_readv`. It is closed to us
/// when the program has changed its user; peeking word by word never is.
pub(super) struct ThreadMemory(pub(super) i32);

impl Memory for ThreadMemory {
    fn bytes(&self, address: u64, length: usize) -> Result<Vec<u8>, Unreadable> {
        let Ok(memory) = File::open(format!("/proc/{}/mem", self.0)) else {
            return self.peeked(address, length);
        };
        let mut bytes = vec![0; length];
        let read = memory
            .read_at(&mut bytes, address)
            .map_err(|_| Unreadable::BadAddress)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

impl ThreadMemory {
    fn peeked(&self, address: u64, length: usize) -> Result<Vec<u8>, Unreadable> {
        let skipped = usize::try_from(address % 8).unwrap_or_default();
        let first = address - address % 8;
        let mut bytes = Vec::with_capacity(length + 16);
        for word in 0..(skipped + length).div_ceil(8) as u64 {
            match kernel::peek(self.0, first + 8 * word) {
                Ok(word) => bytes.extend(word),
                Err(error) if word == 0 => return Err(reason(&error)),
                Err(_) => break,
            }
        }
        bytes.drain(..skipped.min(bytes.len()));
        bytes.truncate(length);
        Ok(bytes)
    }
}

fn reason(error: &io::Error) -> Unreadable {
    match error.raw_os_error() {
        Some(libc::ESRCH) => Unreadable::Gone,
        Some(libc::EPERM | libc::EACCES) => Unreadable::Forbidden,
        _ => Unreadable::BadAddress,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_memory_is_read_and_a_bad_address_is_refused() {
        let text = *b"proofmark";
        let memory = ThreadMemory(std::process::id().cast_signed());
        let address = (&raw const text).addr() as u64;
        assert_eq!(memory.bytes(address, text.len()), Ok(text.to_vec()));
        assert_eq!(memory.bytes(8, 4), Err(Unreadable::BadAddress));
    }
}
