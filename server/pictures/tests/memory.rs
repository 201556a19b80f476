//! What opening a picture takes of memory at most, each in a process of its own: the largest that are opened, and files that want more.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use flate2::{Compression, Crc, write::ZlibEncoder};
use image::{ExtendedColorType, ImageEncoder as _, codecs::webp::WebPEncoder};
use rusty_jpeg::{ColorType, Encoder, SamplingFactor};
use zhucun_pictures::bounds::MAX_MEMORY;

/// The program's own pages, and what the allocator keeps.
const BESIDES: u64 = 16_000_000;

/// What the program says of that file, and how many bytes it took.
fn opened(file: &[u8]) -> (String, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture");
    std::fs::write(&path, file).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_open-picture"));
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", path.display()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let [came, _, bytes] = said.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{said}") };
    (came.to_owned(), bytes.parse().unwrap())
}

/// Stripes of light, three bytes a pixel.
fn stripes(width: usize, height: usize) -> Vec<u8> {
    let row: Vec<u8> = (0..width * 3).map(|at| (at % 251) as u8).collect();
    row.repeat(height)
}

fn jpeg(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 80);
    encoder.set_progressive(progressive);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(&stripes(width.into(), height.into()), width, height, ColorType::Rgb).unwrap();
    out
}

fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let pixels = stripes(width as usize, height as usize);
    WebPEncoder::new_lossless(&mut out).write_image(&pixels, width, height, ExtendedColorType::Rgb8).unwrap();
    out
}

/// So many zeros, packed.
fn packed(zeros: usize) -> Vec<u8> {
    // As small as it gets, with whichever zlib: a file that is large itself is refused for that.
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    let some = vec![0; 1 << 20];
    for _ in 0..zeros / some.len() {
        out.write_all(&some).unwrap();
    }
    out.write_all(&some[..zeros % some.len()]).unwrap();
    out.finish().unwrap()
}

/// All black, of four samples a pixel of so many bytes each; with a further chunk before its pixels.
fn png(width: u32, height: u32, sample_bytes: u8, further: (&[u8; 4], &[u8])) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let mut sum = Crc::new();
        sum.update(kind);
        sum.update(body);
        [&(body.len() as u32).to_be_bytes()[..], kind, body, &sum.sum().to_be_bytes()].concat()
    };
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8 * sample_bytes, 6, 0, 0, 0]].concat();
    let bytes = (1 + 4 * usize::from(sample_bytes) * width as usize) * height as usize;
    let (kind, body) = further;
    let parts = [chunk(b"IHDR", &header), chunk(kind, body), chunk(b"IDAT", &packed(bytes)), chunk(b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &parts.concat()].concat()
}

#[test]
fn no_picture_takes_more_memory_than_the_bound() {
    let no_text: (&[u8; 4], &[u8]) = (b"tEXt", b"of\0nothing");
    let bomb = packed(1 << 30);
    let profile = [b"colours\0\0".as_slice(), &bomb].concat();
    // A box that says it has four gigabytes, in which EXIF would be looked for.
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\xff\xff\xff\xffmeta\0\0\0\0".to_vec();
    let cases = [
        ("12 megapixels, JPEG", jpeg(4000, 3000, false), "4000x3000"),
        ("12 megapixels, progressive JPEG", jpeg(4000, 3000, true), "4000x3000"),
        ("108 megapixels, JPEG", jpeg(12_000, 9_000, false), "12000x9000"),
        ("the largest progressive JPEG", jpeg(8_300, 8_300, true), "8300x8300"),
        ("the largest PNG", png(5600, 5600, 1, no_text), "5600x5600"),
        ("the largest PNG of 16 bits", png(4800, 4800, 2, no_text), "4800x4800"),
        ("the largest WebP", webp(4500, 4500), "4500x4500"),
        ("a larger progressive JPEG", jpeg(8_500, 8_500, true), "too_much_memory"),
        ("a PNG that unpacks to 3.6 GB", png(30_000, 30_000, 1, no_text), "too_many_pixels"),
        ("a PNG whose text unpacks to 1 GB", png(64, 64, 1, (b"zTXt", &profile)), "64x64"),
        ("a PNG whose profile unpacks to 1 GB", png(64, 64, 1, (b"iCCP", &profile)), "64x64"),
        ("a HEIC whose box has 4 GB", heic, "heic_by_preview"),
    ];
    for (name, file, expected) in cases {
        let (came, bytes) = opened(&file);
        println!("{name}: {} kB in the file, {} MB at most", file.len() / 1000, bytes / 1_000_000);
        assert_eq!(came, expected, "{name}");
        assert!(bytes < MAX_MEMORY + BESIDES, "{name}: {bytes} bytes");
    }
}
