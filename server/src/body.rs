//! Request bodies: read, and unpacked, within bounds that hold while bytes come in, so that neither a large body nor a bomb is ever in
//! memory.

use std::io::Read;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use futures::StreamExt as _;

use crate::error::{ErrorCode, Problem};

/// Below this many packed bytes, unpacking takes less time than handing it to another thread.
const UNPACK_HERE: usize = 16 * 1024;

/// How a body is packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Identity,
    /// `gzip`.
    Gzip,
    /// `zstd`.
    Zstd,
    /// zstd, with this dictionary.
    ZstdWith(Bytes),
}

/// Why bytes could not be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpacking {
    /// They come to more than the bound.
    TooLarge,
    /// They are cut, or were never packed so.
    Damaged,
}

/// Reads a request's body, at most `max_packed` bytes as sent and `max_expanded` unpacked.
///
/// `body_too_large`, `unsupported_media`, or `bad_request` where it is cut or damaged.
pub async fn read(request: Request, max_packed: usize, max_expanded: usize) -> Result<Bytes, Problem> {
    read_as(request, max_packed, max_expanded, ErrorCode::BadRequest).await
}

/// As [`read`], with another code for a body that is cut or damaged: a push is to be sent again then.
pub async fn read_as(
    request: Request,
    max_packed: usize,
    max_expanded: usize,
    damaged: ErrorCode,
) -> Result<Bytes, Problem> {
    let packing = packing(request.headers())?;
    read_packed(request, packing, max_packed, max_expanded, damaged).await
}

/// As [`read_as`], of a body that is packed so, whatever its header says.
pub async fn read_packed(
    request: Request,
    packing: Packing,
    max_packed: usize,
    max_expanded: usize,
    damaged: ErrorCode,
) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    let packed = collect(&parts.headers, body, max_packed, damaged).await?;
    let unpacked = match packing {
        Packing::Identity if packed.len() > max_expanded => Err(Unpacking::TooLarge),
        Packing::Identity => Ok(packed),
        packing if packed.len() <= UNPACK_HERE => unpack(&packing, &packed, max_expanded).map(Bytes::from),
        packing => tokio::task::spawn_blocking(move || unpack(&packing, &packed, max_expanded).map(Bytes::from))
            .await
            .map_err(Problem::internal)?,
    };
    unpacked.map_err(|why| match why {
        Unpacking::TooLarge => Problem::new(ErrorCode::BodyTooLarge, format!("at most {max_expanded} bytes unpacked")),
        Unpacking::Damaged => Problem::new(damaged, "the packed body is cut or damaged"),
    })
}

fn packing(headers: &HeaderMap) -> Result<Packing, Problem> {
    let mut named = headers.get_all(header::CONTENT_ENCODING).iter();
    let packing = match (named.next().map(|v| v.as_bytes().to_ascii_lowercase()).as_deref(), named.next()) {
        (None | Some(b"" | b"identity"), None) => Some(Packing::Identity),
        (Some(b"gzip" | b"x-gzip"), None) => Some(Packing::Gzip),
        (Some(b"zstd"), None) => Some(Packing::Zstd),
        _ => None,
    };
    packing.ok_or_else(|| Problem::new(ErrorCode::UnsupportedMedia, "Content-Encoding: gzip, zstd or none, once"))
}

async fn collect(headers: &HeaderMap, body: Body, max: usize, damaged: ErrorCode) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(ErrorCode::BodyTooLarge, format!("at most {max} bytes as sent"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let mut all: Vec<u8> = Vec::new();
    while let Some(chunk) = stream.next().await {
        // The connection broke or stood still; most likely nobody will read this answer.
        let chunk = chunk.map_err(|_| Problem::new(damaged, "the body was cut"))?;
        if chunk.len() > max - all.len() {
            return Err(too_large());
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all.into())
}

/// Unpacks at most `max` bytes. Pure. Never holds more than that and a decoder's window, whatever the bytes claim.
pub fn unpack(packing: &Packing, packed: &[u8], max: usize) -> Result<Vec<u8>, Unpacking> {
    let dictionary = match packing {
        Packing::ZstdWith(dictionary) => &dictionary[..],
        _ => &[],
    };
    match packing {
        Packing::Identity => bounded(packed, max),
        Packing::Gzip => bounded(flate2::read::MultiGzDecoder::new(packed), max),
        Packing::Zstd | Packing::ZstdWith(_) => {
            let decoder = zstd::stream::read::Decoder::with_dictionary(packed, dictionary);
            let mut decoder = decoder.map_err(|_| Unpacking::Damaged)?;
            // A frame may name a window of gigabytes, which the decoder would allocate before the first byte. 8 MiB is what RFC 8878
            // asks every decoder to take.
            let window_log = max.next_power_of_two().ilog2().clamp(23, 27);
            decoder.window_log_max(window_log).map_err(|_| Unpacking::Damaged)?;
            bounded(decoder, max)
        }
    }
}

fn bounded(mut reader: impl Read, max: usize) -> Result<Vec<u8>, Unpacking> {
    let mut out = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(out),
            Ok(n) if n > max - out.len() => return Err(Unpacking::TooLarge),
            Ok(n) => out.extend_from_slice(&chunk[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Err(Unpacking::Damaged),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn request(encoding: Option<&str>, body: impl Into<Body>) -> Request {
        let mut request = Request::builder().method("POST");
        if let Some(encoding) = encoding {
            request = request.header(header::CONTENT_ENCODING, encoding);
        }
        request.body(body.into()).unwrap()
    }

    async fn code(encoding: Option<&str>, body: impl Into<Body>) -> Result<Bytes, &'static str> {
        read(request(encoding, body), 1000, 10_000).await.map_err(|p| p.code.code())
    }

    #[tokio::test]
    async fn what_was_packed_comes_out_as_it_was() {
        let text = "一条线\n".repeat(900);
        assert_eq!(code(Some("gzip"), gzip(text.as_bytes())).await.unwrap(), text);
        assert_eq!(code(Some("ZSTD"), zstd::encode_all(text.as_bytes(), 3).unwrap()).await.unwrap(), text);
        assert_eq!(code(None, "plain").await.unwrap(), "plain");
        assert_eq!(code(Some("gzip"), [gzip(b"two "), gzip(b"members")].concat()).await.unwrap(), "two members");
    }

    #[tokio::test]
    async fn a_bomb_is_refused_and_never_unpacked_beyond_the_bound() {
        let bomb = vec![0; 100 << 20];
        let packed = [gzip(&bomb), zstd::encode_all(&bomb[..], 19).unwrap()];
        for (packing, packed) in [Packing::Gzip, Packing::Zstd].iter().zip(&packed) {
            let mut read = 0;
            struct Counting<'a, R>(R, &'a mut usize);
            impl<R: Read> Read for Counting<'_, R> {
                fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
                    let n = self.0.read(out)?;
                    *self.1 += n;
                    Ok(n)
                }
            }
            let counted = match packing {
                Packing::Zstd => {
                    bounded(Counting(zstd::stream::read::Decoder::new(&packed[..]).unwrap(), &mut read), 10_000)
                }
                _ => bounded(Counting(flate2::read::MultiGzDecoder::new(&packed[..]), &mut read), 10_000),
            };
            assert_eq!(counted, Err(Unpacking::TooLarge));
            assert!(read < 64 * 1024, "{packing:?} unpacked {read}");
            assert_eq!(unpack(packing, packed, 10_000), Err(Unpacking::TooLarge));
        }
        let small_bomb = zstd::encode_all(&vec![0; 1 << 20][..], 19).unwrap();
        assert!(small_bomb.len() < 1000);
        assert_eq!(code(Some("zstd"), small_bomb).await, Err("body_too_large"));
    }

    #[test]
    fn a_zstd_frame_that_names_a_huge_window_is_refused() {
        // Magic, no single segment, window of 2^31 bytes, one last raw block of nothing.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
        assert_eq!(unpack(&Packing::Zstd, &frame, 10_000), Err(Unpacking::Damaged));
    }

    #[test]
    fn what_was_packed_with_a_dictionary_needs_the_same() {
        let (earlier, text) = (b"\"i.presence_score\":9,".repeat(9), b"\"i.presence_score\":7,\"i.overall\":\"good\"");
        let packed = zstd::bulk::Compressor::with_dictionary(3, &earlier).unwrap().compress(text).unwrap();
        let with = |dictionary: &[u8]| Packing::ZstdWith(Bytes::copy_from_slice(dictionary));
        assert_eq!(unpack(&with(&earlier), &packed, 10_000).unwrap(), text);
        assert_eq!(unpack(&with(&earlier), &packed, 20), Err(Unpacking::TooLarge));
        assert_ne!(unpack(&with(b"something else that is long enough"), &packed, 10_000).as_deref(), Ok(&text[..]));
        assert_ne!(unpack(&Packing::Zstd, &packed, 10_000).as_deref(), Ok(&text[..]));
    }

    #[tokio::test]
    async fn bodies_that_are_too_large_cut_or_packed_otherwise() {
        assert_eq!(code(None, vec![0; 1001]).await, Err("body_too_large"));
        let announced = Request::builder().header(header::CONTENT_LENGTH, "1001").body(Body::empty()).unwrap();
        assert_eq!(read(announced, 1000, 10_000).await.unwrap_err().code, ErrorCode::BodyTooLarge);
        for encoding in ["br", "gzip, zstd", "deflate"] {
            assert_eq!(code(Some(encoding), "x").await, Err("unsupported_media"));
        }
        let whole = gzip(b"some text that is long enough to be cut in its middle");
        assert_eq!(code(Some("gzip"), whole[..whole.len() - 9].to_vec()).await, Err("bad_request"));
        let whole = zstd::encode_all(&b"some text that is long enough to be cut in its middle"[..], 3).unwrap();
        assert_eq!(code(Some("zstd"), whole[..whole.len() - 9].to_vec()).await, Err("bad_request"));
        let cut =
            read_as(request(Some("zstd"), whole[..9].to_vec()), 1000, 1000, ErrorCode::PushCut).await.unwrap_err();
        assert_eq!((cut.code, cut.retry_after_s), (ErrorCode::PushCut, Some(2)));
    }
}
