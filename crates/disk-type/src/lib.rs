//! disk-type
