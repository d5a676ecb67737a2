//! Types that extend `storages.OssType` by overriding just what they change. An instance chooses one by its `type`;
//! `use override_oss_type as _;` links both into a program.
//!
//! * `storages.KeepAllType` (`keep_all.rs`) deletes nothing: one method, fifteen lines.
//! * `storages.TenantType` (`tenant.rs`) keeps every object under a tenant's prefix, with one configuration key more.

mod keep_all;
mod tenant;
