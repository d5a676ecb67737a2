//! nginx as a child, with a configuration, a folder and a port of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::load::Prepared;

/// The running nginx; it ends with this handle.
pub(crate) struct Nginx {
    program: &'static str,
    child: Child,
    folder: PathBuf,
    pub(crate) port: u16,
    /// Whether it was built with the module for `PUT`.
    pub(crate) takes_puts: bool,
}

impl Nginx {
    /// Starts nginx; `None` if it is not installed.
    pub(crate) fn spawn(folder: &Path) -> Option<Self> {
        // Debian keeps it where only administrators look.
        let (program, version) = ["nginx", "/usr/sbin/nginx"].into_iter().find_map(|program| {
            let answer = Command::new(program).arg("-V").stdin(Stdio::null()).output().ok()?;
            Some((program, String::from_utf8_lossy(&answer.stderr).into_owned()))
        })?;
        let takes_puts = version.contains("--with-http_dav_module");
        fs::create_dir_all(folder.join("files")).expect("the folder can be written to");
        // Free now; nobody else on this machine takes it in the next moment, most likely.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        fs::write(folder.join("nginx.conf"), configuration(port, takes_puts)).expect("the folder can be written to");
        let mut child = command(program, folder).stdin(Stdio::null()).spawn().expect("nginx starts");
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = child.try_wait().expect("the child can be asked") {
                panic!("nginx does not start: {status}");
            }
            assert!(Instant::now() < deadline, "nginx does not listen on port {port}");
            std::thread::yield_now();
        }
        Some(Self { program, child, folder: folder.to_owned(), port, takes_puts })
    }

    pub(crate) fn get(&self, name: &str) -> Prepared {
        Prepared::new("GET", &format!("/{name}"), &[("host", "localhost")], 0)
    }

    pub(crate) fn put(&self, name: &str, bytes: u64) -> Prepared {
        Prepared::new("PUT", &format!("/{name}"), &[("host", "localhost")], bytes)
    }

    /// Puts a file where nginx serves it.
    pub(crate) fn add(&self, name: &str, bytes: u64) {
        let file = File::create(self.file(name)).expect("the disk has room");
        let content = std::io::Read::take(std::io::repeat(b'x'), bytes);
        let mut content = std::io::BufReader::with_capacity(1 << 20, content);
        std::io::copy(&mut content, &mut &file).expect("the disk has room");
        file.sync_all().expect("the disk takes it");
    }

    /// Forces a file to the disk, which nginx leaves to the system.
    pub(crate) fn sync(&self, name: &str) {
        File::open(self.file(name)).and_then(|file| file.sync_all()).expect("the disk takes it");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join("files").join(name)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Killing the master alone would leave its workers.
        let stopped = command(self.program, &self.folder).args(["-s", "stop"]).status();
        if stopped.is_ok_and(|status| status.success()) {
            let _ = self.child.wait();
        }
    }
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("-p").arg(folder).args(["-e", "error.log", "-c", "nginx.conf"]);
    command
}

/// As one would serve files quickly; without its log, as ours runs without one.
fn configuration(port: u16, takes_puts: bool) -> String {
    let puts = if takes_puts { "dav_methods PUT;" } else { "" };
    format!(
        "daemon off;\nworker_processes 2;\npid nginx.pid;\nuser root;\nevents {{ worker_connections 1024; }}\n\
         http {{\naccess_log off;\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 1000000000;\nkeepalive_timeout 600s;\n\
         client_max_body_size 0;\nclient_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\n\
         uwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n\
         server {{ listen 127.0.0.1:{port}; root files; location / {{ {puts} }} }}\n}}\n"
    )
}
