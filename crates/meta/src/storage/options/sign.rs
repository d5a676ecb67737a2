//! What is signed for somebody else.

use std::time::Duration;

use super::upload::UploadOptions;

/// What a signed request may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum SignMethod {
    /// Read the object.
    #[default]
    Get,
    /// Read what is known about the object.
    Head,
    /// Write the object.
    Put,
    /// Write the object by a form of a web page: the answer holds the form's fields.
    Post,
}

impl SignMethod {
    /// Whether whoever sends the request changes the object.
    pub fn writes(self) -> bool {
        match self {
            Self::Get | Self::Head => false,
            Self::Put | Self::Post => true,
        }
    }

    /// The method as HTTP spells it: `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Post => "POST",
        }
    }
}

/// What is signed for somebody else, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignOptions {
    /// What the request may do.
    pub method: SignMethod,
    /// For [`SignMethod::Put`]: the type that the client must send. Reading binds no type, since browsers send none.
    pub content_type: Option<String>,
    /// How long the request is valid, in whole seconds, at least one; [`SignOptions::DEFAULT_EXPIRES`] unless told.
    pub expires: Duration,
    /// For [`SignMethod::Put`] and [`SignMethod::Post`]: how the object is written. It is bound to the signature: the
    /// answer tells the headers, or the form's fields, that must be sent. Checkpoint and progress mean nothing here.
    pub upload: UploadOptions,
    /// For [`SignMethod::Put`]: the object's part that is written, in an upload that has begun.
    pub part: Option<PartOfUpload>,
    /// For [`SignMethod::Post`]: what the form may send.
    pub form: FormRules,
    /// For [`SignMethod::Get`]: headers that the answer shall carry instead of the object's own.
    pub response_headers: ResponseHeaders,
    /// For [`SignMethod::Get`]: what the store makes of the object, as the store spells it (OSS: `image/resize,w_100`).
    pub process: Option<String>,
    /// For [`SignMethod::Get`] and [`SignMethod::Head`]: the version that is read; `None` for the current one.
    pub version_id: Option<String>,
    /// The most that the store transfers, in bits per second. OSS: 245 760 (30 KiB/s) to 838 860 800 (100 MiB/s).
    pub traffic_limit: Option<u64>,
    /// The host that stands in the URL, with a scheme where it is not `https`: a custom domain or CDN that is bound to the
    /// bucket, or another endpoint of the service. `None` for the configured one.
    pub public_end_point: Option<String>,
}

/// A part of an upload that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartOfUpload {
    /// The id that `initiate_multipart` returned.
    pub upload_id: String,
    /// From 1 to 10 000.
    pub number: u32,
}

impl PartOfUpload {
    /// This part of this upload.
    pub fn new(upload_id: impl Into<String>, number: u32) -> Self {
        Self { upload_id: upload_id.into(), number }
    }
}

/// What a form may send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormRules {
    /// Which name the object gets.
    pub name: FormName,
    /// The least and the greatest size of the file in bytes, both included; `None` for any.
    pub size: Option<(u64, u64)>,
    /// Content types of which the form must send one; empty for the one of the options, or any.
    pub content_types: Vec<String>,
    /// Where the browser goes after a success; `None` for nowhere.
    pub success_redirect: Option<String>,
    /// The HTTP status of a success: 200, 201 (with an XML document) or 204; `None` for 204.
    pub success_status: Option<u16>,
}

/// Which name an object gets that a form uploads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FormName {
    /// The one that is signed.
    #[default]
    Exact,
    /// The one that is signed, followed by the name that the file has on the sender's machine.
    WithFileName,
}

impl FormRules {
    /// The object gets the signed name followed by the file's own.
    #[must_use]
    pub fn with_file_name(mut self) -> Self {
        self.name = FormName::WithFileName;
        self
    }

    /// The file has at least `least` and at most `most` bytes.
    #[must_use]
    pub fn with_size(mut self, least: u64, most: u64) -> Self {
        self.size = Some((least, most));
        self
    }

    /// The file is of one more content type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_types.push(content_type.into());
        self
    }

    /// The browser goes there after a success.
    #[must_use]
    pub fn with_success_redirect(mut self, url: impl Into<String>) -> Self {
        self.success_redirect = Some(url.into());
        self
    }

    /// A success has this HTTP status: 200, 201 or 204.
    #[must_use]
    pub fn with_success_status(mut self, status: u16) -> Self {
        self.success_status = Some(status);
        self
    }
}

/// Headers that an answer shall carry instead of the object's own. OSS lets nobody change the content type so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseHeaders {
    /// `Content-Disposition`, such as `attachment; filename="report.pdf"`, which makes browsers save the file.
    pub content_disposition: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Expires`.
    pub expires: Option<String>,
}

impl ResponseHeaders {
    /// With `Content-Disposition`.
    #[must_use]
    pub fn with_content_disposition(mut self, value: impl Into<String>) -> Self {
        self.content_disposition = Some(value.into());
        self
    }

    /// With `Content-Language`.
    #[must_use]
    pub fn with_content_language(mut self, value: impl Into<String>) -> Self {
        self.content_language = Some(value.into());
        self
    }

    /// With `Content-Encoding`.
    #[must_use]
    pub fn with_content_encoding(mut self, value: impl Into<String>) -> Self {
        self.content_encoding = Some(value.into());
        self
    }

    /// With `Cache-Control`.
    #[must_use]
    pub fn with_cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// With `Expires`.
    #[must_use]
    pub fn with_expires(mut self, value: impl Into<String>) -> Self {
        self.expires = Some(value.into());
        self
    }

    /// Those that are given, under their names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { content_disposition, content_language, content_encoding, cache_control, expires } = self;
        [
            ("content-disposition", content_disposition),
            ("content-language", content_language),
            ("content-encoding", content_encoding),
            ("cache-control", cache_control),
            ("expires", expires),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

impl SignOptions {
    /// JAAP's default: 300 seconds.
    pub const DEFAULT_EXPIRES: Duration = Duration::from_secs(300);

    /// A request of this method.
    pub fn new(method: SignMethod) -> Self {
        Self {
            method,
            content_type: None,
            expires: Self::DEFAULT_EXPIRES,
            upload: UploadOptions::default(),
            part: None,
            form: FormRules::default(),
            response_headers: ResponseHeaders::default(),
            process: None,
            version_id: None,
            traffic_limit: None,
            public_end_point: None,
        }
    }

    /// With the type that the client must send.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Valid for this long.
    #[must_use]
    pub fn with_expires(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }

    /// Writes the object so; the content type of [`with_content_type`](Self::with_content_type) comes first.
    #[must_use]
    pub fn with_upload(mut self, upload: UploadOptions) -> Self {
        self.upload = upload;
        self
    }

    /// Writes this part of an upload.
    #[must_use]
    pub fn with_part(mut self, part: PartOfUpload) -> Self {
        self.part = Some(part);
        self
    }

    /// Lets the form send this.
    #[must_use]
    pub fn with_form(mut self, form: FormRules) -> Self {
        self.form = form;
        self
    }

    /// Answers with these headers instead of the object's own.
    #[must_use]
    pub fn with_response_headers(mut self, headers: ResponseHeaders) -> Self {
        self.response_headers = headers;
        self
    }

    /// Reads what the store makes of the object.
    #[must_use]
    pub fn with_process(mut self, process: impl Into<String>) -> Self {
        self.process = Some(process.into());
        self
    }

    /// Reads this version.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }

    /// Transfers no more than this many bits per second.
    #[must_use]
    pub fn with_traffic_limit(mut self, bits_per_second: u64) -> Self {
        self.traffic_limit = Some(bits_per_second);
        self
    }

    /// With this host in the URL.
    #[must_use]
    pub fn with_public_end_point(mut self, host: impl Into<String>) -> Self {
        self.public_end_point = Some(host.into());
        self
    }
}

impl Default for SignOptions {
    fn default() -> Self {
        Self::new(SignMethod::Get)
    }
}
