//! Which pictures look alike.

use image::{Rgb, RgbImage};

use super::{jpeg, scene, seen};
use crate::Likeness;

/// What re-used photos go through.
fn altered(scene: &RgbImage) -> Vec<(&'static str, RgbImage, u8)> {
    let (w, h) = scene.dimensions();
    let lighter = RgbImage::from_fn(w, h, |x, y| {
        Rgb(scene.get_pixel(x, y).0.map(|c| (u16::from(c) * 11 / 10 + 8).min(255) as u8))
    });
    let darker = RgbImage::from_fn(w, h, |x, y| Rgb(scene.get_pixel(x, y).0.map(|c| (u16::from(c) * 4 / 5) as u8)));
    let smaller = image::imageops::resize(scene, w / 2, h / 2, image::imageops::FilterType::Triangle);
    vec![("saved again", scene.clone(), 60), ("smaller", smaller, 85), ("lighter", lighter, 85), ("darker", darker, 85)]
}

#[test]
fn pictures_that_look_alike_are_alike_and_others_are_not() {
    let likeness = |picture: &RgbImage, quality| seen(&jpeg(picture, quality)).likeness.unwrap();
    let scenes: Vec<RgbImage> = (0..24).map(|seed| scene(seed + 100, 640, 480)).collect();
    let all: Vec<Likeness> = scenes.iter().map(|scene| likeness(scene, 90)).collect();
    for (scene, one) in scenes.iter().zip(&all) {
        for (how, other, quality) in altered(scene) {
            let other = likeness(&other, quality);
            assert!(one.is_alike(&other), "{how}: {}", one.agreement(&other));
            assert_eq!(Likeness::from_bytes(&other.to_bytes()), Some(other));
        }
    }
    for (n, one) in all.iter().enumerate() {
        for other in &all[..n] {
            assert!(!one.is_alike(other), "{}", one.agreement(other));
        }
    }
    assert_eq!(seen(&jpeg(&RgbImage::from_pixel(300, 200, Rgb([3, 3, 3])), 85)).likeness, None, "a covered lens");
    assert_eq!(Likeness::from_bytes(&[0; 64]), None);
}
