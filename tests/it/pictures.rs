//! Files are what their content says; pictures are measured before they are decoded, and kept without what they tell.

use image::{GenericImageView, ImageFormat};
use quoin::picture::{Class, Fault, Format, Kind, MAX_PROFILE_BYTES, NotTaken, STEPS, clean, scale, sniff, step};

use crate::support::pictures::{
    SECRET, chunk, claiming_gif, claiming_png, claiming_webp, deflated, encoded, jpeg, png, segment, talkative_avif,
    talkative_jpeg, talkative_webp, tells, with_chunks, with_segments,
};

const MOST_PIXELS: u64 = 50_000_000;

fn kind(bytes: &[u8]) -> &'static Kind {
    sniff(&bytes[..bytes.len().min(8_192)], "").unwrap()
}

/// The file, its dimensions, and its placeholder.
type Kept = (Vec<u8>, (u32, u32), Option<String>);

fn cleaned(bytes: &[u8]) -> Result<Kept, Fault> {
    let cleaned = clean(bytes, kind(bytes), MOST_PIXELS)?;
    Ok((cleaned.bytes, (cleaned.width, cleaned.height), cleaned.placeholder))
}

#[track_caller]
fn fault(bytes: &[u8]) -> Fault {
    cleaned(bytes).expect_err("is refused")
}

#[test]
fn a_file_is_what_its_content_says() {
    for (bytes, mime, class) in [
        (jpeg(2, 2), "image/jpeg", Class::Image),
        (png(2, 2), "image/png", Class::Image),
        (encoded(2, 2, ImageFormat::Gif), "image/gif", Class::Image),
        (encoded(2, 2, ImageFormat::WebP), "image/webp", Class::Image),
        (talkative_avif(2, 2), "image/avif", Class::Image),
        (b"%PDF-1.7\n".to_vec(), "application/pdf", Class::Document),
        (b"ID3\x04\0\0\0\0\0\0".to_vec(), "audio/mpeg", Class::Audio),
        (b"OggS\0\x02\0\0\0\0".to_vec(), "audio/ogg", Class::Audio),
        (
            b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec(),
            "video/mp4",
            Class::Video,
        ),
        (
            [b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", &[0; 300][..]].concat(),
            "video/webm",
            Class::Video,
        ),
        (b"BMW and MZ are letters".to_vec(), "text/plain", Class::Document),
        (b"PK\x03\x04\x14\0\0\0\0\0".to_vec(), "application/zip", Class::Document),
        ("Größe, Gewicht\n1,2\n".into(), "text/plain", Class::Document),
    ] {
        let kind = kind(&bytes);
        assert_eq!((kind.mime, kind.class), (mime, class));
    }
    assert_eq!(sniff(b"a,b\n1,2\n", "csv").map(|kind| kind.mime), Ok("text/csv"));
    assert_eq!(sniff(&jpeg(2, 2), "csv").map(|kind| kind.mime), Ok("image/jpeg"));
    // The last letter is cut in the middle.
    assert_eq!(
        sniff(&"größe".as_bytes()[..4], "").map(|kind| kind.mime),
        Ok("text/plain")
    );
}

#[test]
fn a_large_colour_profile_is_refused_before_it_is_inflated() {
    let profile = |bytes: usize| chunk(b"iCCP", &[b"profile\0\0", &deflated(bytes)[..]].concat());
    let bomb = with_chunks(&png(2, 2), &[profile(100_000_000)]);
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    assert_eq!(fault(&bomb), Fault::LargeProfile);
    assert_eq!(
        scale(&bomb, Format::Png, 160, Format::Webp, MOST_PIXELS),
        Err(Fault::LargeProfile)
    );
    assert!(cleaned(&with_chunks(&png(2, 2), &[profile(MAX_PROFILE_BYTES)])).is_ok());
    assert_eq!(
        fault(&with_chunks(
            &png(2, 2),
            &[profile(1_000), profile(MAX_PROFILE_BYTES + 1)]
        )),
        Fault::LargeProfile
    );
    // In parts of at most 64 kB, not compressed.
    let part = |number: u8| segment(0xE2, &[b"ICC_PROFILE\0", &[number, 80][..], &vec![0; 65_000]].concat());
    let parts: Vec<_> = (1..=80).map(part).collect();
    assert_eq!(fault(&with_segments(&jpeg(2, 2), &parts)), Fault::LargeProfile);
}

#[test]
fn what_can_run_is_not_taken() {
    for markup in [
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        "<?xml version=\"1.0\"?><svg/>",
        " \n\t<!-- x --><svg/>",
        "\u{feff}<svg/>",
        "<!DOCTYPE html><script>alert(1)</script>",
        "<HTML><body>",
        "<script>alert(1)</script>",
        "<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert(1)</x:script>",
    ] {
        for extension in ["", "png", "txt", "svg"] {
            assert_eq!(sniff(markup.as_bytes(), extension), Err(NotTaken::Markup), "{markup}");
        }
    }
    let utf_16: Vec<u8> = "\u{feff}<svg/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, why) in [
        (&b""[..], NotTaken::Empty),
        (&utf_16, NotTaken::Unknown),
        (b"MZ\x90\0", NotTaken::Unknown),
        (b"\x7fELF\x02\x01\x01\0", NotTaken::Unknown),
        (b"\0\0\0\0", NotTaken::Unknown),
        (b"text\0with NUL", NotTaken::Unknown),
        (b"\x1f\x8b\x08\0", NotTaken::Unknown),
        (b"\xff\xfe\xfd", NotTaken::Unknown),
    ] {
        assert_eq!(sniff(bytes, "txt"), Err(why), "{bytes:?}");
    }
}

#[test]
fn a_picture_loses_what_it_tells_and_keeps_its_pixels() {
    let text = [b"Comment\0", SECRET].concat();
    let talkative_png = with_chunks(
        &png(30, 20),
        &[
            chunk(b"tEXt", &text),
            chunk(b"eXIf", &crate::support::pictures::exif(1)),
            chunk(b"prVt", SECRET),
            chunk(b"pHYs", &[0, 0, 0, 1, 0, 0, 0, 1, 0]),
        ],
    );
    let mut talkative_gif = encoded(30, 20, ImageFormat::Gif);
    let comment = [&[0x21, 0xFE, 20], SECRET, &[0]].concat();
    let xmp = [&b"\x21\xFF\x0BXMP DataXMP\x14"[..], SECRET, b"\0"].concat();
    // Behind the screen and its colours.
    let at = 13
        + if talkative_gif[10] & 0x80 == 0 {
            0
        } else {
            3 << ((talkative_gif[10] & 7) + 1)
        };
    talkative_gif.splice(at..at, [comment, xmp].concat());
    for (name, bytes) in [
        ("JPEG", talkative_jpeg(30, 20, 1)),
        ("PNG", talkative_png),
        ("WebP", talkative_webp(30, 20, 1)),
        ("GIF", talkative_gif),
        ("AVIF", talkative_avif(30, 20)),
    ] {
        assert!(tells(&bytes), "{name}");
        let (kept, size, placeholder) = cleaned(&bytes).unwrap();
        assert!(!tells(&kept), "{name}");
        assert!(
            !kept
                .windows(4)
                .any(|window| matches!(window, b"Exif" | b"EXIF" | b"eXIf") && name != "AVIF")
        );
        assert_eq!(size, (30, 20), "{name}");
        assert_eq!(placeholder.is_some(), name != "AVIF", "{name}");
        if name != "AVIF" {
            let before = image::load_from_memory(&bytes).unwrap();
            assert_eq!(
                image::load_from_memory(&kept).unwrap(),
                before,
                "{name}: not encoded anew"
            );
        }
        assert_eq!(cleaned(&kept).unwrap().0, kept, "{name}: there is nothing left to take");
    }
}

#[test]
fn a_picture_that_was_held_otherwise_is_turned() {
    for bytes in [talkative_jpeg(40, 20, 6), talkative_webp(40, 20, 6)] {
        let (kept, size, _) = cleaned(&bytes).unwrap();
        assert_eq!(size, (20, 40));
        assert!(!tells(&kept));
        let turned = image::load_from_memory(&kept).unwrap();
        assert_eq!(turned.dimensions(), (20, 40));
        // What was left is on top now (EXIF 2.32 §4.6.4, orientation 6).
        let (top, bottom) = (turned.get_pixel(10, 2).0, turned.get_pixel(10, 37).0);
        assert!(top[0] > 150 && top[2] < 100, "{top:?}");
        assert!(bottom[2] > 150 && bottom[0] < 100, "{bottom:?}");
    }
}

#[test]
fn pixel_bombs_are_refused_before_they_are_decoded() {
    assert_eq!(
        fault(&claiming_png(60_000, 60_000)),
        Fault::TooManyPixels(3_600_000_000)
    );
    assert_eq!(
        fault(&claiming_gif(65_535, 65_535)),
        Fault::TooManyPixels(65_535 * 65_535)
    );
    assert_eq!(fault(&claiming_webp(16_000)), Fault::TooManyPixels(256_000_000));
    assert_eq!(
        fault(&talkative_avif(60_000, 60_000)),
        Fault::TooManyPixels(3_600_000_000)
    );
    assert_eq!(
        fault(&claiming_png(u32::MAX / 2, u32::MAX / 2)),
        Fault::TooManyPixels(u64::from(u32::MAX / 2).pow(2))
    );
    let mut frame = jpeg(8, 8);
    let at = frame.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    frame[at + 5..at + 9].copy_from_slice(&[0xFF; 4]);
    assert_eq!(fault(&frame), Fault::TooManyPixels(65_535 * 65_535));
    // A frame that is larger than the picture.
    let mut gif = claiming_gif(10, 10);
    gif[18..22].copy_from_slice(&[0xFF; 4]);
    assert_eq!(fault(&gif), Fault::Broken);
    for bytes in [claiming_png(0, 5), claiming_gif(5, 0)] {
        assert_eq!(fault(&bytes), Fault::Broken);
    }
}

#[test]
fn what_inflates_beyond_its_pixels_is_not_kept_in_memory() {
    // A text of 200 MB in 200 KB, and pixels of 100 MB where 300 bytes are due.
    let text = [b"Comment\0\0", &deflated(200_000_000)[..]].concat();
    let bytes = with_chunks(&png(30, 20), &[chunk(b"zTXt", &text)]);
    assert!(cleaned(&bytes).unwrap().0.len() < 5_000);
    let profile = [b"x\0\0", &deflated(200_000_000)[..]].concat();
    let bytes = with_chunks(&png(30, 20), &[chunk(b"iCCP", &profile)]);
    // Whether it is taken is the decoder's choice; that it ends soon is ours.
    let _ = cleaned(&bytes);
    let header = [&10_u32.to_be_bytes()[..], &10_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let bytes = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &deflated(100_000_000)),
        chunk(b"IEND", b""),
    ]
    .concat();
    let _ = cleaned(&bytes);
}

#[test]
fn a_picture_that_is_not_whole_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = encoded(64, 64, format);
        for cut in [whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            // Without its frame it is no picture at all.
            if let Ok(kind) = sniff(&whole[..cut], "") {
                assert!(
                    clean(&whole[..cut], kind, MOST_PIXELS).is_err(),
                    "{format:?} cut at {cut}"
                );
            }
        }
    }
    let avif = talkative_avif(4, 4);
    let end = avif.len() - SECRET.len() - 8;
    assert_eq!(fault(&avif[..end - 1]), Fault::Broken);
    assert_eq!(fault(b"\xFF\xD8\xFF\xE0\0\x10JFIF\0"), Fault::Broken);
    assert_eq!(fault(b"\x89PNG\r\n\x1a\n"), Fault::Broken);
    assert_eq!(fault(b"GIF89a"), Fault::Broken);
}

#[test]
fn a_picture_that_is_something_else_too_is_a_picture_only() {
    let html = b"<html><script>alert('taken at the hideout')</script>";
    let polyglots = [
        [jpeg(10, 10), html.to_vec(), SECRET.to_vec()].concat(),
        with_segments(&jpeg(10, 10), &[segment(0xFE, html), segment(0xFE, SECRET)]),
        [png(10, 10), b"PK\x03\x04".to_vec(), SECRET.to_vec()].concat(),
        [encoded(10, 10, ImageFormat::Gif), html.to_vec(), SECRET.to_vec()].concat(),
        [
            encoded(10, 10, ImageFormat::WebP),
            b"%PDF-1.7".to_vec(),
            SECRET.to_vec(),
        ]
        .concat(),
    ];
    for bytes in polyglots {
        assert!(tells(&bytes));
        let (kept, ..) = cleaned(&bytes).unwrap();
        assert!(!tells(&kept));
        for trace in [&b"<script"[..], b"PK\x03\x04", b"%PDF"] {
            assert!(!kept.windows(trace.len()).any(|window| window == trace));
        }
    }
}

#[test]
fn pictures_get_narrower_and_never_wider() {
    let bytes = jpeg(1_000, 500);
    for (to, mime) in [
        (Format::Jpeg, "image/jpeg"),
        (Format::Png, "image/png"),
        (Format::Webp, "image/webp"),
    ] {
        let made = scale(&bytes, Format::Jpeg, 480, to, MOST_PIXELS).unwrap();
        assert_eq!(kind(&made).mime, mime);
        let made = image::load_from_memory(&made).unwrap();
        assert_eq!(made.dimensions(), (480, 240));
        assert!(made.get_pixel(10, 10).0[0] > 150 && made.get_pixel(470, 10).0[2] > 150);
        let wide = scale(&bytes, Format::Jpeg, 3_840, to, MOST_PIXELS).unwrap();
        assert_eq!(image::load_from_memory(&wide).unwrap().dimensions(), (1_000, 500));
    }
    assert_eq!(
        scale(&bytes, Format::Jpeg, 480, Format::Png, 499_999).unwrap_err(),
        Fault::TooManyPixels(500_000)
    );
    // A line stays one.
    let line = scale(&png(2_000, 1), Format::Png, 160, Format::Png, MOST_PIXELS).unwrap();
    assert_eq!(image::load_from_memory(&line).unwrap().dimensions(), (160, 1));
}

#[test]
fn what_is_transparent_lies_on_white_where_it_must() {
    let clear = image::DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(4, 4, image::Rgba([0, 0, 0, 0])));
    let mut bytes = Vec::new();
    clear
        .write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    let flat = scale(&bytes, Format::Png, 160, Format::Jpeg, MOST_PIXELS).unwrap();
    assert!(
        image::load_from_memory(&flat).unwrap().get_pixel(1, 1).0[..3]
            .iter()
            .all(|colour| *colour > 250)
    );
    let webp = scale(&bytes, Format::Png, 160, Format::Webp, MOST_PIXELS).unwrap();
    assert_eq!(image::load_from_memory(&webp).unwrap().get_pixel(1, 1).0[3], 0);
}

#[test]
fn widths_are_those_of_the_ladder() {
    for (wanted, original, expected) in [
        (1, 5_000, 160),
        (160, 5_000, 160),
        (161, 5_000, 240),
        (9_999, 5_000, 3_840),
        (9_999, 1_000, 1_080),
        (9_999, 10, 160),
        (1_000, 1_000, 1_080),
    ] {
        assert_eq!(step(wanted, original), expected);
    }
    assert!(STEPS.is_sorted());
}
