//! How one system call is described: where its arguments are and when it is worth a stop.

use super::CallClass;

/// One system call on one architecture. Numbers in its fields are argument positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Definition {
    /// As the manual names it.
    pub(crate) name: &'static str,
    /// On this architecture.
    pub(crate) number: u32,
    /// The group it belongs to.
    pub(crate) class: CallClass,
    /// What it acts on.
    pub(crate) shape: Shape,
    /// When it can change nothing and need not stop.
    pub(crate) narrowing: Narrowing,
    /// The argument with open flags.
    pub(crate) flags: Option<usize>,
    /// The argument with permission bits.
    pub(crate) mode: Option<usize>,
    /// How many bytes it moves, where it says so.
    pub(crate) transfer: Transfer,
    /// It may wait for another thread, on any file.
    pub(crate) may_wait: bool,
}

/// What a call acts on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// An open descriptor.
    Descriptor(usize),
    /// A path.
    Path(PathArgument),
    /// A source and a destination.
    Pair(PathArgument, PathArgument),
    /// Nothing that could be observed afterwards: the call is refused as if the kernel had none.
    Refused,
    /// Nothing that can be observed, for this reason, but programs rely on it.
    Unseen(&'static str),
}

/// A path and the directory descriptor it is relative to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PathArgument {
    /// None: the working directory.
    pub(crate) directory: Option<usize>,
    /// The text.
    pub(crate) path: usize,
    /// What happens to a final symbolic link.
    pub(crate) follow: Follow,
}

/// Whether a final symbolic link is followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Follow {
    /// The link itself is meant.
    Never,
    /// What it points to is meant.
    Always,
    /// It is followed without this bit (argument, bit).
    Unless(usize, i32),
    /// It is followed with this bit (argument, bit).
    Given(usize, i32),
    /// The open flags say.
    AsOpened,
}

/// What the filter finds out inside the kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Narrowing {
    /// Every such call stops.
    Always,
    /// Only if these open flags ask for more than reading.
    ChangingFlags(usize),
    /// Only shared, writable mappings of a file.
    SharedMapping,
    /// Only if the argument is one of two values.
    OneOf(usize, [u32; 2]),
}

/// Where a writing call says how much it writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transfer {
    /// It does not.
    Unsaid,
    /// A length in bytes.
    Length(usize),
    /// A list of buffers; the plain call of this number writes one of them.
    Vector {
        /// Writes a single buffer, at the same place.
        plain: u32,
    },
}

impl Definition {
    pub(super) const fn new(
        name: &'static str,
        number: u32,
        class: CallClass,
        shape: Shape,
    ) -> Self {
        Self {
            name,
            number,
            class,
            shape,
            narrowing: Narrowing::Always,
            flags: None,
            mode: None,
            transfer: Transfer::Unsaid,
            may_wait: false,
        }
    }

    pub(super) const fn waiting(mut self) -> Self {
        self.may_wait = true;
        self
    }

    pub(super) const fn narrowed(mut self, narrowing: Narrowing) -> Self {
        self.narrowing = narrowing;
        self
    }

    pub(super) const fn opening(mut self, flags: usize, mode: usize) -> Self {
        self.narrowing = Narrowing::ChangingFlags(flags);
        self.flags = Some(flags);
        self.mode = Some(mode);
        self
    }

    pub(super) const fn with_mode(mut self, mode: usize) -> Self {
        self.mode = Some(mode);
        self
    }

    pub(super) const fn with_length(mut self, length: usize) -> Self {
        self.transfer = Transfer::Length(length);
        self
    }

    pub(super) const fn vectored(mut self, plain: u32) -> Self {
        self.transfer = Transfer::Vector { plain };
        self
    }
}
