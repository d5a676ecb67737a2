//! How the command ends: what is said, and the code that scripts see.

use std::fmt;
use std::io;

use jit_storages::{Error, ErrorKind};
use oss_protocol::endpoint::Endpoint;

/// All was done.
pub(crate) const DONE: u8 = 0;
/// It failed.
pub(crate) const FAILED: u8 = 1;
/// The command line is wrong; nothing was done.
pub(crate) const USAGE: u8 = 2;
/// Some of it failed; each failure is listed, but for what is not tried since a service is down: how many is told.
pub(crate) const PARTLY: u8 = 3;
/// Interrupted by Ctrl-C, as shells count it.
pub(crate) const INTERRUPTED: u8 = 130;
/// Asked to end, as shells count it.
pub(crate) const TERMINATED: u8 = 143;

/// What `storages --help` says of the codes.
pub(crate) const HELP: &str = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly failed (each failure is listed), \
                               130 interrupted, 143 terminated\n\
                               With 2 nothing was done, because of the command line: also where a local file that it names \
                               is not there. What only the service can tell is 1. What is not tried since a service is down \
                               has failed, and is told in one line. `serve` ends with 0 when it is interrupted or \
                               terminated.";

/// What errors of the library tell programmers to do, and what that is on a command line.
const ON_COMMAND_LINES: &[(&str, &str)] = &[
    ("use `download`, or a Type", "use `storages get`, or a Type"),
    ("has no storages", "has no storages: make one with `storages new NAME`"),
    ("download it again", "get it again"),
    ("upload it again", "put it again"),
];

/// How the library begins to tell that there is no connection; the host follows.
const CANNOT_CONNECT: &str = "cannot connect to `";

/// What comes of speaking TLS to a server that does not.
const SPEAKS_NO_TLS: &[&str] = &["InvalidContentType", "handshake"];

/// Why a command ends before its time. The texts are for persons: one or two lines.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line asks for what cannot be.
    Usage(String),
    /// It failed.
    Failed(String),
    /// It failed since nobody answered; the next one will hardly fare better.
    Unreached(String),
    /// So many of so many failed, and each was told.
    Partly { failed: u64, of: u64 },
    /// What was found was told already.
    Told,
    /// Ctrl-C, with how to go on.
    Interrupted(String),
    /// Asked to end by another process, with how to go on.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has a signal for it"))]
    Terminated(String),
    /// Nobody reads on, as with `| head`.
    NobodyReads,
}

/// What commands return.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// A file or folder that cannot be used.
    pub(crate) fn file(what: &str, path: &std::path::Path, error: &io::Error) -> Self {
        Self::Failed(format!("cannot {what} `{}`: {error}", path.display()))
    }

    /// Says more behind what failed. What the command line asks for is wrong whatever else is true.
    pub(crate) fn with_more(self, more: impl fmt::Display) -> Self {
        match self {
            Self::Failed(text) => Self::Failed(format!("{text}{more}")),
            Self::Unreached(text) => Self::Unreached(format!("{text}{more}")),
            failure => failure,
        }
    }

    /// The same behind what was done already, where the command line is no longer to blame.
    pub(crate) fn after_changes(self) -> Self {
        match self {
            Self::Usage(text) => Self::Failed(text),
            failure => failure,
        }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Failed(_) | Self::Unreached(_) | Self::Told => FAILED,
            Self::Partly { failed, of } if failed == of => FAILED,
            Self::Partly { .. } => PARTLY,
            Self::Interrupted(_) => INTERRUPTED,
            Self::Terminated(_) => TERMINATED,
            Self::NobodyReads => DONE,
        }
    }

    /// What is left to be said.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Usage(text) | Self::Failed(text) | Self::Unreached(text) => Some(text.clone()),
            Self::Partly { failed, of } if *of > 1 => Some(format!("{failed} of {of} failed, as told above")),
            Self::Interrupted(text) | Self::Terminated(text) => Some(format!("interrupted; {text}")),
            Self::Partly { .. } | Self::Told | Self::NobodyReads => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut text = error.to_string();
        if error.kind() == ErrorKind::Unreachable
            && is_of_this_machine(error.message())
            && let Some(advice) = advice_for_this_machine(error.message())
        {
            text = text.replace("check `endPoint` and the network", advice);
        }
        for (library, command) in ON_COMMAND_LINES {
            if text.contains(library) {
                text = text.replace(library, command);
            }
        }
        match error.kind() {
            // What the service refuses, the command line alone does not tell to be wrong.
            _ if error.service().is_some() => Self::Failed(text),
            ErrorKind::Unreachable => Self::Unreached(text),
            // Others may be slow transfers of a service that does answer.
            ErrorKind::Timeout if error.message().starts_with(CANNOT_CONNECT) => Self::Unreached(text),
            ErrorKind::InvalidName | ErrorKind::InvalidInput | ErrorKind::UnknownElement => Self::Usage(text),
            _ => Self::Failed(text),
        }
    }
}

/// Whether what nobody answers at is an address of this machine, by what the library says: ``cannot connect to `HOST` ``.
fn is_of_this_machine(message: &str) -> bool {
    let host = message.strip_prefix(CANNOT_CONNECT).and_then(|rest| rest.split('`').next());
    host.and_then(|host| Endpoint::parse(host, None).ok()).is_some_and(|endpoint| endpoint.is_loopback())
}

/// What to do about a server of this machine, by why it is not reached.
fn advice_for_this_machine(message: &str) -> Option<&'static str> {
    if message.contains("refused") {
        Some("start the server: `storages serve`; or check `endPoint`")
    } else if SPEAKS_NO_TLS.iter().any(|sign| message.contains(sign)) {
        Some("write `http://` in `endPoint` where the server speaks no TLS: `storages serve` does not")
    } else {
        None
    }
}

/// Failures of writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Failed(format!("cannot write to standard output: {error}")),
        }
    }
}
