//! Links two crates that claim `storages.RivalType`, on `meta` alone, and prints what the registry says.

use meta::Registry;
use rival_alpha as _;
use rival_beta as _;

#[expect(clippy::print_stdout, reason = "the program is for its output")]
fn main() {
    match Registry::linked().resolve("storages.RivalType", &[]) {
        Ok(line) => println!("settled in favour of {:?}", line.first().map(|registration| registration.origin)),
        Err(error) => println!("{error}"),
    }
}
