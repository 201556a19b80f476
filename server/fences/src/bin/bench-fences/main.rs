//! How many verdicts a second, beside `geo` in the same turns, and how often both say the same. `make bench-fences` runs it, and shapely and PostGIS on
//! what it writes.
//!
//!     bench-fences [--turns N] [--fences N] [--fixes N] [--write FOLDER]

mod world;

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    time::Instant,
};

use geo::{Contains, Coord, Distance, Euclidean, LineString, Point, Polygon};
use mobile_schema::Wgs84;
use world::World;
use zhucun_fences::{Index, Limits, LonLat, Prepared, Processor, Shape, Verdict, Whereabouts};

const LIMITS: Limits = Limits { inside_from: 0.9, outside_to: 0.1 };

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let said = |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1));
    let number = |name: &str, usual: usize| said(name).and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (turns, fences, fixes) = (number("--turns", 5), number("--fences", 128_000), number("--fixes", 3_000_000));

    let world = World::new(fences, fixes);
    if let Some(folder) = said("--write") {
        return write(&world, Path::new(folder));
    }
    let points: usize = world.rings.iter().map(Vec::len).sum();
    eprintln!("{fences} fences, {points} points, {fixes} fixes");
    let start = Instant::now();
    let prepared: Vec<Prepared> = world
        .rings
        .iter()
        .map(|ring| Prepared::new(&Shape::Rings(vec![ring.clone()])).expect("a ring has points"))
        .collect();
    eprintln!("prepared in {:.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let index = Index::new(prepared);
    eprintln!("index in {:.2} s", start.elapsed().as_secs_f64());
    let polygons: Vec<(Flat, Polygon)> = world.rings.iter().map(|ring| Flat::of(ring)).collect();
    // A stride that has no factor in common with the number of fixes visits them all, as fixes of a whole country come in.
    let anywhere: Vec<Wgs84> = (0..fixes).map(|i| world.fixes[i * 1_000_003 % fixes].at).collect();

    let mut figures: Vec<(String, Vec<f64>)> = Vec::new();
    let mut note = |name: &str, seconds: f64| {
        let rate = fixes as f64 / seconds;
        match figures.iter_mut().find(|(n, _)| n == name) {
            Some((_, rates)) => rates.push(rate),
            None => figures.push((name.to_owned(), vec![rate])),
        }
    };
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(fixes);
    let mut theirs: Vec<(f64, Whereabouts)> = Vec::with_capacity(fixes);
    for _ in 0..turns {
        for processor in Processor::all() {
            verdicts.clear();
            let start = Instant::now();
            for (n, fence) in index.fences().iter().enumerate() {
                fence.judge_by(processor, world.fixes_of(n), LIMITS, &mut verdicts);
            }
            note(&format!("verdicts, {}", processor.name()), start.elapsed().as_secs_f64());
        }
        theirs.clear();
        let start = Instant::now();
        for (n, (flat, polygon)) in polygons.iter().enumerate() {
            theirs.extend(world.fixes_of(n).iter().map(|fix| {
                let at = flat.point(fix.at);
                let distance = Euclidean.distance(&at, polygon.exterior());
                let distance = if polygon.contains(&at) { -distance } else { distance };
                (distance, Verdict::of(distance, fix.accuracy_m, LIMITS).place)
            }));
        }
        note("geo contains + distance", start.elapsed().as_secs_f64());
        let start = Instant::now();
        let found: usize = anywhere.iter().filter(|at| index.village(**at).is_some()).count();
        note("which village", start.elapsed().as_secs_f64());
        assert!(found > 0);
    }
    agreement(&verdicts, &theirs);
    for (name, rates) in &mut figures {
        rates.sort_unstable_by(f64::total_cmp);
        println!("{name}\t{:.0}\t{:.0}\t{:.0}", rates[rates.len() / 2], rates[0], rates[rates.len() - 1]);
    }
    Ok(())
}

/// Where both differ, and by how much at most: `geo` sees one plane a fence, we one a fix.
fn agreement(ours: &[Verdict], theirs: &[(f64, Whereabouts)]) {
    let pairs = || ours.iter().zip(theirs);
    let sides = pairs().filter(|(o, (distance, _))| o.distance_m.signum() != distance.signum() && o.distance_m != 0.0);
    let sides: Vec<f64> = sides.map(|(o, _)| o.distance_m.abs()).collect();
    let places = pairs().filter(|(o, (_, place))| o.place != *place).count();
    let near = pairs().filter(|(o, _)| o.distance_m.abs() < 50_000.0);
    let off = near.map(|(o, (d, _))| (o.distance_m - d).abs() - 0.05).map(|off| off.max(0.0));
    let part = pairs().map(|(o, (d, _))| ((o.distance_m - d).abs() - 0.05).max(0.0) / o.distance_m.abs().max(1.0));
    eprintln!(
        "beside geo: {} of {} on another side (up to {:.2} m from the boundary), {places} other verdicts; distances differ by {:.2} m at most, {:.4} % of the distance",
        sides.len(),
        ours.len(),
        sides.iter().copied().fold(0.0, f64::max),
        off.fold(0.0, f64::max),
        part.fold(0.0, f64::max) * 100.0,
    );
}

/// Metres about the middle of a fence, which is what `geo` can measure in.
struct Flat {
    middle: LonLat,
    east_m: f64,
    north_m: f64,
}

impl Flat {
    fn of(ring: &[LonLat]) -> (Self, Polygon) {
        let n = ring.len() as f64;
        let middle = LonLat {
            lon: ring.iter().map(|p| p.lon).sum::<f64>() / n,
            lat: ring.iter().map(|p| p.lat).sum::<f64>() / n,
        };
        let lat = middle.lat.to_radians();
        let flat = Self {
            middle,
            north_m: 111_132.954 - 559.822 * (2.0 * lat).cos() + 1.175 * (4.0 * lat).cos(),
            east_m: 111_412.84 * lat.cos() - 93.5 * (3.0 * lat).cos(),
        };
        let line = LineString::from_iter(ring.iter().map(|p| flat.coord(p.lon, p.lat)));
        (flat, Polygon::new(line, Vec::new()))
    }

    fn coord(&self, lon: f64, lat: f64) -> Coord {
        Coord { x: (lon - self.middle.lon) * self.east_m, y: (lat - self.middle.lat) * self.north_m }
    }

    fn point(&self, at: Wgs84) -> Point {
        Point(self.coord(at.lon(), at.lat()))
    }
}

/// The world for others, little-endian: of each fence how many points it has (u32), all points (f64, longitude first), of each fence where its
/// fixes end (u32), all fixes (f64: longitude, latitude, accuracy), and how far we say each is (f64: metres, negative inside).
fn write(world: &World, folder: &Path) -> std::io::Result<()> {
    let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let (mut sizes, mut points) = (file("sizes")?, file("points")?);
    for ring in &world.rings {
        sizes.write_all(&(ring.len() as u32).to_le_bytes())?;
        for p in ring {
            points.write_all(&p.lon.to_le_bytes())?;
            points.write_all(&p.lat.to_le_bytes())?;
        }
    }
    let (mut ends, mut fixes) = (file("ends")?, file("fixes")?);
    for end in &world.ends {
        ends.write_all(&(*end as u32).to_le_bytes())?;
    }
    for fix in &world.fixes {
        for number in [fix.at.lon(), fix.at.lat(), fix.accuracy_m] {
            fixes.write_all(&number.to_le_bytes())?;
        }
    }
    let mut distances = file("distances")?;
    for (n, ring) in world.rings.iter().enumerate() {
        let shape = Shape::Rings(vec![ring.clone()]);
        for fix in world.fixes_of(n) {
            distances.write_all(&shape.signed_distance_m(fix.at).unwrap_or(f64::NAN).to_le_bytes())?;
        }
    }
    [sizes, points, ends, fixes, distances].into_iter().try_for_each(|mut file| file.flush())
}
