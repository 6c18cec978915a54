//! Pictures in other sizes and formats.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};
use img_parts::ImageICC;
use img_parts::webp::WebP;

use super::clean::{Fault, MAX_PROFILE_BYTES};
use super::kind::Format;
use super::png;

/// The widths that pictures are made in: bounded, so that nobody fills the store by asking for each.
pub const STEPS: [u32; 16] = [
    160, 240, 320, 480, 640, 768, 960, 1_080, 1_200, 1_440, 1_600, 1_920, 2_240, 2_560, 3_200, 3_840,
];

/// Bytes of a pixel, at most, while it is decoded: four colours of 16 bits.
const PIXEL_BYTES: u64 = 8;
/// What a decoder may need besides.
const SPARE_BYTES: u64 = 64 << 20;
/// How good lossy pictures are, of 100.
const QUALITY: u8 = 82;
/// How good a picture stays that is stored anew because it had to be turned.
pub const STORED_QUALITY: u8 = 92;

/// The step that a picture of this width is made in for somebody who wants `wanted` pixels: the next wider one, and none
/// wider than it takes to show the picture as it is.
pub fn step(wanted: u32, original: u32) -> u32 {
    let needed = wanted.min(original);
    STEPS
        .into_iter()
        .find(|step| *step >= needed)
        .unwrap_or(STEPS[STEPS.len() - 1])
}

/// A decoded picture, and how its colours are meant.
pub struct Decoded {
    /// The pixels, upright.
    pub image: DynamicImage,
    /// The ICC profile, of pictures in red, green and blue.
    pub profile: Option<Vec<u8>>,
    /// Whether it had to be turned or mirrored.
    pub is_turned: bool,
}

/// Decodes a picture whose dimensions are within bounds; of an animation, its first.
pub fn decode(bytes: &[u8], format: Format, most_pixels: u64) -> Result<Decoded, Fault> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
    };
    if format == ImageFormat::Png {
        png::check_profile(bytes)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(most_pixels.saturating_mul(PIXEL_BYTES).saturating_add(SPARE_BYTES));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Fault::Broken)?;
    let (width, height) = decoder.dimensions();
    Fault::check_pixels(width.into(), height.into(), most_pixels)?;
    let orientation = decoder.orientation().map_err(|_| Fault::Broken)?;
    let profile = decoder.icc_profile().ok().flatten();
    if profile
        .as_ref()
        .is_some_and(|profile| profile.len() > MAX_PROFILE_BYTES)
    {
        return Err(Fault::LargeProfile);
    }
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| Fault::Broken)?;
    let is_turned = orientation != image::metadata::Orientation::NoTransforms;
    if is_turned {
        image.apply_orientation(orientation);
    }
    Ok(Decoded {
        image,
        // Of another space it would not fit what is made of the picture here (ICC.1:2022 §7.2.6).
        profile: profile.filter(|profile| profile.get(16..20) == Some(b"RGB ")),
        is_turned,
    })
}

/// Encodes a picture. Where the format knows no transparency, it lies on white.
pub fn encode(decoded: &Decoded, format: Format, quality: u8) -> Result<Vec<u8>, Fault> {
    let Decoded { image, profile, .. } = decoded;
    let (width, height) = (image.width(), image.height());
    let mut out = Vec::new();
    let done = match format {
        Format::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut out, quality);
            if let Some(profile) = profile {
                let _ = encoder.set_icc_profile(profile.clone());
            }
            encoder.write_image(&opaque(image), width, height, ExtendedColorType::Rgb8)
        }
        Format::Png | Format::Gif => {
            let mut encoder = PngEncoder::new(&mut out);
            if let Some(profile) = profile {
                let _ = encoder.set_icc_profile(profile.clone());
            }
            image.write_with_encoder(encoder)
        }
        Format::Webp => return webp(image, profile.as_deref(), quality),
    };
    done.map_err(|_| Fault::Broken)?;
    Ok(out)
}

fn webp(image: &DynamicImage, profile: Option<&[u8]>, quality: u8) -> Result<Vec<u8>, Fault> {
    let (width, height) = (image.width(), image.height());
    let encoded = if image.color().has_alpha() {
        webp::Encoder::from_rgba(&image.to_rgba8(), width, height).encode_simple(false, quality.into())
    } else {
        webp::Encoder::from_rgb(&image.to_rgb8(), width, height).encode_simple(false, quality.into())
    };
    // It fails for pictures of more than 16,383 pixels to a side.
    let encoded = encoded.map_err(|_| Fault::Broken)?.to_vec();
    let Some(profile) = profile else {
        return Ok(encoded);
    };
    let mut parts = WebP::from_bytes(encoded.into()).map_err(|_| Fault::Broken)?;
    parts.set_icc_profile(Some(profile.to_vec().into()));
    Ok(parts.encoder().bytes().to_vec())
}

/// Red, green and blue of every pixel, on white.
fn opaque(image: &DynamicImage) -> Vec<u8> {
    if !image.color().has_alpha() {
        return image.to_rgb8().into_raw();
    }
    let over_white = |pixel: &image::Rgba<u8>| {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        [red, green, blue].map(|colour| {
            let mixed = (colour * alpha + 255 * (255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
    };
    image.to_rgba8().pixels().flat_map(over_white).collect()
}

/// The picture at most so wide, in a format; never wider than it is.
///
/// # Errors
/// When it cannot be decoded, or has too many pixels.
pub fn scale(bytes: &[u8], from: Format, width: u32, to: Format, most_pixels: u64) -> Result<Vec<u8>, Fault> {
    let mut decoded = decode(bytes, from, most_pixels)?;
    decoded.image = narrowed(decoded.image, width);
    encode(&decoded, to, QUALITY)
}

fn narrowed(image: DynamicImage, width: u32) -> DynamicImage {
    let (had_width, had_height) = (image.width(), image.height());
    if had_width <= width {
        return image;
    }
    let height = |width: u32| {
        let height = u64::from(had_height) * u64::from(width) / u64::from(had_width);
        u32::try_from(height).unwrap_or(u32::MAX).max(1)
    };
    // First roughly, which is quick, then well.
    let rough = 3 * width;
    let image = if rough < had_width {
        image.thumbnail_exact(rough, height(rough))
    } else {
        image
    };
    image.resize_exact(width, height(width), FilterType::Lanczos3)
}
