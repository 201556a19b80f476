//! A shapefile as map programs write it, made byte by byte from its specification (ESRI, July 1998; dBASE III), for tests.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::drawing::Ring;

/// A zip archive with these members, deflated.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut out);
    for (name, content) in members {
        let file = archive.new_file(*name).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = file.start().expect("a member");
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        writer.write_all(content).expect("memory");
        let (encoder, descriptor) = writer.finish().expect("a member");
        encoder.finish().expect("memory");
        entry.finish(descriptor).expect("a member");
    }
    archive.finish().expect("an archive");
    out
}

/// A `.shp` of polygons, a ring each or more. Outer rings turn clockwise.
pub fn shp(polygons: &[Vec<Ring>]) -> Vec<u8> {
    let mut records = Vec::new();
    for (i, rings) in polygons.iter().enumerate() {
        let points: Vec<[f64; 2]> = rings.iter().flatten().copied().collect();
        let mut content = Vec::new();
        content.extend(5i32.to_le_bytes());
        content.extend(bounds(&points));
        content.extend((rings.len() as i32).to_le_bytes());
        content.extend((points.len() as i32).to_le_bytes());
        let mut from = 0i32;
        for ring in rings {
            content.extend(from.to_le_bytes());
            from += ring.len() as i32;
        }
        content.extend(points.iter().flatten().flat_map(|n| n.to_le_bytes()));
        records.extend((i as i32 + 1).to_be_bytes());
        records.extend((content.len() as i32 / 2).to_be_bytes());
        records.extend(content);
    }
    let all: Vec<[f64; 2]> = polygons.iter().flatten().flatten().copied().collect();
    let mut out = Vec::new();
    out.extend(9994i32.to_be_bytes());
    out.extend([0; 20]);
    out.extend(((100 + records.len()) as i32 / 2).to_be_bytes());
    out.extend(1000i32.to_le_bytes());
    out.extend(5i32.to_le_bytes());
    out.extend(bounds(&all));
    out.extend([0; 32]);
    out.extend(records);
    out
}

fn bounds(points: &[[f64; 2]]) -> Vec<u8> {
    let fold = |axis: usize, better: fn(f64, f64) -> f64| points.iter().map(|p| p[axis]).reduce(better).unwrap_or(0.0);
    let bounds = [fold(0, f64::min), fold(1, f64::min), fold(0, f64::max), fold(1, f64::max)];
    bounds.into_iter().flat_map(f64::to_le_bytes).collect()
}

/// A `.dbf` of texts: columns of 40 bytes, cells in the bytes given.
pub fn dbf(columns: &[&str], rows: &[Vec<Vec<u8>>]) -> Vec<u8> {
    const WIDTH: usize = 40;
    let mut out = vec![3, 126, 11, 23];
    out.extend((rows.len() as u32).to_le_bytes());
    out.extend((32 * (columns.len() + 1) as u16 + 1).to_le_bytes());
    out.extend(((columns.len() * WIDTH + 1) as u16).to_le_bytes());
    out.extend([0; 20]);
    for column in columns {
        let mut name = column.as_bytes().to_vec();
        name.resize(11, 0);
        out.extend(name);
        out.push(b'C');
        out.extend([0; 4]);
        out.push(WIDTH as u8);
        out.extend([0; 15]);
    }
    out.push(0x0d);
    for row in rows {
        out.push(b' ');
        for cell in row {
            let mut cell = cell.clone();
            cell.resize(WIDTH, b' ');
            out.extend(cell);
        }
    }
    out.push(0x1a);
    out
}
