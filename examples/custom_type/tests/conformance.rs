//! The example Type keeps the contract, and stays as short as the README says.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use conformance::Profile;
use custom_type as _;
use meta::Operation;

fn scratch() -> Profile {
    Profile::new(|| std::future::ready(conformance::element("storages.ScratchType", [("maxBytes", 64_u64 << 20)])))
        .without(&[Operation::Sign])
}

conformance::suite!(scratch);

/// Counts the lines of a rustfmt-formatted file that stand in no body of a function.
fn lines_outside_bodies(source: &str) -> usize {
    let mut outside = 0;
    // The indentation of the function whose body this is.
    let mut body: Option<usize> = None;
    for line in source.lines() {
        let indentation = line.len() - line.trim_start().len();
        match body {
            Some(function) if indentation == function && line.trim() == "}" => body = None,
            Some(_) => {}
            None => {
                outside += 1;
                let text = line.trim_start();
                if (text.starts_with("fn ") || text.starts_with("async fn ")) && text.ends_with('{') {
                    body = Some(indentation);
                }
            }
        }
    }
    outside
}

#[test]
fn a_new_type_takes_thirty_lines_beside_its_methods_bodies() {
    let outside = lines_outside_bodies(include_str!("../src/lib.rs"));
    assert!(outside <= 30, "{outside} lines");
}
