//! What our end makes of what a helper tells.

use std::io::Write as _;

use super::*;

#[tokio::test]
async fn the_start_and_the_end_are_told_and_a_helper_that_tells_nothing_has_no_end() {
    let private = tempfile::tempdir().unwrap();
    let mut supervision = Supervision::prepare(private.path()).unwrap();
    let mut pipe = std::fs::OpenOptions::new()
        .write(true)
        .open(&supervision.pipe)
        .unwrap();
    pipe.write_all(b"{\"started\":7}\n{\"exited\":{\"code\":3,\"signal\":null}}\n")
        .unwrap();
    assert_eq!(
        supervision.end().await.unwrap(),
        Some(Exit {
            code: Some(3),
            signal: None
        })
    );
    assert_eq!(supervision.state.borrow().process, Some(7));
    drop(pipe);
    assert_eq!(supervision.end().await.unwrap(), None);
}

#[test]
fn a_helper_without_a_reader_starts_nothing() {
    let private = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let pipe = runtime.block_on(async { Supervision::prepare(private.path()).unwrap().pipe });
    assert!(supervise(&pipe, None, ["/bin/false".into()]).is_err());
}
