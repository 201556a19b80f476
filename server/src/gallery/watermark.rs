//! Draws where a photo comes from into a copy of it. Pure.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont as _, point};
use rusty_jpeg::{ColorType, Decoder, Encoder, PixelFormat};

/// Quality of the copy.
const QUALITY: u8 = 88;
/// Height of a line of text, of that many the picture's width has.
const LINES_A_WIDTH: f32 = 34.0;
/// What is left free beside the text, in heights of it.
const MARGIN: f32 = 0.6;
/// How much of the picture is left behind the text.
const BEHIND: f32 = 0.35;

/// A copy with these lines in a dark band at its lower edge, as a JPEG. Lines that are too long make all of them smaller.
pub fn draw(jpeg: &[u8], lines: &[String], font: &FontRef<'_>) -> anyhow::Result<Vec<u8>> {
    let mut picture = Picture::read(jpeg)?;
    let scale = scale(lines, font, picture.width as f32);
    let font = font.as_scaled(scale);
    let line_height = font.height() * 1.15;
    let margin = scale.y * MARGIN;
    let top = picture.height as f32 - line_height * lines.len() as f32 - margin;
    picture.darken(top.max(0.0) as usize);
    for (nth, line) in lines.iter().enumerate() {
        let baseline = top + margin / 2.0 + line_height * nth as f32 + font.ascent();
        for glyph in glyphs(line, &font, margin, baseline) {
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            outline.draw(|x, y, cover| {
                picture.lighten(bounds.min.x as i64 + i64::from(x), bounds.min.y as i64 + i64::from(y), cover);
            });
        }
    }
    picture.write()
}

/// As large as the picture's width asks, or as lets the longest line fit.
fn scale(lines: &[String], font: &FontRef<'_>, width: f32) -> PxScale {
    let wanted = PxScale::from((width / LINES_A_WIDTH).max(8.0));
    let length = |line: &String| {
        let font = font.as_scaled(wanted);
        line.chars().map(|c| font.h_advance(font.glyph_id(c))).sum::<f32>()
    };
    let longest = lines.iter().map(length).fold(0.0, f32::max);
    let room = width - 2.0 * MARGIN * wanted.x;
    if longest <= room { wanted } else { PxScale::from(wanted.x * room / longest) }
}

fn glyphs<F: Font>(
    line: &str,
    font: &ab_glyph::PxScaleFont<F>,
    left: f32,
    baseline: f32,
) -> impl Iterator<Item = Glyph> {
    let mut x = left;
    line.chars().map(move |c| {
        let id = font.glyph_id(c);
        let glyph = id.with_scale_and_position(font.scale(), point(x, baseline));
        x += font.h_advance(id);
        glyph
    })
}

/// A picture in memory: three bytes a pixel.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// A rendition, which is small, and grey or in colours.
    fn read(jpeg: &[u8]) -> anyhow::Result<Self> {
        let mut decoder = Decoder::new(jpeg);
        let pixels = decoder.decode()?;
        let info = decoder.info().ok_or_else(|| anyhow::anyhow!("a rendition has a size"))?;
        let pixels = match info.pixel_format {
            PixelFormat::RGB24 => pixels,
            PixelFormat::L8 => pixels.into_iter().flat_map(|grey| [grey; 3]).collect(),
            other => anyhow::bail!("no rendition is {other:?}"),
        };
        Ok(Self { width: info.width.into(), height: info.height.into(), pixels })
    }

    fn darken(&mut self, from_row: usize) {
        for value in &mut self.pixels[from_row.min(self.height) * self.width * 3..] {
            *value = (f32::from(*value) * BEHIND) as u8;
        }
    }

    /// Draws white over a pixel, as far as it is covered.
    fn lighten(&mut self, x: i64, y: i64, cover: f32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width && y < self.height {
            let at = (y * self.width + x) * 3;
            for value in &mut self.pixels[at..at + 3] {
                *value += ((255.0 - f32::from(*value)) * cover.clamp(0.0, 1.0)) as u8;
            }
        }
    }

    fn write(&self) -> anyhow::Result<Vec<u8>> {
        let mut jpeg = Vec::new();
        let (width, height) = (u16::try_from(self.width)?, u16::try_from(self.height)?);
        let encoder = Encoder::new(&mut jpeg, QUALITY);
        encoder.encode(&self.pixels, width, height, ColorType::Rgb)?;
        Ok(jpeg)
    }
}
