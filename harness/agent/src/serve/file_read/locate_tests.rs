//! Tests of opening files among symlinks, pipes and credentials.

use std::io::Read as _;
use std::os::unix::fs::symlink;

use rustix::fs::mknodat;

use super::super::path::admit;
use super::*;
use crate::stage::Stage;

fn find(stage: &Stage, path: &str) -> Result<String, Unserved> {
    let mut located = locate(&stage.settings(), &admit(Some(path)).unwrap())?;
    let mut text = String::new();
    located.file.read_to_string(&mut text).unwrap();
    Ok(text)
}

#[tokio::test]
async fn each_root_is_where_it_belongs() {
    let stage = Stage::new().await;
    stage.write("configs/a", "of configs");
    stage.write("root/workspace/a", "of workspace");
    assert_eq!(find(&stage, "/configs/a").unwrap(), "of configs");
    assert_eq!(find(&stage, "/workspace/a").unwrap(), "of workspace");
    assert_eq!(find(&stage, "/home/a"), Err(Unserved::Missing));
    assert_eq!(find(&stage, "/home"), Err(Unserved::Missing));
}

#[tokio::test]
async fn what_is_not_a_regular_file_is_not_opened() {
    let stage = Stage::new().await;
    let place = stage.directory.path().join("root/workspace");
    std::fs::create_dir(place.join("dir")).unwrap();
    stage.write("root/workspace/file", "x");
    symlink("file", place.join("link")).unwrap();
    symlink("nowhere", place.join("dangling")).unwrap();
    mknodat(
        CWD,
        place.join("pipe"),
        FileType::Fifo,
        Mode::RUSR | Mode::WUSR,
        0,
    )
    .unwrap();
    for name in ["dir", "link", "dangling", "pipe"] {
        assert_eq!(
            find(&stage, &format!("/workspace/{name}")),
            Err(Unserved::NotRegular),
            "{name}"
        );
    }
    assert_eq!(find(&stage, "/workspace/file/below"), Err(Unserved::Failed));
}

#[tokio::test]
async fn a_parent_may_be_a_symlink_inside_the_roots_but_not_out_of_them() {
    let stage = Stage::new().await;
    let place = stage.directory.path();
    for name in ["outside", "root/workspace/real", "root/home"] {
        std::fs::create_dir(place.join(name)).unwrap();
        stage.write(&format!("{name}/x"), name);
    }
    for (name, target) in [
        ("inner", "root/workspace/real"),
        ("across", "root/home"),
        ("out", "outside"),
    ] {
        symlink(place.join(target), place.join("root/workspace").join(name)).unwrap();
    }
    assert_eq!(
        find(&stage, "/workspace/inner/x").unwrap(),
        "root/workspace/real"
    );
    assert_eq!(find(&stage, "/workspace/across/x").unwrap(), "root/home");
    assert_eq!(find(&stage, "/workspace/out/x"), Err(Unserved::Outside));
}

#[tokio::test]
async fn credentials_are_missing_under_every_name() {
    let stage = Stage::new().await;
    let place = stage.directory.path();
    stage.write("configs/.auth_token", "token");
    stage.write("configs/.auth_token.0f.tmp", "token");
    stage.write("root/workspace/.auth_token", "somebody's");
    symlink(place.join("configs"), place.join("root/workspace/link")).unwrap();
    std::fs::hard_link(
        place.join("configs/.auth_token"),
        place.join("root/workspace/hard"),
    )
    .unwrap();
    for path in [
        "/configs/.auth_token",
        "/configs/.auth_token.0f.tmp",
        "/workspace/link/.auth_token",
        "/workspace/hard",
    ] {
        assert_eq!(find(&stage, path), Err(Unserved::Credential), "{path}");
    }
    assert_eq!(
        find(&stage, "/workspace/.auth_token").unwrap(),
        "somebody's"
    );
}
