#![no_main]
#![allow(dead_code, reason = "each fuzzer uses one target of all")]

#[path = "../../tests/properties/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::xml(data));
