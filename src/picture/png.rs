//! PNG files (PNG, third edition): what a decoder needs, and nothing else.

use std::io::{Read, copy, sink};

use flate2::read::ZlibDecoder;
use img_parts::png::Png;

use super::clean::{Broken, Fault, MAX_PROFILE_BYTES};

/// The chunks of PNG files that affect rendering (§5.6); the others are metadata.
const PNG_CHUNKS: [&[u8; 4]; 18] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

/// The file without metadata chunks.
pub fn strip(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut parts = Png::from_bytes(bytes.to_vec().into()).map_err(|_| Broken)?;
    parts.chunks_mut().retain(|chunk| PNG_CHUNKS.contains(&&chunk.kind()));
    if parts.chunks().last().is_none_or(|last| last.kind() != *b"IEND") {
        return Err(Broken);
    }
    Ok(parts.encoder().bytes().to_vec())
}

/// Refuses a file whose colour profile, which is compressed, is too large (§11.3.2.3). Decoders inflate it whole, however
/// small the image.
pub fn check_profile(bytes: &[u8]) -> Result<(), Fault> {
    let mut rest = bytes.get(8..).ok_or(Fault::Broken)?;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Fault::Broken)?;
        let (kind, after) = after.split_first_chunk::<4>().ok_or(Fault::Broken)?;
        let (content, after) = after.split_at_checked(length).ok_or(Fault::Broken)?;
        match kind {
            b"iCCP" => {
                // After the name, which ends with a zero, comes the method.
                let name = content.iter().position(|byte| *byte == 0).ok_or(Fault::Broken)?;
                let packed = content.get(name + 2..).ok_or(Fault::Broken)?;
                let most = MAX_PROFILE_BYTES as u64;
                // One that is damaged is left to the decoder, which goes without.
                let inflated = copy(&mut ZlibDecoder::new(packed).take(most + 1), &mut sink());
                if inflated.is_ok_and(|bytes| bytes > most) {
                    return Err(Fault::LargeProfile);
                }
            }
            b"IDAT" => return Ok(()),
            _ => {}
        }
        rest = after.get(4..).unwrap_or_default();
    }
    Ok(())
}
