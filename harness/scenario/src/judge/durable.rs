//! The calls by which files came to be what they are: where a subject can be killed with effect.

use protocol::journal::{DiskCallFact, DiskResult, Event, Fact};

use crate::plan::CrashPoint;

/// The calls of the first start that changed the directories of these files and took effect, in order.
///
/// All calls there are counted, failed ones too, since a fault counts them the same way.
pub fn crash_points(journal: &[Event], files: &[String]) -> Vec<CrashPoint> {
    let mut directories: Vec<&str> = files
        .iter()
        .map(|file| file.rsplit_once('/').map_or("", |(directory, _)| directory))
        .collect();
    directories.sort_unstable();
    directories.dedup();
    let mut points = Vec::new();
    for directory in directories {
        let below = format!("{directory}/");
        let mut count = 0;
        for event in journal {
            let Fact::DiskCall(call) = &event.fact else {
                continue;
            };
            let is_there = [Some(&call.path), call.to.as_ref()]
                .into_iter()
                .flatten()
                .any(|path| path.starts_with(&below));
            if call.boot != 1 || !is_there {
                continue;
            }
            count += 1;
            if matches!(call.result, Some(DiskResult::Value(_))) {
                points.push(CrashPoint {
                    nth: count,
                    path: format!("{below}*"),
                    name: name_of(call, files),
                });
            }
        }
    }
    points
}

/// Words that stay the same from run to run, as the names of temporary files do not.
fn name_of(call: &DiskCallFact, files: &[String]) -> String {
    let path = call.to.as_deref().unwrap_or(&call.path);
    let file = if files.iter().any(|file| file == path) {
        path.rsplit('/').next().unwrap_or(path)
    } else {
        "other"
    };
    format!("{}-{file}", call.class.name())
}
