//! The commands, one a file.

pub(crate) mod cat;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod cp;
pub(crate) mod describe;
pub(crate) mod explain;
pub(crate) mod get;
pub(crate) mod init;
pub(crate) mod list;
pub(crate) mod ls;
pub(crate) mod new;
pub(crate) mod put;
pub(crate) mod rm;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod stat;
pub(crate) mod sync;
pub(crate) mod types;
pub(crate) mod url;
