//! Changing the system call of a stopped thread: the one thing that differs between architectures.

#[cfg(target_arch = "x86_64")]
mod architecture {
    use std::io;

    use super::super::trace::raw;

    // Positions in `struct user` (`sys/user.h`), in words.
    const ORIGINAL_RAX: usize = 15;
    const RAX: usize = 10;
    const ARGUMENTS: [usize; 6] = [14, 13, 12, 7, 9, 8];

    fn poke(thread: i32, position: usize, value: u64) -> io::Result<()> {
        let offset = libc::c_long::try_from(position * 8).unwrap_or_default();
        let value = usize::try_from(value).unwrap_or_default();
        // SAFETY: the request takes numbers only.
        unsafe { raw(libc::PTRACE_POKEUSER.into(), thread, offset, value) }
    }

    pub(crate) fn set_number(thread: i32, number: i32) -> io::Result<()> {
        poke(thread, ORIGINAL_RAX, i64::from(number).cast_unsigned())
    }

    pub(crate) fn set_argument(thread: i32, position: usize, value: u64) -> io::Result<()> {
        poke(thread, ARGUMENTS[position], value)
    }

    pub(crate) fn set_result(thread: i32, value: i64) -> io::Result<()> {
        poke(thread, RAX, value.cast_unsigned())
    }
}

#[cfg(target_arch = "aarch64")]
mod architecture {
    use std::io;
    use std::ptr;

    use super::super::trace::raw;

    // Register sets (`linux/elf.h`).
    const GENERAL: libc::c_long = 1;
    const SYSTEM_CALL: libc::c_long = 0x404;
    const GET: libc::c_long = 0x4204;
    const SET: libc::c_long = 0x4205;

    /// `struct user_pt_regs`: 31 registers, stack pointer, program counter, processor state.
    type General = [u64; 34];

    fn transfer<T>(
        request: libc::c_long,
        thread: i32,
        set: libc::c_long,
        value: &mut T,
    ) -> io::Result<()> {
        let mut vector = libc::iovec {
            iov_base: ptr::from_mut(value).cast(),
            iov_len: size_of::<T>(),
        };
        // SAFETY: the last argument is a valid iovec whose buffer is exactly `value`; the kernel keeps to its length.
        unsafe { raw(request, thread, set, (&raw mut vector).expose_provenance()) }
    }

    fn set_register(thread: i32, position: usize, value: u64) -> io::Result<()> {
        let mut registers: General = [0; 34];
        transfer(GET, thread, GENERAL, &mut registers)?;
        registers[position] = value;
        transfer(SET, thread, GENERAL, &mut registers)
    }

    pub(crate) fn set_number(thread: i32, mut number: i32) -> io::Result<()> {
        transfer(SET, thread, SYSTEM_CALL, &mut number)
    }

    pub(crate) fn set_argument(thread: i32, position: usize, value: u64) -> io::Result<()> {
        set_register(thread, position, value)
    }

    pub(crate) fn set_result(thread: i32, value: i64) -> io::Result<()> {
        set_register(thread, 0, value.cast_unsigned())
    }
}

/// Replaces one argument of a call.
pub(crate) use architecture::set_argument;
/// Replaces the number of a call about to begin; -1 skips it.
pub(crate) use architecture::set_number;
/// Replaces the value with which a call returns.
pub(crate) use architecture::set_result;
