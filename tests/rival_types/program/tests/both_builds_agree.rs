//! Two crates that claim one Type are an error that no build settles by its order of linking.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::print_stdout, reason = "a test that is passed over says so")]

use std::process::Command;

fn output(program: &str) -> String {
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_error_names_both_crates_and_the_line_that_settles_it() {
    let said = output(env!("CARGO_BIN_EXE_rival_program"));
    for part in [
        "2 packages claim the Type `storages.RivalType`",
        "package `jit-storages-rival-alpha`",
        "package `jit-storages-rival-beta`",
        "tests/rival_types/alpha/src/lib.rs:14",
        "tests/rival_types/beta/src/lib.rs:14",
        "`storages/RivalType/e.json`",
        "\"backendBundleEntry\": \"jit-storages-rival-beta\"",
    ] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
}

/// A release build takes its time, so it runs with `SOAK=1` (as CI does).
#[test]
fn a_release_build_says_the_same() {
    if std::env::var_os("SOAK").is_none() {
        println!("passed over; SOAK=1 builds the program in release and compares");
        return;
    }
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/rival_release");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "jit-storages-rival-program", "--target-dir", target])
        .status()
        .unwrap();
    assert!(status.success());
    let released = output(&format!("{target}/release/rival_program"));
    assert_eq!(released, output(env!("CARGO_BIN_EXE_rival_program")));
}
