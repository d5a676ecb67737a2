//! `storage_type!`: how a crate registers a Type.

/// Registers a storage Type, so that every program that links the crate has it. There is no list to edit.
///
/// Three forms, each with an optional `title:` and `keys:` in this order before `build:`:
///
/// | form | `build` gets | for |
/// | --- | --- | --- |
/// | `storage_type!("storages.MyType", build: …)` | [`TypeContext`](crate::TypeContext) | a new Type |
/// | `storage_type!("storages.MyType", extends: "storages.OssType", build: …)` | [`Base`](crate::Base) | a Type that extends another |
/// | `storage_type!("storages.OssType", replaces: "jit-storages-oss-type", build: …)` | [`Base`](crate::Base) | rewriting the Type that this Cargo package registers |
///
/// `build` returns `Result<impl Storage>` (whatever implements [`StorageOverride`](crate::StorageOverride) is one). It
/// checks and allocates; it touches neither network nor data. `keys` is a `const` table of
/// [`ConfigKey`](crate::ConfigKey)s; who extends or replaces a Type inherits its keys.
///
/// The macro stands at module level. A fullName that is none does not compile:
///
/// ```compile_fail
/// # use meta::prelude::*;
/// # #[derive(Debug)]
/// # struct My(Arc<dyn Storage>);
/// # impl StorageOverride for My { fn base(&self) -> &dyn Storage { &*self.0 } }
/// storage_type!("storages/MyType", extends: "storages.OssType", build: |base| Ok(My(base.build()?)));
/// ```
#[macro_export]
macro_rules! storage_type {
    ($name:literal $(, title: $title:literal)? $(, keys: $keys:expr)?, build: $build:expr $(,)?) => {
        $crate::storage_type!(@submit $name, [$($title)?], [$($keys)?], Root {
            factory: {
                fn factory(
                    context: $crate::TypeContext<'_>,
                ) -> $crate::Result<::std::sync::Arc<dyn $crate::Storage>> {
                    $crate::__private::build_root(context, $build)
                }
                factory
            }
        });
    };
    ($name:literal, extends: $parent:literal $(, title: $title:literal)? $(, keys: $keys:expr)?, build: $build:expr $(,)?) => {
        $crate::storage_type!(@derived $name, [$($title)?], [$($keys)?], Extends, parent, $parent, $build);
    };
    ($name:literal, replaces: $package:literal $(, title: $title:literal)? $(, keys: $keys:expr)?, build: $build:expr $(,)?) => {
        $crate::storage_type!(@derived $name, [$($title)?], [$($keys)?], Replaces, package, $package, $build);
    };
    (@derived $name:literal, $title:tt, $keys:tt, $kind:ident, $field:ident, $on:literal, $build:expr) => {
        $crate::storage_type!(@submit $name, $title, $keys, $kind {
            $field: $on,
            factory: {
                fn factory(base: $crate::Base<'_>) -> $crate::Result<::std::sync::Arc<dyn $crate::Storage>> {
                    $crate::__private::build_derived(base, $build)
                }
                factory
            }
        });
    };
    (@submit $name:literal, [$($title:literal)?], [$($keys:expr)?], $kind:ident { $($fields:tt)* }) => {
        $crate::__private::inventory::submit! {
            $crate::TypeRegistration::new(
                $name,
                $crate::__private::first(&[$($title,)? ""]),
                $crate::__private::first(&[$($keys,)? &[]]),
                $crate::TypeKind::$kind { $($fields)* },
                $crate::Origin::new(
                    ::std::env!("CARGO_PKG_NAME"),
                    ::std::env!("CARGO_PKG_VERSION"),
                    ::std::file!(),
                    ::std::line!(),
                ),
            )
        }
    };
}

/// What the expansion of `storage_type!` needs. No part of the public API.
#[doc(hidden)]
pub mod __private {
    use std::sync::Arc;

    pub use inventory;

    use crate::error::Result;
    use crate::loader::{Base, TypeContext};
    use crate::storage::Storage;

    // These two give the closure its argument's type, so that authors need not write it.
    pub fn build_root<S: Storage>(
        context: TypeContext<'_>,
        build: impl FnOnce(TypeContext<'_>) -> Result<S>,
    ) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(build(context)?))
    }

    pub fn build_derived<S: Storage>(
        base: Base<'_>,
        build: impl FnOnce(Base<'_>) -> Result<S>,
    ) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(build(base)?))
    }

    pub const fn first<T: Copy>(list: &[T]) -> T {
        list[0]
    }
}
