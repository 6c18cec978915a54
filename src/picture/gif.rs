//! GIF files (GIF89a): what a decoder needs, and nothing else.

use super::clean::Broken;

/// The file without comments and without what applications put there, but for the looping of an animation. It ends where
/// the pictures do.
pub fn strip(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut rest = Reader(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let screen = rest.take(13)?;
    out.extend_from_slice(screen);
    out.extend_from_slice(rest.take(colours(screen[10]))?);
    loop {
        match rest.take(1)?[0] {
            0x3B => {
                out.push(0x3B);
                return Ok(out);
            }
            0x2C => {
                let image = rest.take(9)?;
                out.push(0x2C);
                out.extend_from_slice(image);
                // The colours of its own, then the size of its codes.
                out.extend_from_slice(rest.take(colours(image[8]) + 1)?);
                out.extend_from_slice(rest.blocks()?);
            }
            0x21 => {
                let label = rest.take(1)?[0];
                let blocks = rest.blocks()?;
                let loops = blocks.starts_with(b"\x0BNETSCAPE2.0") || blocks.starts_with(b"\x0BANIMEXTS1.0");
                // A delay, a text that is drawn, or how often it is shown.
                if matches!(label, 0xF9 | 0x01) || (label == 0xFF && loops) {
                    out.extend_from_slice(&[0x21, label]);
                    out.extend_from_slice(blocks);
                }
            }
            _ => return Err(Broken),
        }
    }
}

/// Bytes of the table of colours that these flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A chain of blocks, with its end.
    fn blocks(&mut self) -> Result<&'a [u8], Broken> {
        let all = self.0;
        loop {
            let length = usize::from(self.take(1)?[0]);
            if length == 0 {
                return Ok(&all[..all.len() - self.0.len()]);
            }
            self.take(length)?;
        }
    }
}
