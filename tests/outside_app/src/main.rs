//! Loads the app folder that it is given and tells what its element `storages.MyOss` is.

use std::process::ExitCode;

use jit_storages::{App, Result, StorageElement};

fn load(folder: &str) -> Result<StorageElement> {
    App::load(folder)?.get_element("storages.MyOss")
}

#[expect(clippy::print_stdout, reason = "the program is for its output")]
fn main() -> ExitCode {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    match load(&folder) {
        Ok(oss) => {
            println!("{} ({}): {}", oss.full_name(), oss.element_type(), oss.title());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
