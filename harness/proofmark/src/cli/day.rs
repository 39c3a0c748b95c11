//! The day on which waivers hold or not.

/// Today as `YYYY-MM-DD`, in UTC.
pub(super) fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}
