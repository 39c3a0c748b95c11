//! This process itself stands for the watched one.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::symlink;

use super::*;

struct World {
    base: PathBuf,
    roots: Roots,
    _directory: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().canonicalize().unwrap();
        fs::create_dir(base.join("configs")).unwrap();
        let roots = Roots::new(&[base.join("configs")]).unwrap();
        Self {
            base,
            roots,
            _directory: directory,
        }
    }

    fn locate(&self, operand: &Operand) -> Option<Located> {
        let own = std::process::id().cast_signed();
        Locator {
            roots: &self.roots,
            thread: own,
            process: own,
        }
        .locate(operand)
        .unwrap()
    }

    fn place(&self, directory: i32, name: impl AsRef<OsStr>, follow: bool) -> Place {
        let name = name.as_ref().to_owned();
        self.locate(&Operand::Path {
            directory,
            name,
            follow,
        })
        .unwrap()
        .place
    }
}

#[test]
fn absolute_and_directory_relative_names_mean_the_same() {
    let world = World::new();
    let token = Place::below(0, ".auth_token");
    assert_eq!(
        world.place(libc::AT_FDCWD, world.base.join("configs/.auth_token"), true),
        token
    );
    assert_eq!(
        world.place(
            libc::AT_FDCWD,
            world.base.join("configs/../configs/./.auth_token"),
            true
        ),
        token
    );
    let directory = File::open(world.base.join("configs")).unwrap();
    assert_eq!(
        world.place(directory.as_raw_fd(), ".auth_token", true),
        token
    );
    let above = File::open(&world.base).unwrap();
    assert_eq!(
        world.place(above.as_raw_fd(), "configs/.auth_token", true),
        token
    );
}

#[test]
fn a_link_into_the_directory_is_followed_only_when_asked() {
    let world = World::new();
    symlink("configs/.auth_token", world.base.join("link")).unwrap();
    let link = world.base.join("link");
    assert_eq!(
        world.place(libc::AT_FDCWD, &link, true),
        Place::below(0, ".auth_token")
    );
    assert_eq!(
        world.place(libc::AT_FDCWD, &link, false),
        Place::outside(link.to_string_lossy())
    );
}

#[test]
fn links_in_a_circle_end() {
    let world = World::new();
    symlink("b", world.base.join("a")).unwrap();
    symlink("a", world.base.join("b")).unwrap();
    assert_eq!(
        world.place(libc::AT_FDCWD, world.base.join("a"), true).root,
        None
    );
}

#[test]
fn a_descriptor_is_found_by_all_its_names() {
    let world = World::new();
    let file = File::create(world.base.join("configs/a")).unwrap();
    let number = file.as_raw_fd();
    let place = Place::below(0, "a");
    let found = world.locate(&Operand::Descriptor(number)).unwrap();
    assert!(found.is_descriptor && !found.detached);
    assert_eq!(found.place, place);
    assert_eq!(
        world.place(libc::AT_FDCWD, format!("/proc/self/fd/{number}"), true),
        place
    );
    assert_eq!(
        world.place(libc::AT_FDCWD, format!("/dev/fd/{number}"), true),
        place
    );
}

#[test]
fn a_removed_file_is_detached_and_one_called_deleted_is_not() {
    let world = World::new();
    let path = world.base.join("configs/a");
    let file = File::create(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let found = world
        .locate(&Operand::Descriptor(file.as_raw_fd()))
        .unwrap();
    assert_eq!((found.place, found.detached), (Place::below(0, "a"), true));
    let odd = File::create(world.base.join("configs/b (deleted)")).unwrap();
    let found = world.locate(&Operand::Descriptor(odd.as_raw_fd())).unwrap();
    assert_eq!(
        (found.place, found.detached),
        (Place::below(0, "b (deleted)"), false)
    );
}

#[test]
fn what_is_no_file_is_nothing() {
    let world = World::new();
    let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    assert_eq!(world.locate(&Operand::Descriptor(one.as_raw_fd())), None);
    assert_eq!(world.locate(&Operand::Descriptor(9_999)), None);
}

#[test]
fn the_own_process_is_readable_and_its_own_group() {
    let own = std::process::id().cast_signed();
    assert!(is_readable(own));
    assert_eq!(group_of(own), Some(own));
}
