//! Pictures that differ and look somewhat like what inspectors take: fields, houses, documents, people indoors, textures, and nearly plain walls.
//! Drawn from a number. Four neighbours are of one family, with the same palette, form or layout, as photos of one village are.

use image::{Rgb, RgbImage};

/// How many sorts there are.
pub const SORTS: u32 = 6;
/// Pictures of a family.
const FAMILY: u32 = 4;

/// The picture of that number.
pub fn draw(number: u32, width: u32, height: u32) -> RgbImage {
    let family = number / (SORTS * FAMILY);
    let sort = number % SORTS;
    let mut shared = Dice::new(family.wrapping_mul(7).wrapping_add(sort) ^ 0x5eed_0000);
    let mut own = Dice::new(number ^ 0x0a11_0000);
    let light = (own.between(-0.25, 0.25), own.between(-0.25, 0.25), own.between(0.8, 1.15));
    let paint: Box<dyn Fn(f32, f32) -> Colour> = match sort {
        0 => field(&mut shared, &mut own),
        1 => house(&mut shared, &mut own),
        2 => document(&mut shared, &mut own),
        3 => people(&mut shared, &mut own),
        4 => texture(&mut shared, &mut own),
        _ => plain(&mut shared, &mut own),
    };
    let grain = own.number();
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
        let lit = light.2 * (1.0 + light.0 * (u - 0.5) + light.1 * (v - 0.5));
        let noise = (lattice(grain, x as i32, y as i32) - 0.5) * 10.0;
        Rgb(paint(u, v).map(|c| (c * lit + noise).clamp(0.0, 255.0) as u8))
    })
}

type Colour = [f32; 3];
type Paint = Box<dyn Fn(f32, f32) -> Colour>;

/// Xorshift.
pub struct Dice(u32);

impl Dice {
    pub fn new(seed: u32) -> Self {
        let mut dice = Self(seed.wrapping_mul(2_654_435_761) ^ 0x9e37_79b9 | 1);
        for _ in 0..4 {
            dice.number();
        }
        dice
    }

    pub fn number(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    pub fn between(&mut self, lo: f32, hi: f32) -> f32 {
        lo + (self.number() >> 8) as f32 / (1 << 24) as f32 * (hi - lo)
    }

    /// From 0 to `n - 1`.
    pub fn below(&mut self, n: u32) -> u32 {
        (self.number() >> 4) % n
    }

    fn colour(&mut self, lo: f32, hi: f32) -> Colour {
        let grey = self.between(lo, hi);
        std::array::from_fn(|_| (grey + self.between(-35.0, 35.0)).clamp(0.0, 255.0))
    }
}

fn lattice(seed: u32, x: i32, y: i32) -> f32 {
    let mut n = seed ^ (x as u32).wrapping_mul(0x85eb_ca6b) ^ (y as u32).wrapping_mul(0xc2b2_ae35);
    n ^= n >> 15;
    n = n.wrapping_mul(0x2c1b_3c6d);
    n ^= n >> 12;
    n = n.wrapping_mul(0x297a_2d39);
    n ^= n >> 15;
    (n >> 8) as f32 / (1 << 24) as f32
}

fn smooth(seed: u32, x: f32, y: f32) -> f32 {
    let (fx, fy) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (tx, ty) = (ease(x - fx), ease(y - fy));
    let at = |dx, dy| lattice(seed, fx as i32 + dx, fy as i32 + dy);
    let (top, low) = (mix(at(0, 0), at(1, 0), tx), mix(at(0, 1), at(1, 1), tx));
    mix(top, low, ty)
}

/// Noise as nature has it: more in the large than in the small; 0 to 1.
fn rough(seed: u32, x: f32, y: f32, octaves: u32) -> f32 {
    let (mut sum, mut reach, mut scale) = (0.0, 0.5, 1.0);
    for octave in 0..octaves {
        sum += smooth(seed.wrapping_add(octave * 77), x * scale, y * scale) * reach;
        reach /= 2.0;
        scale *= 2.0;
    }
    sum
}

fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

fn blend(a: Colour, b: Colour, t: f32) -> Colour {
    std::array::from_fn(|c| mix(a[c], b[c], t.clamp(0.0, 1.0)))
}

fn scaled(a: Colour, by: f32) -> Colour {
    a.map(|c| c * by)
}

fn within(x: f32, lo: f32, hi: f32) -> bool {
    (lo..hi).contains(&x)
}

fn field(shared: &mut Dice, own: &mut Dice) -> Paint {
    let (sky, haze, ground) = (shared.colour(150.0, 220.0), shared.colour(190.0, 240.0), shared.colour(60.0, 130.0));
    let (horizon, ridge, cloud, soil) = (own.between(0.2, 0.6), own.number(), own.number(), own.number());
    let (hills, rows) = (own.between(0.05, 0.3), own.between(3.0, 14.0));
    let road = (own.between(-0.3, 1.3), own.between(0.2, 0.8), own.between(0.02, 0.15), own.below(2) == 0);
    let trees: Vec<[f32; 4]> = (0..own.below(9))
        .map(|_| [own.between(0.0, 1.0), own.between(-0.05, 0.25), own.between(0.03, 0.14), own.between(0.3, 0.8)])
        .collect();
    Box::new(move |u, v| {
        let top = horizon - hills * (rough(ridge, u * 3.0, 0.5, 4) - 0.3);
        for [x, down, size, dark] in &trees {
            let (dx, dy) = ((u - x) / size, (v - horizon - down + size) / (size * 1.3));
            let edge = 0.7 + 0.6 * rough(soil, u * 40.0, v * 40.0, 2);
            if dx * dx + dy * dy < edge * edge {
                return scaled(ground, dark * (0.6 + 0.8 * rough(ridge, u * 60.0, v * 60.0, 3)));
            }
        }
        if v < top {
            let clouds = ((rough(cloud, u * 3.0, v * 6.0, 5) - 0.45) * 4.0).clamp(0.0, 1.0);
            return blend(blend(sky, haze, v / horizon), [245.0; 3], clouds);
        }
        let depth = 1.0 / (v - horizon + 0.08);
        let middle = mix(road.1, road.0, (v - horizon) / (1.0 - horizon));
        if road.3 && (u - middle).abs() < road.2 * (v - horizon) * 3.0 {
            return [170.0, 160.0, 145.0];
        }
        let plants = rough(soil, (u - 0.5) * depth * rows, depth * 6.0, 5);
        blend(scaled(ground, 0.55), scaled(ground, 1.5), plants)
    })
}

fn house(shared: &mut Dice, own: &mut Dice) -> Paint {
    let (wall, roof, sky) = (shared.colour(90.0, 210.0), shared.colour(50.0, 120.0), shared.colour(170.0, 235.0));
    let (storeys, columns) = (1 + own.below(3), 1 + own.below(5));
    let (left, right) = (own.between(-0.1, 0.3), own.between(0.65, 1.15));
    let (eaves, foot, lean) = (own.between(0.12, 0.4), own.between(0.7, 0.95), own.between(-0.2, 0.2));
    let (gap, glass, door) = (own.between(0.2, 0.4), own.between(20.0, 90.0), own.below(columns));
    let (stain, yard, bricks) = (own.number(), own.number(), own.between(20.0, 60.0));
    let lit: Vec<bool> = (0..storeys * columns).map(|_| own.below(3) == 0).collect();
    Box::new(move |u, v| {
        let across = (u - left) / (right - left);
        let top = eaves + lean * (across - 0.5);
        let bottom = foot + lean * 0.4 * (across - 0.5);
        if within(across, 0.0, 1.0) && within(v, top, bottom) {
            let down = (v - top) / (bottom - top);
            let (column, storey) = (across * columns as f32, down * storeys as f32);
            let (cx, cy) = (column.fract(), storey.fract());
            let is_door = storey as u32 + 1 == storeys && column as u32 == door;
            if within(cx, gap, 1.0 - gap)
                && within(cy, if is_door { 0.25 } else { gap }, if is_door { 1.0 } else { 1.0 - gap })
            {
                let pane = lit.get((storey as u32 * columns + column as u32) as usize).is_some_and(|lit| *lit);
                return if is_door {
                    scaled(roof, 0.7)
                } else if pane {
                    [glass + 90.0; 3]
                } else {
                    [glass; 3]
                };
            }
            let (bx, by) = (across * bricks, down * bricks * 1.6);
            let joint = by.fract() < 0.15 || (bx + (by.floor() * 0.5)).fract() < 0.08;
            let dirt = 0.75 + 0.5 * rough(stain, u * 5.0, v * 5.0, 4);
            return scaled(wall, if joint { 0.85 * dirt } else { dirt });
        }
        let peak = top - 0.16 + (across - 0.5).abs() * 0.2;
        if within(across, -0.05, 1.05) && within(v, peak, top) {
            return scaled(roof, 0.8 + 0.4 * ((across * 80.0).fract()));
        }
        if v > bottom.max(0.6) {
            return scaled([150.0, 140.0, 120.0], 0.6 + 0.7 * rough(yard, u * 10.0, v * 14.0, 4));
        }
        blend(sky, [235.0; 3], rough(yard, u * 2.0, v * 3.0, 4))
    })
}

fn document(shared: &mut Dice, own: &mut Dice) -> Paint {
    let (desk, lines, table, heads) =
        (shared.colour(60.0, 160.0), 14 + shared.below(22), shared.below(2) == 0, shared.below(3));
    let (angle, size) = (own.between(-0.14, 0.14), own.between(0.75, 1.15));
    let (cx, cy, skew) = (own.between(0.42, 0.58), own.between(0.42, 0.58), own.between(-0.12, 0.12));
    let (words, wood, shade) = (own.number(), own.number(), own.between(0.0, 0.4));
    let stamp = (own.between(0.5, 0.85), own.between(0.6, 0.9), own.below(2) == 0);
    let ends: Vec<f32> = (0..lines).map(|_| if own.below(4) == 0 { own.between(0.2, 0.7) } else { 0.92 }).collect();
    let (sin, cos) = angle.sin_cos();
    Box::new(move |u, v| {
        let (dx, dy) = ((u - cx) / size, (v - cy) / size);
        let (px, py) = (dx * cos + dy * sin, dy * cos - dx * sin);
        let (x, y) = (px / (0.68 * (1.0 + skew * py)) + 0.5, py / 0.9 + 0.5);
        if !within(x, 0.0, 1.0) || !within(y, 0.0, 1.0) {
            return scaled(desk, 0.7 + 0.6 * rough(wood, u * 2.0, v * 25.0, 4));
        }
        let paper = 235.0 - 70.0 * shade * (x + y) / 2.0;
        let from_stamp = ((x - stamp.0) / 0.7).hypot(y - stamp.1);
        if stamp.2 && within(from_stamp, 0.07, 0.085) {
            return [paper * 0.85, 50.0, 50.0];
        }
        if table && within(y, 0.3, 0.7) {
            let (row, column) = ((y - 0.3) / 0.4 * 8.0, x * 5.0);
            if row.fract() < 0.07 || column.fract() < 0.03 {
                return [70.0; 3];
            }
        }
        let line = y * lines as f32;
        let n = line as usize;
        let letter = x * 46.0;
        let long = if n <= heads as usize { 0.6 } else { ends.get(n).copied().unwrap_or(0.9) };
        let ink = within(x, 0.08, long)
            && within(line.fract(), 0.25, 0.8)
            && lattice(words, letter as i32 / 4, n as i32) > 0.15
            && lattice(words, letter as i32, n as i32 + 999) > 0.3;
        if ink { [60.0; 3] } else { [paper; 3] }
    })
}

fn people(shared: &mut Dice, own: &mut Dice) -> Paint {
    let (wall, floor) = (shared.colour(140.0, 225.0), shared.colour(70.0, 150.0));
    let (edge, dirt) = (own.between(0.55, 0.85), own.number());
    let posters: Vec<([f32; 4], Colour)> = (0..own.below(5))
        .map(|_| {
            let (x, y) = (own.between(0.0, 0.9), own.between(0.0, 0.4));
            ([x, y, x + own.between(0.06, 0.3), y + own.between(0.08, 0.3)], own.colour(40.0, 240.0))
        })
        .collect();
    let standing: Vec<([f32; 3], Colour, Colour)> = (0..1 + own.below(4))
        .map(|_| {
            let at = [own.between(0.08, 0.92), own.between(0.2, 0.55), own.between(0.05, 0.12)];
            (at, own.colour(120.0, 200.0), own.colour(20.0, 220.0))
        })
        .collect();
    let desk = (own.between(0.0, 0.7), own.between(0.6, 0.9), own.colour(60.0, 180.0), own.below(2) == 0);
    Box::new(move |u, v| {
        if desk.3 && within(u, desk.0, desk.0 + 0.45) && within(v, desk.1, desk.1 + 0.25) {
            return scaled(desk.2, if v < desk.1 + 0.03 { 1.2 } else { 0.7 });
        }
        for ([x, y, size], skin, cloth) in standing.iter().rev() {
            let (dx, dy) = ((u - x) / size, (v - y) / size);
            if dx * dx + dy * dy / 1.6 < 1.0 {
                return if dy < -0.5 { [35.0, 30.0, 30.0] } else { *skin };
            }
            let (bx, by) = (dx / 1.9, (v - y - size * 4.4) / (size * 3.3));
            if bx.powi(4) + by.powi(4) < 1.0 {
                return scaled(*cloth, 0.8 + 0.4 * rough(dirt, u * 30.0, v * 30.0, 3));
            }
        }
        for ([x0, y0, x1, y1], colour) in &posters {
            if within(u, *x0, *x1) && within(v, *y0, *y1) {
                let print = (v * 60.0).fract() < 0.4 && lattice(dirt, (u * 50.0) as i32, (v * 60.0) as i32) > 0.4;
                return if print { scaled(*colour, 0.5) } else { *colour };
            }
        }
        let base = if v > edge { floor } else { wall };
        scaled(base, 0.85 + 0.3 * rough(dirt, u * 4.0, v * 4.0, 4))
    })
}

fn texture(shared: &mut Dice, own: &mut Dice) -> Paint {
    let (dark, light) = (shared.colour(30.0, 90.0), shared.colour(130.0, 230.0));
    let (seed, across, down, angle) =
        (own.number(), own.between(3.0, 9.0), own.between(3.0, 9.0), own.between(0.0, 3.1));
    let (sin, cos) = angle.sin_cos();
    Box::new(move |u, v| {
        let (x, y) = (u * cos + v * sin, v * cos - u * sin);
        blend(dark, light, (rough(seed, x * across, y * down, 6) - 0.25) * 2.0)
    })
}

fn plain(shared: &mut Dice, own: &mut Dice) -> Paint {
    let base = shared.colour(80.0, 220.0);
    let (angle, fall, seed) = (own.between(0.0, 6.3), own.between(0.2, 0.7), own.number());
    let (sin, cos) = angle.sin_cos();
    let things: Vec<([f32; 4], Colour)> = (0..1 + own.below(3))
        .map(|_| {
            let at = [own.between(0.0, 0.85), own.between(0.0, 0.85), own.between(0.04, 0.3), own.between(0.04, 0.3)];
            (at, own.colour(30.0, 230.0))
        })
        .collect();
    Box::new(move |u, v| {
        for ([x, y, w, h], colour) in &things {
            if within(u, *x, x + w) && within(v, *y, y + h) {
                return *colour;
            }
        }
        let slope = 1.0 + fall * ((u - 0.5) * cos + (v - 0.5) * sin);
        scaled(base, slope * (0.92 + 0.16 * rough(seed, u * 2.0, v * 2.0, 4)))
    })
}
