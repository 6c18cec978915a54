//! JPEG files (ITU-T T.81, annex B): what a decoder needs, and nothing else.

use super::clean::Broken;

/// The file without comments and without the segments of applications, but for those that say how colours are meant. It
/// ends where the picture does.
pub fn strip(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut rest = bytes.strip_prefix(b"\xFF\xD8").ok_or(Broken)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(b"\xFF\xD8");
    loop {
        let (marker, after) = marker(rest)?;
        match marker {
            END => {
                out.extend_from_slice(&[0xFF, END]);
                return Ok(out);
            }
            // Stand alone.
            0x01 | 0xD0..=0xD7 => {
                rest = after;
                continue;
            }
            _ => {}
        }
        let (segment, after) = segment(after)?;
        keep(&mut out, marker, segment);
        rest = after;
        if marker == SCAN {
            let end = entropy(rest).ok_or(Broken)?;
            out.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
        }
    }
}

const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;

/// The next marker, after any fill bytes.
fn marker(rest: &[u8]) -> Result<(u8, &[u8]), Broken> {
    let at = rest.iter().position(|byte| *byte != 0xFF).ok_or(Broken)?;
    if at == 0 || rest[at] == 0 {
        return Err(Broken);
    }
    Ok((rest[at], &rest[at + 1..]))
}

/// The content of a segment, and what follows.
fn segment(rest: &[u8]) -> Result<(&[u8], &[u8]), Broken> {
    let (length, after) = rest.split_first_chunk::<2>().ok_or(Broken)?;
    let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2).ok_or(Broken)?;
    after.split_at_checked(length).ok_or(Broken)
}

fn keep(out: &mut Vec<u8>, marker: u8, segment: &[u8]) {
    let kept = match marker {
        // JFIF, without the small picture that it may hold: it may show what was cut off since.
        0xE0 if segment.starts_with(b"JFIF\0") && segment.len() >= 14 => &[&segment[..12], &[0, 0]].concat(),
        // How colours are meant: an ICC profile, Adobe's transform.
        0xE2 if segment.starts_with(b"ICC_PROFILE\0") => segment,
        0xEE if segment.starts_with(b"Adobe") => segment,
        0xE0..=0xEF | 0xFE => return,
        _ => segment,
    };
    // No longer than it was.
    let length = u16::try_from(kept.len() + 2).unwrap_or(u16::MAX);
    out.extend_from_slice(&[0xFF, marker]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(kept);
}

/// How long the coded data of a scan is: up to a marker that does not belong to it.
fn entropy(rest: &[u8]) -> Option<usize> {
    let belongs = |next: u8| matches!(next, 0 | 0xD0..=0xD7 | 0xFF);
    rest.windows(2).position(|pair| pair[0] == 0xFF && !belongs(pair[1]))
}
