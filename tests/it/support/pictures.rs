//! Pictures, good and bad, made by hand where no encoder would.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;

/// What must not be found in a file that is kept.
pub const SECRET: &[u8] = b"taken at the hideout";

/// Left red, right blue; so that turning shows.
pub fn image(width: u32, height: u32) -> DynamicImage {
    let colour = |x, _| {
        if x * 2 < width {
            Rgb([220, 20, 20])
        } else {
            Rgb([20, 20, 220])
        }
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

/// That picture as a file.
pub fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = image(width, height);
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Jpeg)
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Png)
}

/// EXIF that says how the picture was held, what it shows, and at which latitude it was taken (TIFF 6.0, big-endian).
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x03".to_vec();
    let mut entry = |tag: u16, kind: u16, count: u32, value: u32| {
        tiff.extend(tag.to_be_bytes());
        tiff.extend(kind.to_be_bytes());
        tiff.extend(count.to_be_bytes());
        tiff.extend(value.to_be_bytes());
    };
    let length = u32::try_from(SECRET.len()).unwrap();
    entry(0x010E, 2, length, 50 + 18);
    entry(0x0112, 3, 1, u32::from(orientation) << 16);
    entry(0x8825, 4, 1, 50);
    tiff.extend([0; 4]);
    // The GPS directory: the letter of the latitude.
    tiff.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0");
    tiff.extend(SECRET);
    tiff
}

/// A segment of a JPEG file.
pub fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xFF, marker], &length.to_be_bytes()[..], content].concat()
}

/// The file with segments after its first bytes.
pub fn with_segments(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

/// A JPEG that tells everything: EXIF, XMP, a comment, and what an application put there.
pub fn talkative_jpeg(width: u32, height: u32, orientation: u16) -> Vec<u8> {
    let exif = [b"Exif\0\0", &exif(orientation)[..]].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0<x>", SECRET, b"</x>"].concat();
    let segments = [
        segment(0xE1, &exif),
        segment(0xE1, &xmp),
        segment(0xFE, SECRET),
        segment(0xED, SECRET),
    ];
    with_segments(&jpeg(width, height), &segments)
}

/// A chunk of a PNG file.
pub fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(content);
    let length = u32::try_from(content.len()).unwrap();
    [&length.to_be_bytes()[..], kind, content, &crc.sum().to_be_bytes()].concat()
}

/// The file with chunks behind its header.
pub fn with_chunks(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    // The signature, and the chunk IHDR.
    let (header, rest) = png.split_at(8 + 25);
    [header, &chunks.concat(), rest].concat()
}

/// A PNG file of few bytes that says how large it is.
pub fn claiming_png(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &deflated(100)),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// So many zeros, packed as PNG does.
pub fn deflated(bytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 65_536];
    let mut left = bytes;
    while left > 0 {
        let part = left.min(zeros.len());
        packer.write_all(&zeros[..part]).unwrap();
        left -= part;
    }
    packer.finish().unwrap()
}

/// A GIF file of few bytes that says how large it is.
pub fn claiming_gif(width: u16, height: u16) -> Vec<u8> {
    let [width, height] = [width, height].map(u16::to_le_bytes);
    [
        b"GIF89a",
        &width[..],
        &height,
        &[0, 0, 0, 0x2C, 0, 0, 0, 0],
        &width,
        &height,
        &[0, 2, 2, 0x4C, 1, 0, 0x3B],
    ]
    .concat()
}

/// A WebP file of few bytes that says how large it is.
pub fn claiming_webp(side: u32) -> Vec<u8> {
    let side = &(side - 1).to_le_bytes()[..3];
    let header = [&[0; 4], side, side].concat();
    let chunks = [&b"VP8X\x0a\0\0\0"[..], &header, b"VP8L\x06\0\0\0\x2f\0\0\0\0\0"].concat();
    let length = u32::try_from(chunks.len() + 4).unwrap();
    [b"RIFF", &length.to_le_bytes()[..], b"WEBP", &chunks].concat()
}

/// A WebP that tells everything.
pub fn talkative_webp(width: u32, height: u32, orientation: u16) -> Vec<u8> {
    use img_parts::ImageEXIF;
    let mut webp = WebP::from_bytes(encoded(width, height, ImageFormat::WebP).into()).unwrap();
    webp.set_exif(Some(exif(orientation).into()));
    let xmp = RiffChunk::new(*b"XMP ", RiffContent::Data(SECRET.into()));
    webp.chunks_mut().push(xmp);
    webp.encoder().bytes().to_vec()
}

fn part(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes()[..], kind, content].concat()
}

/// The frame of an AVIF file: a picture that nobody could decode, and EXIF (ISO/IEC 23008-12).
pub fn talkative_avif(width: u32, height: u32) -> Vec<u8> {
    let exif = exif(1);
    let item = |id: u8, kind: &[u8; 4]| part(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], &kind[..], &[0]].concat());
    let build = |start: u32| {
        let size = [&[0; 4], &width.to_be_bytes()[..], &height.to_be_bytes()].concat();
        let place = |id: u8, start: u32, length: usize| {
            let length = u32::try_from(length).unwrap();
            [&[0, id, 0, 0, 0, 1][..], &start.to_be_bytes(), &length.to_be_bytes()].concat()
        };
        let meta = [
            vec![0; 4],
            part(b"hdlr", &[&[0; 8][..], b"pict", &[0; 13]].concat()),
            part(b"pitm", &[0, 0, 0, 0, 0, 1]),
            part(
                b"iinf",
                &[&[0, 0, 0, 0, 0, 2][..], &item(1, b"av01"), &item(2, b"Exif")].concat(),
            ),
            part(
                b"iprp",
                &[
                    part(b"ipco", &part(b"ispe", &size)),
                    part(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1]),
                ]
                .concat(),
            ),
            part(
                b"iloc",
                &[
                    &[0, 0, 0, 0, 0x44, 0, 0, 2][..],
                    &place(1, start, 7),
                    &place(2, start + 7, exif.len()),
                ]
                .concat(),
            ),
        ];
        let ahead = [part(b"ftyp", b"avif\0\0\0\0avifmif1"), part(b"meta", &meta.concat())].concat();
        let data = part(b"mdat", &[b"picture", &exif[..]].concat());
        (ahead.len(), [ahead, data, part(b"free", SECRET)].concat())
    };
    let (ahead, _) = build(0);
    build(u32::try_from(ahead + 8).unwrap()).1
}

/// Whether the secret is somewhere in a file.
pub fn tells(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}
