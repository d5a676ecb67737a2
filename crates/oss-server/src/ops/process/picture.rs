//! Pictures: read within limits, written in the format in which they came.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use oss_protocol::code::Code;

use crate::failure::Failure;

/// The most pixels of a side, and the most bytes that a decoded picture may take.
const SIDE_LIMIT: u32 = 30_000;
const MEMORY_LIMIT: u64 = 256 * 1024 * 1024;

pub(super) struct Picture {
    pub(super) pixels: DynamicImage,
    format: ImageFormat,
}

impl Picture {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let refuse = || Failure::with_message(Code::BadRequest, "This image format is not supported.");
        let format = image::guess_format(bytes).map_err(|_| refuse())?;
        if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Bmp | ImageFormat::WebP) {
            return Err(refuse());
        }
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE_LIMIT);
        limits.max_image_height = Some(SIDE_LIMIT);
        limits.max_alloc = Some(MEMORY_LIMIT);
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        let pixels = reader.decode().map_err(|error| {
            Failure::with_message(Code::BadRequest, format!("The picture cannot be read: {error}."))
        })?;
        Ok(Self { pixels, format })
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, Failure> {
        let mut out = Cursor::new(Vec::new());
        // JPEG knows no transparency.
        let written = match self.format {
            ImageFormat::Jpeg => DynamicImage::ImageRgb8(self.pixels.to_rgb8()).write_to(&mut out, self.format),
            ImageFormat::WebP => DynamicImage::ImageRgba8(self.pixels.to_rgba8()).write_to(&mut out, self.format),
            _ => self.pixels.write_to(&mut out, self.format),
        };
        written.map_err(Failure::internal)?;
        Ok(out.into_inner())
    }

    pub(super) fn content_type(&self) -> &'static str {
        self.format.to_mime_type()
    }

    /// The answer to `image/info`: every value is a text in an object of its own.
    pub(super) fn describe(&self, file_size: usize) -> String {
        let value = |text: String| serde_json::json!({ "value": text });
        let format = if self.format == ImageFormat::Jpeg { "jpg" } else { self.format.extensions_str()[0] };
        let info = serde_json::json!({
            "FileSize": value(file_size.to_string()),
            "Format": value(format.to_owned()),
            "FrameCount": value("1".to_owned()),
            "ImageHeight": value(self.pixels.height().to_string()),
            "ImageWidth": value(self.pixels.width().to_string()),
        });
        info.to_string()
    }
}
