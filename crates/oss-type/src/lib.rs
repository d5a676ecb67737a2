//! oss-type
