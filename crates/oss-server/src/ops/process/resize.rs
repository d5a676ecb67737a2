//! `image/resize`: to a size that is named, in one of five ways.

use image::imageops::{self, FilterType};
use image::{DynamicImage, Rgba, RgbaImage};

use super::picture::Picture;
use crate::failure::Failure;

/// The most pixels of a side of the result.
const SIDE_LIMIT: u32 = 16_384;
/// The most pixels of the result: 64 MiB of them at four bytes each.
const AREA_LIMIT: u64 = 16 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resize {
    size: Size,
    mode: Mode,
    enlarge: Enlarge,
    background: Rgba<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Percent(u32),
    Sides {
        width: Option<u32>,
        height: Option<u32>,
    },
    /// Of the longer or of the shorter side.
    Longer(u32),
    Shorter(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The largest that fits into the size.
    Fit,
    /// The smallest that covers the size.
    Cover,
    /// As `Cover`, cut to the size around the centre.
    Fill,
    /// As `Fit`, on a ground of the size.
    Pad,
    /// Exactly the size, distorted if need be.
    Fixed,
}

/// Whether a picture may become larger; otherwise it stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Enlarge {
    Allow,
    Forbid,
}

impl Resize {
    /// Reads `w_100,h_50,m_fill` and its like.
    pub(super) fn parse(parameters: &str) -> Result<Self, Failure> {
        let (mut width, mut height, mut longer, mut shorter, mut percent) = (None, None, None, None, None);
        let (mut mode, mut enlarge, mut background) = (Mode::Fit, Enlarge::Forbid, Rgba([255, 255, 255, 255]));
        for parameter in parameters.split(',') {
            let refuse = || Failure::argument("x-oss-process", parameter, "The parameter of resize is not valid.");
            let (name, value) = parameter.split_once('_').ok_or_else(refuse)?;
            let number = |most| value.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(refuse);
            match name {
                "w" => width = Some(number(SIDE_LIMIT)?),
                "h" => height = Some(number(SIDE_LIMIT)?),
                "l" => longer = Some(number(SIDE_LIMIT)?),
                "s" => shorter = Some(number(SIDE_LIMIT)?),
                "p" => percent = Some(number(1000)?),
                "m" => mode = Mode::parse(value).ok_or_else(refuse)?,
                "limit" => {
                    enlarge = match value {
                        "0" => Enlarge::Allow,
                        "1" => Enlarge::Forbid,
                        _ => return Err(refuse()),
                    }
                }
                "color" => background = color(value).ok_or_else(refuse)?,
                _ => return Err(refuse()),
            }
        }
        let size = match (percent, width, height, longer, shorter) {
            (Some(percent), ..) => Size::Percent(percent),
            (_, None, None, Some(longer), _) => Size::Longer(longer),
            (_, None, None, _, Some(shorter)) => Size::Shorter(shorter),
            (_, None, None, None, None) => {
                return Err(Failure::argument("x-oss-process", parameters, "Resize needs a size."));
            }
            (_, width, height, ..) => Size::Sides { width, height },
        };
        Ok(Self { size, mode, enlarge, background })
    }

    /// Changes the picture; `false` leaves it as it is.
    pub(super) fn apply(&self, picture: &mut Picture) -> bool {
        let source = (picture.pixels.width(), picture.pixels.height());
        let Some((scaled, target)) = self.plan(source) else {
            return false;
        };
        let pixels = scale(&picture.pixels, scaled);
        picture.pixels = match self.mode {
            Mode::Fill if scaled != target => {
                let (x, y) = ((scaled.0 - target.0) / 2, (scaled.1 - target.1) / 2);
                pixels.crop_imm(x, y, target.0, target.1)
            }
            Mode::Pad if scaled != target => {
                let mut ground = RgbaImage::from_pixel(target.0, target.1, self.background);
                let (x, y) = ((target.0 - scaled.0) / 2, (target.1 - scaled.1) / 2);
                imageops::overlay(&mut ground, &pixels.to_rgba8(), x.into(), y.into());
                DynamicImage::ImageRgba8(ground)
            }
            _ => pixels,
        };
        true
    }

    /// The size that the picture is scaled to, and the size of the result.
    fn plan(&self, source: (u32, u32)) -> Option<((u32, u32), (u32, u32))> {
        let (w, h) = source;
        // Rounded, and never nothing.
        let part = |side: u32, numerator: u32, denominator: u32| {
            let (side, numerator, denominator) = (u64::from(side), u64::from(numerator), u64::from(denominator.max(1)));
            u32::try_from(((side * numerator + denominator / 2) / denominator).max(1)).unwrap_or(u32::MAX)
        };
        let by_width = |width| (width, part(h, width, w));
        let by_height = |height| (part(w, height, h), height);
        let (scaled, target) = match self.size {
            Size::Percent(percent) => {
                let size = (part(w, percent, 100), part(h, percent, 100));
                (size, size)
            }
            Size::Longer(side) | Size::Shorter(side) => {
                let wide = (w >= h) == matches!(self.size, Size::Longer(_));
                let size = if wide { by_width(side) } else { by_height(side) };
                (size, size)
            }
            Size::Sides { width: Some(width), height: Some(height) } => {
                let fits_by_width = u64::from(width) * u64::from(h) <= u64::from(height) * u64::from(w);
                let fit = if fits_by_width { by_width(width) } else { by_height(height) };
                let cover = if fits_by_width { by_height(height) } else { by_width(width) };
                match self.mode {
                    Mode::Fit => (fit, fit),
                    Mode::Cover => (cover, cover),
                    Mode::Fill => (cover, (width, height)),
                    Mode::Pad => (fit, (width, height)),
                    Mode::Fixed => ((width, height), (width, height)),
                }
            }
            Size::Sides { width, height } => {
                let size = width.map(by_width).or(height.map(by_height)).unwrap_or(source);
                (size, size)
            }
        };
        let grows = scaled.0 > w || scaled.1 > h;
        let allowed = (self.enlarge == Enlarge::Allow || !grows) && is_small(scaled) && is_small(target);
        (allowed && (scaled, target) != (source, source)).then_some((scaled, target))
    }
}

/// Scales a picture. Between its two passes the filter holds as many pixels as the old width and the new height make, at
/// sixteen bytes each; where those would be too many, what becomes smaller does so without the filter.
fn scale(pixels: &DynamicImage, (width, height): (u32, u32)) -> DynamicImage {
    let is_filtered = |pixels: &DynamicImage| pixels.resize_exact(width, height, FilterType::Triangle);
    if is_small((pixels.width(), height)) {
        return is_filtered(pixels);
    }
    is_filtered(&pixels.thumbnail_exact(pixels.width().min(width), pixels.height().min(height)))
}

fn is_small((width, height): (u32, u32)) -> bool {
    u64::from(width) * u64::from(height) <= AREA_LIMIT
}

impl Mode {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "lfit" => Self::Fit,
            "mfit" => Self::Cover,
            "fill" => Self::Fill,
            "pad" => Self::Pad,
            "fixed" => Self::Fixed,
            _ => return None,
        })
    }
}

/// Six hexadecimal digits.
fn color(text: &str) -> Option<Rgba<u8>> {
    let number = u32::from_str_radix(text, 16).ok().filter(|_| text.len() == 6)?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some(Rgba([red, green, blue, 255]))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Plan = Option<((u32, u32), (u32, u32))>;

    fn plan(parameters: &str) -> Plan {
        Resize::parse(parameters).unwrap().plan((400, 200))
    }

    #[test]
    fn sizes_follow_from_mode_and_sides() {
        let same = |w, h| Some(((w, h), (w, h)));
        for (parameters, expected) in [
            ("w_100", same(100, 50)),
            ("h_100", same(200, 100)),
            ("l_100", same(100, 50)),
            ("s_100", same(200, 100)),
            ("p_50", same(200, 100)),
            ("w_100,h_100", same(100, 50)),
            ("w_100,h_100,m_lfit", same(100, 50)),
            ("w_100,h_100,m_mfit", same(200, 100)),
            ("w_100,h_100,m_fill", Some(((200, 100), (100, 100)))),
            ("w_100,h_100,m_pad", Some(((100, 50), (100, 100)))),
            ("w_100,h_100,m_fixed", same(100, 100)),
            ("w_1", same(1, 1)),
            ("w_800", None),
            ("w_800,limit_0", same(800, 400)),
            ("w_16384,h_16384,m_fixed,limit_0", None),
            ("w_400", None),
        ] {
            assert_eq!(plan(parameters), expected, "{parameters}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for wrong in
            ["", "w", "w_0", "w_-1", "w_16385", "p_1001", "m_fill", "w_1,m_best", "w_1,limit_2", "x_1", "w_1,color_FFF"]
        {
            assert!(Resize::parse(wrong).is_err(), "{wrong}");
        }
    }
}
