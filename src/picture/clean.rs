//! Pictures as they are kept: whole, upright, and without what they tell about their maker.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use image::DynamicImage;
use img_parts::riff::RiffContent;
use img_parts::webp::WebP;

use super::kind::{Format, Kind};
use super::scale::{STORED_QUALITY, decode, encode};
use super::{avif, gif, jpeg, png};

/// The longer side of what a placeholder is made of: more is not taken by `ThumbHash`.
const PLACEHOLDER_SIDE: u32 = 100;

/// The most bytes of a colour profile. Those of cameras and screens have some kilobytes, those of printers a few megabytes.
pub const MAX_PROFILE_BYTES: usize = 4 * 1024 * 1024;

/// A file that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// Why a picture is not taken, or not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is cut off, damaged, or no picture at all.
    Broken,
    /// It says that it has so many pixels.
    TooManyPixels(u64),
    /// Its colour profile has more than [`MAX_PROFILE_BYTES`].
    LargeProfile,
}

impl From<Broken> for Fault {
    fn from(Broken: Broken) -> Self {
        Self::Broken
    }
}

impl Fault {
    /// Refuses dimensions that nobody should decode.
    pub(super) fn check_pixels(width: u64, height: u64, most: u64) -> Result<(), Self> {
        match width.saturating_mul(height) {
            0 => Err(Self::Broken),
            pixels if pixels > most => Err(Self::TooManyPixels(pixels)),
            _ => Ok(()),
        }
    }
}

/// A picture as it is kept.
pub struct Cleaned {
    /// The file.
    pub bytes: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// A `ThumbHash` of it in base64, for whoever waits for it; none when it cannot be decoded here.
    pub placeholder: Option<String>,
    /// The beginning of its SHA-256 in base64url: other bytes have another one.
    pub digest: String,
}

/// Makes a picture fit to be kept. It is encoded anew only when it has to be turned.
///
/// # Errors
/// When it is not whole, or has more pixels than `most_pixels`, which is found out before it is decoded.
pub fn clean(bytes: &[u8], kind: &Kind, most_pixels: u64) -> Result<Cleaned, Fault> {
    let size = imagesize::blob_size(bytes).map_err(|_| Fault::Broken)?;
    Fault::check_pixels(size.width as u64, size.height as u64, most_pixels)?;
    let Some(format) = kind.format else {
        let bytes = avif::strip(bytes)?;
        return Ok(Cleaned {
            width: pixels(size.width)?,
            height: pixels(size.height)?,
            placeholder: None,
            digest: digest_of(&bytes),
            bytes,
        });
    };
    let decoded = decode(bytes, format, most_pixels)?;
    let kept = if decoded.is_turned {
        encode(&decoded, format, STORED_QUALITY)?
    } else {
        strip(bytes, format)?
    };
    Ok(Cleaned {
        width: decoded.image.width(),
        height: decoded.image.height(),
        placeholder: Some(placeholder(&decoded.image)),
        digest: digest_of(&kept),
        bytes: kept,
    })
}

fn pixels(count: usize) -> Result<u32, Fault> {
    u32::try_from(count).map_err(|_| Fault::Broken)
}

fn digest_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, bytes).as_ref()[..9])
}

fn placeholder(image: &DynamicImage) -> String {
    let small = if image.width().max(image.height()) > PLACEHOLDER_SIDE {
        image.thumbnail(PLACEHOLDER_SIDE, PLACEHOLDER_SIDE)
    } else {
        image.clone()
    };
    let small = small.to_rgba8();
    let hash = thumbhash::rgba_to_thumb_hash(small.width() as usize, small.height() as usize, &small);
    STANDARD.encode(hash)
}

fn strip(bytes: &[u8], format: Format) -> Result<Vec<u8>, Broken> {
    match format {
        Format::Jpeg => jpeg::strip(bytes),
        Format::Gif => gif::strip(bytes),
        Format::Png => png::strip(bytes),
        Format::Webp => webp(bytes),
    }
}

/// The chunks of WebP files that say how the picture looks (RFC 9649 §2.7).
const WEBP_CHUNKS: [&[u8; 4]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// The bits that announce EXIF and XMP, in the first byte of `VP8X`.
const WEBP_TOLD: u8 = 0b0000_1100;

fn webp(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut parts = WebP::from_bytes(bytes.to_vec().into()).map_err(|_| Broken)?;
    parts.chunks_mut().retain(|chunk| WEBP_CHUNKS.contains(&&chunk.id()));
    for chunk in parts.chunks_mut().iter_mut().filter(|chunk| chunk.id() == *b"VP8X") {
        if let RiffContent::Data(flags) = chunk.content_mut() {
            let mut cleared = flags.to_vec();
            *cleared.first_mut().ok_or(Broken)? &= !WEBP_TOLD;
            *flags = cleared.into();
        }
    }
    Ok(parts.encoder().bytes().to_vec())
}
