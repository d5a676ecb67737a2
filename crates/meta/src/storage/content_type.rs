//! The ways in which callers give a content type.

/// A content type as callers have it: `"text/plain"`, `&String`, `String`, `Option<&str>` or `None`.
///
/// ```
/// # async fn example(oss: &meta::StorageElement) -> meta::Result<()> {
/// let guessed: String = "image/jpeg".to_owned();
/// oss.upload_by_file("a", "text", "text/plain").await?;
/// oss.upload_by_file("a", "text", &guessed).await?;
/// oss.upload_by_file("a", "text", Some(guessed.as_str())).await?;
/// oss.upload_by_file("a", "text", guessed).await?;
/// oss.upload_by_file("a", "text", None).await?;
/// # Ok(())
/// # }
/// ```
// No `Option` of another type implements it, or a bare `None` would not tell which one it is.
pub trait IntoContentType: sealed::Sealed {
    /// The content type, if any.
    fn into_content_type(self) -> Option<String>;
}

impl IntoContentType for &str {
    fn into_content_type(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl IntoContentType for &String {
    fn into_content_type(self) -> Option<String> {
        Some(self.clone())
    }
}

impl IntoContentType for String {
    fn into_content_type(self) -> Option<String> {
        Some(self)
    }
}

impl IntoContentType for Option<&str> {
    fn into_content_type(self) -> Option<String> {
        self.map(str::to_owned)
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for &str {}
    impl Sealed for &String {}
    impl Sealed for String {}
    impl Sealed for Option<&str> {}
}
