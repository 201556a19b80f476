//! Synthetic fences: each village has a cell of a grid over its town's part of the islands, and in it an outline.

use std::fmt::Write as _;

use super::{
    BASE, Village,
    random::Random,
    shape::{self, Point},
};

/// Where the villages of a town lie: west, south, east, north in degrees of WGS-84, columns, rows.
type Layout = (&'static str, [f64; 4], usize, usize);

const LAYOUTS: [Layout; 4] = [
    // The middle, the east and the west of Donghai island, and Naozhou island.
    ("440811070", [110.360, 20.962, 110.452, 21.052], 4, 4),
    ("440811071", [110.466, 20.985, 110.530, 21.052], 3, 3),
    ("440811072", [110.255, 20.970, 110.345, 21.040], 4, 3),
    ("440811173", [110.555, 20.868, 110.605, 20.935], 2, 3),
];

/// The village with an islet before its shore: a MultiPolygon.
const ISLET: &str = "440811070213";
/// The village with a pond of someone else's in its midst: a hole.
const POND: &str = "440811071202";
/// How far an outline keeps from the edge of its cell.
const MARGIN_M: f64 = 40.0;
const METRES_PER_DEGREE: f64 = 110_750.0;

/// A cell of the grid: its middle in degrees, its size in metres.
struct Cell {
    lon: f64,
    lat: f64,
    width_m: f64,
    height_m: f64,
}

/// All fences, one feature a line, so that a change shows as a change of that village.
pub(super) fn geojson(villages: &[Village]) -> String {
    let mut out = String::from("{\"type\":\"FeatureCollection\",\"datum\":\"wgs84\",\n\"features\":[\n");
    for (i, village) in villages.iter().enumerate() {
        let comma = if i + 1 < villages.len() { "," } else { "" };
        let nth = villages[..i].iter().filter(|v| v.town == village.town).count();
        let _ = writeln!(out, "{}{comma}", feature(village, i, &cell(&village.town, nth)));
    }
    out.push_str("]}\n");
    out
}

fn cell(town: &str, nth: usize) -> Cell {
    let (_, [west, south, east, north], columns, rows) =
        LAYOUTS.iter().find(|l| l.0 == town).expect("a layout of the town");
    let (width, height) = ((east - west) / *columns as f64, (north - south) / *rows as f64);
    let lat = north - height * ((nth / columns) as f64 + 0.5);
    Cell {
        lon: west + width * ((nth % columns) as f64 + 0.5),
        lat,
        width_m: width * METRES_PER_DEGREE * lat.to_radians().cos(),
        height_m: height * METRES_PER_DEGREE,
    }
}

fn feature(village: &Village, i: usize, cell: &Cell) -> String {
    let mut random = Random(0x5A48_5543_554E_0000 + i as u64);
    let vertices = 20 + (random.between(0.0, 41.0) as usize).min(40);
    let size = random.between(0.74, 1.0);
    let parts: Vec<Vec<Vec<Point>>> = if village.code == ISLET {
        let main = shape::outline(&mut random, 34, false);
        let islet = shape::outline(&mut random, 20, false);
        vec![
            vec![fit(&main, (-0.5, 0.16), (-0.5, 0.5), cell, 1.0)],
            vec![fit(&islet, (0.22, 0.5), (-0.1, 0.35), cell, 1.0)],
        ]
    } else if village.code == POND {
        let pond = shape::outline(&mut random, 20, false);
        let outer = fit(&shape::outline(&mut random, vertices, false), (-0.5, 0.5), (-0.5, 0.5), cell, size);
        vec![vec![outer, fit(&pond, (-0.02, 0.1), (-0.08, 0.04), cell, 1.0)]]
    } else {
        let outline = shape::outline(&mut random, vertices, i.is_multiple_of(3));
        let slack = (1.0 - size) / 2.0;
        let (east, north) = (random.between(-slack, slack), random.between(-slack, slack));
        vec![vec![fit(&outline, (-0.5 + east, 0.5 + east), (-0.5 + north, 0.5 + north), cell, size)]]
    };
    let centre = degrees(shape::centre(&parts[0]), cell);
    let polygons: Vec<String> = parts.iter().map(|rings| list(rings.iter().map(|ring| closed(ring, cell)))).collect();
    let (kind, coordinates) = match polygons.as_slice() {
        [one] => ("Polygon", one.clone()),
        several => ("MultiPolygon", list(several.iter().cloned())),
    };
    format!(
        r#"{{"type":"Feature","properties":{{"village":"{}","name":"{}","from":"{BASE}","synthetic":true,"source":"演示用的虚构边界 / synthetic, for the demo","centre":{centre}}},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#,
        village.code, village.name
    )
}

/// The outline stretched to fill this part of the cell (in parts of its size from its middle), less the margin.
fn fit(outline: &[Point], east: (f64, f64), north: (f64, f64), cell: &Cell, size: f64) -> Vec<Point> {
    let (low, high) = shape::bounds(outline);
    let stretch = |v: f64, low: f64, high: f64, (from, to): (f64, f64), whole_m: f64| {
        let room_m = (to - from) * whole_m * size - 2.0 * MARGIN_M;
        (from + to) / 2.0 * whole_m + ((v - low) / (high - low) - 0.5) * room_m
    };
    let point = |p: &Point| {
        (stretch(p.0, low.0, high.0, east, cell.width_m), stretch(p.1, low.1, high.1, north, cell.height_m))
    };
    outline.iter().map(point).collect()
}

/// A position with five decimals, about a metre: more would feign a precision.
fn degrees((east, north): Point, cell: &Cell) -> String {
    let lon = cell.lon + east / (METRES_PER_DEGREE * cell.lat.to_radians().cos());
    format!("[{lon:.5},{:.5}]", cell.lat + north / METRES_PER_DEGREE)
}

fn closed(ring: &[Point], cell: &Cell) -> String {
    list(ring.iter().chain(&ring[..1]).map(|p| degrees(*p, cell)))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
