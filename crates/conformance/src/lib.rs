//! The suite that every storage Type passes, and a Type in memory for tests.
//!
//! A Type keeps a contract that no signature shows: writes are whole or nothing, names are never normalised, a missing
//! object counts as deleted, secrets stay out of errors. Here is a test for each of its promises. A Type's crate runs
//! all of them with one macro, each as a test of its own, so that a failure names itself:
//!
//! ```
//! // tests/conformance.rs
//! use conformance::Profile;
//! use meta::{Ability, Operation};
//!
//! fn profile() -> Profile {
//!     // `use my_type as _;` links the crate under test where nothing else mentions it.
//!     Profile::new(|| async { conformance::element("storages.MyType", [("accessKey", "s3cret")]) })
//!         .with_abilities(&[Ability::List, Ability::Copy])
//!         .without(&[Operation::Sign])
//!         .with_secrets(["s3cret"])
//! }
//!
//! conformance::suite!(profile);
//! ```
//!
//! The [`Profile`] says how to make an element and what is expected of it, exactly: what a Type lacks though it is
//! expected is red, and so is an ability or a feature that nobody declared and a verb that says "unsupported" undeclared.
//! A case about what the profile says is not there is not applicable and passes; [`run`] tells which these are.
//!
//! * Cases keep to names of their own and remove what they made, old versions and unfinished uploads included, so that they
//!   may share a store and run side by side.
//! * Abilities are about what a Type can ask. What only some stores of a Type do, such as to keep versions, the profile says
//!   of its store: [`with_versioned_store`](Profile::with_versioned_store).
//! * `SOAK=1` repeats what is about races and chance far more often; with `--nocapture` it prints how often.
//! * `CONFORMANCE_SEED` repeats a run of random operations that failed; its failure tells the seed.
//! * [`run`] and [`override_audit`] give a [`Report`] instead of tests, and [`run_case`] runs a single case.
//! * [`MemoryStorage`], the Type `storages.MemoryType`, is also a fixture for tests of apps.
//!
//! Who overrides a Type runs the suite on the result too. The cases of [`override_audit`] lay an override over it once
//! more and look whether anything happens that the override does not see.

mod audit;
mod cases;
mod element;
mod memory;
mod outcome;
mod profile;
mod report;
mod subject;
mod suite;

pub use self::element::element;
pub use self::memory::MemoryStorage;
pub use self::profile::Profile;
pub use self::report::{CaseResult, Report, Verdict};
#[doc(hidden)]
pub use self::suite::__private;
pub use self::suite::{case_names, override_audit, run, run_case};
