//! The QR code on a sheet.

use qrcode::{Color, EcLevel, QrCode, render};

/// Light modules around it: a reader needs four.
const MARGIN: usize = 4;
/// Pixels a module.
const SCALE: usize = 4;

fn of(url: &str) -> QrCode {
    // Medium: read from creased paper too.
    QrCode::with_error_correction_level(url, EcLevel::M).expect("an address fits into a QR code")
}

/// As SVG, to stand in a page.
pub fn svg(url: &str) -> String {
    let svg = of(url).render::<render::svg::Color>().min_dimensions(120, 120).build();
    // A page takes the picture, not the head of a file.
    svg.find("<svg").map_or_else(String::new, |at| svg[at..].to_owned())
}

/// As PNG of one bit a pixel.
pub fn png(url: &str) -> Vec<u8> {
    let code = of(url);
    let (width, colors) = (code.width(), code.to_colors());
    let side = (width + 2 * MARGIN) * SCALE;
    let is_dark = |x: usize, y: usize| {
        let module = |at: usize| (at / SCALE).checked_sub(MARGIN).filter(|at| *at < width);
        module(x).zip(module(y)).is_some_and(|(x, y)| colors[y * width + x] == Color::Dark)
    };
    let mut pixels = vec![0_u8; side * side.div_ceil(8)];
    for y in 0..side {
        for x in (0..side).filter(|x| !is_dark(*x, y)) {
            pixels[y * side.div_ceil(8) + x / 8] |= 0x80 >> (x % 8);
        }
    }
    let mut bytes = Vec::new();
    let side = u32::try_from(side).expect("some hundred pixels");
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().expect("memory takes it");
    writer.write_image_data(&pixels).expect("as many pixels as the header says");
    writer.finish().expect("memory takes it");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pictures_show_the_same_modules() {
        let url = "https://zc.example.cn/v1/attendance/seals/zjedz-2026-03-7QK2M-0XF9Z";
        assert!(svg(url).starts_with("<svg"));
        let bytes = png(url);
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let side = info.width as usize;
        assert_eq!(side, (of(url).width() + 2 * MARGIN) * SCALE);
        let dark = pixels[..info.buffer_size()].iter().map(|byte| byte.count_zeros()).sum::<u32>();
        let modules = of(url).to_colors().iter().filter(|color| **color == Color::Dark).count();
        // The last byte of a row is padded with zeros.
        let padding = side * (side.div_ceil(8) * 8 - side);
        assert_eq!(dark as usize, modules * SCALE * SCALE + padding);
    }
}
