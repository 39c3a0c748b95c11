//! The day on which waivers hold or not.

/// Today as `YYYY-MM-DD`, in UTC.
pub(super) fn today() -> String {
    let now = time::OffsetDateTime::now_utc();
    format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day())
}
