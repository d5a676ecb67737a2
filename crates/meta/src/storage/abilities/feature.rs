//! What options may ask and not every Type can do.

use std::fmt;

use crate::storage::options::{CompleteOptions, DownloadOptions, SignMethod, SignOptions, UploadOptions};

/// Something that the options of a call may ask and not every Type can do.
///
/// A Type declares those that it has with [`Abilities::with_features`](crate::Abilities::with_features); the element
/// refuses the others before the Type is called, so that nothing is silently left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// [`UploadOptions::storage_class`].
    StorageClass,
    /// [`UploadOptions::acl`].
    Acl,
    /// [`UploadOptions::tags`].
    Tags,
    /// [`UploadOptions::encryption`].
    Encryption,
    /// [`UploadOptions::callback`].
    Callback,
    /// `traffic_limit` of uploads, downloads and signed requests.
    TrafficLimit,
    /// `process` of downloads and signed requests.
    Process,
    /// [`SignOptions::response_headers`].
    ResponseHeaders,
    /// [`SignOptions::part`].
    SignedParts,
    /// [`SignMethod::Post`].
    Forms,
    /// [`SignOptions::public_end_point`].
    PublicEndPoint,
}

impl Feature {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::StorageClass,
        Self::Acl,
        Self::Tags,
        Self::Encryption,
        Self::Callback,
        Self::TrafficLimit,
        Self::Process,
        Self::ResponseHeaders,
        Self::SignedParts,
        Self::Forms,
        Self::PublicEndPoint,
    ];

    /// The feature as a noun in the plural: `storage classes`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::StorageClass => "storage classes",
            Self::Acl => "access rules of objects",
            Self::Tags => "tags",
            Self::Encryption => "options of encryption",
            Self::Callback => "callbacks",
            Self::TrafficLimit => "traffic limits",
            Self::Process => "processed downloads",
            Self::ResponseHeaders => "response headers in signed requests",
            Self::SignedParts => "signed requests for parts",
            Self::Forms => "signed forms",
            Self::PublicEndPoint => "other hosts in signed requests",
        }
    }

    pub(super) fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

fn asked<const N: usize>(table: [(Feature, bool); N]) -> impl Iterator<Item = Feature> {
    table.into_iter().filter_map(|(feature, is_asked)| is_asked.then_some(feature))
}

impl UploadOptions {
    /// What the options ask beyond what every Type can do.
    pub fn features(&self) -> impl Iterator<Item = Feature> {
        asked([
            (Feature::StorageClass, self.storage_class.is_some()),
            (Feature::Acl, self.acl.is_some()),
            (Feature::Tags, !self.tags.is_empty()),
            (Feature::Encryption, self.encryption.is_some()),
            (Feature::Callback, self.callback.is_some()),
            (Feature::TrafficLimit, self.traffic_limit.is_some()),
        ])
    }
}

impl CompleteOptions {
    /// What the options ask beyond what every Type that takes parts can do.
    pub fn features(&self) -> impl Iterator<Item = Feature> {
        asked([(Feature::Acl, self.acl.is_some()), (Feature::Callback, self.callback.is_some())])
    }
}

impl DownloadOptions {
    /// What the options ask beyond what every Type can do.
    pub fn features(&self) -> impl Iterator<Item = Feature> {
        asked([(Feature::TrafficLimit, self.traffic_limit.is_some()), (Feature::Process, self.process.is_some())])
    }
}

impl SignOptions {
    /// What the options ask beyond what every Type that signs can do.
    pub fn features(&self) -> impl Iterator<Item = Feature> {
        self.upload.features().chain(asked([
            (Feature::TrafficLimit, self.traffic_limit.is_some()),
            (Feature::Process, self.process.is_some()),
            (Feature::ResponseHeaders, self.response_headers.iter().next().is_some()),
            (Feature::SignedParts, self.part.is_some()),
            (Feature::Forms, self.method == SignMethod::Post),
            (Feature::PublicEndPoint, self.public_end_point.is_some()),
        ]))
    }
}
