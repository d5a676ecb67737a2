//! How a case ends.

use meta::{Error, ErrorKind};

/// What a case, or a step of it, ends with.
pub(crate) type Outcome<T = ()> = Result<T, Stop>;

/// Why a case goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The Type breaks the contract.
    Failed(String),
    /// The profile says that what the case is about is not there.
    NotApplicable(String),
    /// The Type refused a call; a failure unless the case asked for it.
    Refused(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(format!("the suite cannot write its temporary file: {error}"))
    }
}

/// Ends the case as failed unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err($crate::outcome::Stop::Failed(format!($($text)+)));
        }
    };
}
pub(crate) use ensure;

/// Demands that a call was refused with this kind of error, and gives the error.
pub(crate) fn refused<T>(what: &str, outcome: Outcome<T>, kind: ErrorKind) -> Outcome<Error> {
    match outcome {
        Err(Stop::Refused(error)) if error.kind() == kind => Ok(error),
        Err(Stop::Refused(error)) => {
            Err(Stop::Failed(format!("{what} was refused as {:?} instead of {kind:?}: {error}", error.kind())))
        }
        Err(stop) => Err(stop),
        Ok(_) => Err(Stop::Failed(format!("{what} succeeded, and should have been refused as {kind:?}"))),
    }
}

/// Demands that two contents are the same, and tells where they differ.
pub(crate) fn same_bytes(what: &str, found: &[u8], expected: &[u8]) -> Outcome {
    if found == expected {
        return Ok(());
    }
    let first = found.iter().zip(expected).position(|(found, expected)| found != expected);
    let place = match first {
        Some(at) => format!("differs from byte {at} on"),
        None => "is right as far as it goes".to_owned(),
    };
    Err(Stop::Failed(format!("{what} has {} bytes of {}, and {place}", found.len(), expected.len())))
}
