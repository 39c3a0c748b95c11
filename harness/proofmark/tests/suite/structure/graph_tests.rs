//! The module graph of small made-up crates.

use std::fs;

use super::graph::{Level, levels};
use super::source::read_crate;

/// The levels of a crate of these files below `src`, as words.
fn graph(files: &[(&str, &str)]) -> String {
    let levels = read(files);
    let shown: Vec<_> = levels
        .iter()
        .map(|(path, level)| format!("crate::{path}\n{level}"))
        .collect();
    shown.concat()
}

/// The levels of such a crate, by the path of the parent.
fn read(files: &[(&str, &str)]) -> Vec<(String, Level)> {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let levels = levels(&read_crate(&root.path().join("lib.rs")));
    levels
        .into_iter()
        .map(|(path, level)| (path.join("::"), level))
        .collect()
}

#[test]
fn nested_and_renamed_imports_are_uses() {
    let shown = graph(&[
        (
            "lib.rs",
            "mod board; mod edge; mod fault; mod gateway; mod wire;",
        ),
        (
            "board.rs",
            "use crate::{edge::{self, Edge}, fault::Fault as Mistake};",
        ),
        ("edge.rs", "use super::{wire as cable};"),
        ("fault.rs", "use std::fmt;"),
        ("gateway.rs", "use board::Board; use serde::board::X;"),
        ("wire.rs", ""),
    ]);
    // Only the root knows `board` by its bare name.
    assert_eq!(
        shown,
        "crate::\n  fault\n  gateway\n  wire\n  edge -> wire\n  board -> edge, fault\n"
    );
}

#[test]
fn paths_in_code_types_and_macros_are_uses() {
    let shown = graph(&[
        ("lib.rs", "mod a; mod b; mod c; mod d; mod e; mod f; mod g;"),
        (
            "a.rs",
            "fn f(x: crate::b::X) -> u8 { vec![super::c::Y::new()]; 1 }",
        ),
        (
            "b.rs",
            "#[serde(with = \"crate::c\")] struct X { y: <super::d::T as Clone>::Out }",
        ),
        (
            "c.rs",
            "fn f() { use super::e::Z; g(|| ::a::x(), std::a::y()) }",
        ),
        (
            "d.rs",
            "impl super::f::T for D { fn f() -> impl Sized + use<'_> { self::g::h() } }",
        ),
        ("e.rs", "use super::g; fn f() { g::inner::deep() }"),
        (
            "f.rs",
            "macro_rules! m { ($x:expr) => { $crate::g::h($x) } }",
        ),
        ("g.rs", "pub mod inner {}"),
    ]);
    let expected =
        "crate::\n  g\n  e -> g\n  f -> g\n  c -> e\n  d -> f\n  b -> c, d\n  a -> b, c\n";
    assert_eq!(shown, format!("{expected}crate::g\n  inner\n"));
}

#[test]
fn what_a_parent_hands_on_is_a_use_of_who_defines_it() {
    let shown = graph(&[
        (
            "lib.rs",
            "mod double; mod gateway; pub use double::{Board, Other as Renamed};",
        ),
        (
            "double/mod.rs",
            "mod board; mod reader; mod routes; pub(crate) use routes::Board;",
        ),
        (
            "double/routes/mod.rs",
            "mod board; mod route; pub(super) use board::*; pub use route::route;",
        ),
        (
            "double/routes/board.rs",
            "pub struct Board; use super::route;",
        ),
        ("double/routes/route.rs", "pub fn route() {}"),
        ("double/board.rs", "fn f() { super::Board::new() }"),
        ("double/reader.rs", "use super::routes::Board;"),
        (
            "gateway.rs",
            "use crate::Board; fn f() { crate::Renamed::x() }",
        ),
    ]);
    let expected = [
        "crate::\n  double\n  gateway -> double\n",
        "crate::double\n  routes\n  board -> routes\n  reader -> routes\n",
        "crate::double::routes\n  route\n  board -> route\n",
    ];
    assert_eq!(shown, expected.concat());
}

#[test]
fn who_hands_on_what_another_defines_is_used_as_well() {
    let shown = graph(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub use crate::b::Thing;"),
        ("b.rs", "pub struct Thing;"),
        ("c.rs", "use crate::a::Thing;"),
    ]);
    assert_eq!(shown, "crate::\n  b\n  a -> b\n  c -> a, b\n");
}

#[test]
fn code_for_tests_does_not_count() {
    let shown = graph(&[
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod testing;"),
        (
            "a.rs",
            "#[cfg(test)] use super::b::{X, Y};
             #[cfg(test)] pub(crate) async fn f<A, B>() -> A { super::b::x() }
             /// As in [`super::b::X`].
             struct A { #[cfg(test)] seen: Vec<super::b::X>, #[cfg(test)] told: super::b::X }
             #[cfg(test)] #[path = \"a_tests.rs\"] mod tests;
             #[cfg(test)] const X: super::b::X = super::b::X { y: 1 };
             #[cfg(test)] mod more { use super::super::b; }",
        ),
        ("b.rs", "use super::a::A;"),
    ]);
    assert_eq!(shown, "crate::\n  a\n  b -> a\n");
}

#[test]
fn what_a_parent_defines_itself_is_one_more_module() {
    let shown = graph(&[
        ("lib.rs", "mod double;"),
        (
            "double/mod.rs",
            "mod a; mod b; pub use a::A; use b::B; use serde_json::Value; pub struct Own(B);",
        ),
        (
            "double/a.rs",
            "use super::Own; pub(in crate::double) struct A;",
        ),
        ("double/b.rs", "use super::Value;"),
    ]);
    assert_eq!(
        shown,
        "crate::\n  double\ncrate::double\n  b\n  (itself) -> b\n  a -> (itself)\n"
    );
}

#[test]
fn a_cycle_is_found_and_every_use_in_it_said() {
    let levels = read(&[
        ("lib.rs", "mod a; mod b; mod c; mod d; mod e;"),
        ("a.rs", "use super::b::B;\nuse super::e::E;"),
        ("b.rs", "use super::c::C;"),
        ("c.rs", "\nuse super::a::A;\nuse super::b::B;"),
        ("d.rs", "use super::a::A;"),
        ("e.rs", ""),
    ]);
    let [(_, level)] = levels.as_slice() else {
        panic!("one level")
    };
    let [cycle] = level.cycles().try_into().unwrap();
    let (head, uses) = cycle.split_once('\n').unwrap();
    assert_eq!(head, "b -> c -> b (3 of 5)");
    let uses: Vec<_> = uses
        .lines()
        .map(|line| line.split(" in ").next().unwrap())
        .collect();
    assert_eq!(
        uses,
        [
            "  a -> b: 1 places, first",
            "  b -> c: 1 places, first",
            "  c -> a: 1 places, first",
            "  c -> b: 1 places, first"
        ]
    );
    assert!(cycle.contains("c.rs:3 `super::b::B`"), "{cycle}");
    // Who uses a cycle from outside is not in it, and comes after what can be put in order.
    assert_eq!(
        level.to_string(),
        "  e\n  a -> b, e\n  b -> c\n  c -> a, b\n  d -> a\n"
    );
}
