//! Placeholder until the modules below exist.
