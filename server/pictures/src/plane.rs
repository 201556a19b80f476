//! Samples of one kind: how light a picture is, or how blue, or how red.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use crate::Reason;

/// One byte a sample, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plane {
    width: u32,
    height: u32,
    /// From one row to the next.
    stride: u32,
    samples: Vec<u8>,
}

impl Plane {
    /// A fault where there are fewer samples than these sizes say. What stands behind the last row's may be missing.
    pub fn new((width, height): (u32, u32), stride: u32, mut samples: Vec<u8>) -> Result<Self, Reason> {
        let whole = stride as usize * height as usize;
        if width == 0 || height == 0 || stride < width || samples.len() + ((stride - width) as usize) < whole {
            return Err(Reason::Damaged);
        }
        samples.resize(whole, 0);
        Ok(Self { width, height, stride, samples })
    }

    /// The same everywhere.
    pub fn even((width, height): (u32, u32), sample: u8) -> Self {
        Self { width, height, stride: width, samples: vec![sample; width as usize * height as usize] }
    }

    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    pub fn stride(&self) -> u32 {
        self.stride
    }

    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// Made that large: each sample is the mean of many, or lies between some.
    pub fn resized(&self, to: (u32, u32)) -> Self {
        if to == self.size() {
            return self.clone();
        }
        let samples = resized(&self.samples, self.stride, self.size(), to, PixelType::U8);
        Self { width: to.0, height: to.1, stride: to.0, samples }
    }

    /// Turned and mirrored as that EXIF orientation (1 to 8) says; anything else is upright.
    pub fn upright(self, orientation: u8) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        // Where the sample of a place of the upright picture is stored.
        let stored: fn(usize, usize, usize, usize) -> (usize, usize) = match orientation {
            2 => |x, y, w, _| (w - 1 - x, y),
            3 => |x, y, w, h| (w - 1 - x, h - 1 - y),
            4 => |x, y, _, h| (x, h - 1 - y),
            5 => |x, y, _, _| (y, x),
            6 => |x, y, _, h| (y, h - 1 - x),
            7 => |x, y, w, h| (w - 1 - y, h - 1 - x),
            8 => |x, y, w, _| (w - 1 - y, x),
            _ => return self,
        };
        let (width, height) = if lies_on_its_side(orientation) { (h, w) } else { (w, h) };
        let mut samples = Vec::with_capacity(w * h);
        for y in 0..height {
            samples.extend((0..width).map(|x| {
                let (x, y) = stored(x, y, w, h);
                self.samples[y * self.stride as usize + x]
            }));
        }
        Self { width: width as u32, height: height as u32, stride: width as u32, samples }
    }
}

/// Whether a picture of that EXIF orientation is stored with its sides exchanged.
pub(crate) fn lies_on_its_side(orientation: u8) -> bool {
    matches!(orientation, 5..=8)
}

/// The same for samples of any kind.
pub(crate) fn resized(samples: &[u8], stride: u32, from: (u32, u32), to: (u32, u32), of: PixelType) -> Vec<u8> {
    let source = ImageRef::new(stride, from.1, samples, of).expect("there are as many samples as the size says");
    let mut result = Image::new(to.0, to.1, of);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false);
    let options = options.crop(0.0, 0.0, from.0.into(), from.1.into());
    Resizer::new().resize(&source, &mut result, &options).expect("both are of one kind");
    result.into_vec()
}
