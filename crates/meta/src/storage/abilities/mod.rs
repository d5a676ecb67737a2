//! What not every store can do: small object-safe traits, handed out by one method of the contract.

mod feature;
mod traits;

use std::fmt;

pub use self::feature::Feature;
pub use self::traits::{
    AppendObject, CopyObject, ListObjects, ListVersions, MultipartUpload, ObjectAcls, StorageClasses, Symlinks,
    TagObject,
};

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
            /// How large objects are best read; `None` for as one stream.
            pub parallel_reads: Option<ParallelReads>,
            closed: u32,
            features: u32,
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
    /// Names that stand for other objects.
    Symlinks, symlinks, with_symlinks, Symlinks, "symbolic link", Writes;
    /// Tags of objects.
    Tags, tags, with_tags, TagObject, "tagging", Writes;
    /// Rules of access of single objects.
    Acls, acls, with_acls, ObjectAcls, "access rule", Writes;
    /// Storage classes and restoring.
    StorageClasses, storage_classes, with_storage_classes, StorageClasses, "storage class", Writes;
    /// Versions of objects.
    Versions, versions, with_versions, ListVersions, "versioning", Reads;
}

/// How large objects are best read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParallelReads {
    /// The size of a part in bytes. Smaller objects are read as one stream.
    pub part_size: u64,
    /// How many parts are read at a time.
    pub parallel: usize,
}

impl ParallelReads {
    /// Parts of this size, this many at a time.
    pub fn new(part_size: u64, parallel: usize) -> Self {
        Self { part_size, parallel }
    }
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

    /// With what the options of calls may ask beyond what every Type can do.
    #[must_use]
    pub fn with_features(mut self, features: &[Feature]) -> Self {
        self.features = features.iter().fold(self.features, |all, feature| all | feature.bit());
        self
    }

    /// Whether the options of calls may ask for it.
    pub fn supports(&self, feature: Feature) -> bool {
        self.features & feature.bit() != 0
    }

    /// Lets the element download large objects to files in parts, side by side: every range that is read is then the
    /// content itself, and size, ETag and checksum of [`ObjectInfo`](crate::ObjectInfo) describe that content.
    #[must_use]
    pub fn with_parallel_reads(mut self, reads: ParallelReads) -> Self {
        self.parallel_reads = Some(reads);
        self
    }

    /// Those that only read, which is what an override inherits unless it says otherwise. The others count as closed.
    /// Features stay, since what options ask arrives at the override's own methods; large objects are read as one stream,
    /// since an override may change what is read.
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
        self.parallel_reads = None;
        self
    }

    /// All but these, which count as closed: for overrides that hide or rename, where what reads must not reach past them.
    #[must_use]
    pub fn without(mut self, abilities: &[Ability]) -> Self {
        for ability in abilities.iter().copied().filter(|ability| self.has(*ability)).collect::<Vec<_>>() {
            self.close(ability);
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
