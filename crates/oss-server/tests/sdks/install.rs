//! The SDKs, installed once under the target folder, in the versions that the checks were written against.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const PYTHON_PACKAGES: [&str; 2] = ["oss2==2.19.1", "alibabacloud-oss-v2==1.4.1"];
const NODE_PACKAGES: [&str; 1] = ["ali-oss@6.23.0"];

/// A Python that has the SDKs.
pub(crate) fn python() -> Command {
    let folder = folder("python");
    let program = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    once(&folder, &PYTHON_PACKAGES, || {
        let base = if cfg!(windows) { "python" } else { "python3" };
        let missing = "Python 3 with its module `venv` is needed (Debian: `apt-get install python3-venv`)";
        run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder), missing);
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(
            Command::new(&program).args(install).args(PYTHON_PACKAGES),
            "the packages come from a Python package index",
        );
    });
    let mut python = Command::new(program);
    // Nothing is to be written beside the programs.
    python.arg("-B");
    python
}

/// A Node that finds the SDK by `OSS_SDK_FOLDER`: modules look for packages beside themselves only.
pub(crate) fn node() -> Command {
    let folder = folder("node");
    once(&folder, &NODE_PACKAGES, || {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
        let missing = "Node and npm are needed (Debian: `apt-get install nodejs npm`), and a package registry";
        run(Command::new(npm).args(install).arg(&folder).args(NODE_PACKAGES), missing);
    });
    let mut node = Command::new("node");
    node.env("OSS_SDK_FOLDER", folder);
    node
}

fn folder(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
    target.join("sdks").join(name)
}

/// Installs packages unless exactly these are there. Of several tests, in one process or in several, one does it, and
/// the others wait.
fn once(folder: &Path, packages: &[&str], install: impl FnOnce()) {
    fs::create_dir_all(folder).unwrap();
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let (done, wanted) = (folder.with_extension("installed"), packages.join("\n"));
    if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return;
    }
    let _ = fs::remove_file(&done);
    install();
    fs::write(done, wanted).unwrap();
}

fn run(command: &mut Command, needed: &str) {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| panic!("cannot run `{name}`: {error}; {needed}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "`{name}` failed; {needed}:\n{}", String::from_utf8_lossy(&said));
}
