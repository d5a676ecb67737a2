//! oss-server
