//! A journal builder for tests.
