//! Kept answers, compressed once for all who take them so.

use std::io::{self, Write};

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding, Header};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::store::cache::Coding;

/// Bytes below which an answer is left as it is.
pub const SHORTEST: usize = 256;
/// How thoroughly Brotli looks, of 11: text like ours becomes a fifth, in a few milliseconds.
const BROTLI_QUALITY: u32 = 5;
/// Bytes that it looks back, as a power of two.
const BROTLI_WINDOW: u32 = 22;
const BUFFER: usize = 16 * 1024;

/// The coding that a client likes best, if it takes one.
pub fn coding(request: &HttpRequest) -> Option<Coding> {
    let accepted = AcceptEncoding::parse(request).ok()?;
    let offered = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
    match accepted.negotiate(offered.iter())? {
        Encoding::Known(ContentEncoding::Brotli) => Some(Coding::Brotli),
        Encoding::Known(ContentEncoding::Gzip) => Some(Coding::Gzip),
        _ => None,
    }
}

/// The name of a coding in HTTP (RFC 9110 §8.4.1).
pub fn name(coding: Coding) -> &'static str {
    match coding {
        Coding::Brotli => "br",
        Coding::Gzip => "gzip",
    }
}

/// Bytes, compressed.
///
/// # Errors
/// When the library fails.
pub fn pack(coding: Coding, plain: &[u8]) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Brotli => {
            let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER, BROTLI_QUALITY, BROTLI_WINDOW);
            writer.write_all(plain)?;
            Ok(writer.into_inner())
        }
        Coding::Gzip => {
            let mut writer = GzEncoder::new(Vec::new(), Compression::default());
            writer.write_all(plain)?;
            writer.finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::test::TestRequest;

    use super::*;

    fn liked(header: &str) -> Option<Coding> {
        let request = TestRequest::default().insert_header(("Accept-Encoding", header));
        coding(&request.to_http_request())
    }

    #[test]
    fn clients_get_the_coding_that_they_like_best() {
        assert_eq!(liked("gzip, deflate, br"), Some(Coding::Brotli));
        assert_eq!(liked("gzip"), Some(Coding::Gzip));
        assert_eq!(liked("br;q=0.5, gzip"), Some(Coding::Gzip));
        for none in ["identity", "gzip;q=0", "zstd", "", "*;q=0", "é"] {
            assert_eq!(liked(none), None, "{none}");
        }
        assert_eq!(coding(&TestRequest::default().to_http_request()), None);
    }

    #[test]
    fn what_is_packed_comes_out_as_it_was() {
        let plain = "Quoin ".repeat(10_000);
        for coding in [Coding::Brotli, Coding::Gzip] {
            let packed = pack(coding, plain.as_bytes()).expect("packs");
            assert!(packed.len() < plain.len() / 10);
            let mut unpacked = String::new();
            match coding {
                Coding::Brotli => brotli::Decompressor::new(&packed[..], BUFFER).read_to_string(&mut unpacked),
                Coding::Gzip => flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut unpacked),
            }
            .expect("unpacks");
            assert_eq!(unpacked, plain);
        }
    }
}
