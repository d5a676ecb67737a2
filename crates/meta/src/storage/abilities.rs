//! What not every store can do: small object-safe traits, handed out by one method of the contract.

use std::fmt;

use async_trait::async_trait;

use super::body::Body;
use super::object_name::ObjectName;
use super::options::{CopyOptions, ListOptions, Overwrite, UploadOptions};
use super::results::{Appended, ListPage, Uploaded, UploadedPart};
use crate::error::Result;

/// Lists the names of objects.
#[async_trait]
pub trait ListObjects: Send + Sync {
    /// A page of names in the order of their bytes. Every object that exists throughout the listing is on exactly one
    /// page.
    async fn list(&self, options: ListOptions) -> Result<ListPage>;
}

/// Copies objects within the store, without passing their bytes through the caller.
#[async_trait]
pub trait CopyObject: Send + Sync {
    /// Copies an object with its type and metadata. The target appears whole or not at all.
    async fn copy(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded>;
}

/// Appends to objects.
#[async_trait]
pub trait AppendObject: Send + Sync {
    /// Appends at the end, which must be at `position`, else
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict). Position 0 creates the object; the options count only then.
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended>;
}

/// Uploads one object in parts, in any order and by several senders. The object appears when the upload is completed.
#[async_trait]
pub trait MultipartUpload: Send + Sync {
    /// Begins an upload and returns its id.
    async fn initiate(&self, name: &ObjectName, options: UploadOptions) -> Result<String>;

    /// Sends a part, numbered from 1 to 10 000; a number sent again replaces the part.
    async fn upload_part(&self, name: &ObjectName, upload_id: &str, number: u32, data: Body) -> Result<UploadedPart>;

    /// The parts that the store has, in order.
    async fn list_parts(&self, name: &ObjectName, upload_id: &str) -> Result<Vec<UploadedPart>>;

    /// Makes the object of these parts, in ascending order.
    async fn complete(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        overwrite: Overwrite,
    ) -> Result<Uploaded>;

    /// Throws the upload and its parts away. An upload that is gone counts as aborted.
    async fn abort(&self, name: &ObjectName, upload_id: &str) -> Result<()>;
}

/// Declares [`Ability`] and [`Abilities`] from one table: variant, field, setter, trait, noun and effect of each.
macro_rules! abilities {
    ($($(#[$doc:meta])* $variant:ident, $field:ident, $with:ident, $trait:ident, $noun:literal, $effect:ident;)*) => {
        /// Something that not every store can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Ability {
            $($(#[$doc])* $variant,)*
        }

        impl Ability {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The ability as a noun: `append`.
            pub fn noun(self) -> &'static str {
                match self { $(Self::$variant => $noun,)* }
            }

            fn effect(self) -> Effect {
                match self { $(Self::$variant => Effect::$effect,)* }
            }
        }

        /// What a storage can do beyond the five verbs, as references to the objects that do it.
        #[derive(Clone, Copy, Default)]
        #[non_exhaustive]
        pub struct Abilities<'a> {
            $($(#[$doc])* pub $field: Option<&'a dyn $trait>,)*
            closed: u32,
        }

        impl<'a> Abilities<'a> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $with(mut self, ability: &'a dyn $trait) -> Self {
                    self.$field = Some(ability);
                    self.closed &= !Ability::$variant.bit();
                    self
                }
            )*

            /// Whether it is there.
            pub fn has(&self, ability: Ability) -> bool {
                match ability { $(Ability::$variant => self.$field.is_some(),)* }
            }

            fn close(&mut self, ability: Ability) {
                match ability { $(Ability::$variant => self.$field = None,)* }
                self.closed |= ability.bit();
            }
        }
    };
}

abilities! {
    /// Listing names.
    List, list, with_list, ListObjects, "listing", Reads;
    /// Copying within the store.
    Copy, copy, with_copy, CopyObject, "copy", Writes;
    /// Appending to objects.
    Append, append, with_append, AppendObject, "append", Writes;
    /// Uploading in parts.
    Multipart, multipart, with_multipart, MultipartUpload, "multipart upload", Writes;
}

#[derive(PartialEq)]
enum Effect {
    Reads,
    Writes,
}

impl Ability {
    fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Whether it changes objects. An override inherits only abilities that do not.
    pub fn writes(self) -> bool {
        self.effect() == Effect::Writes
    }
}

impl<'a> Abilities<'a> {
    /// Nothing beyond the five verbs.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those that only read, which is what an override inherits unless it says otherwise. The others count as closed.
    #[must_use]
    pub fn reading(self) -> Self {
        self.reading_and(&[])
    }

    /// Those that only read, and of those that write just these, as the base does them: past the override's own
    /// `upload_by_file` and `delete`.
    #[must_use]
    pub fn reading_and(mut self, opened: &[Ability]) -> Self {
        for ability in Ability::ALL.iter().copied() {
            if ability.writes() && self.has(ability) && !opened.contains(&ability) {
                self.close(ability);
            }
        }
        self
    }

    /// Whether the base has it and an override has closed it.
    pub fn is_closed(&self, ability: Ability) -> bool {
        self.closed & ability.bit() != 0
    }

    /// Those that are there.
    pub fn iter(&self) -> impl Iterator<Item = Ability> {
        Ability::ALL.iter().copied().filter(|ability| self.has(*ability))
    }
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

impl fmt::Debug for Abilities<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
