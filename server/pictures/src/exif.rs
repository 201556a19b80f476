//! What a file says of itself (EXIF): when, where and with what it was taken. Whoever has the file can write anything there.

use std::io::Cursor;

use exif::{DateTime, Error, In, Reader, Tag, Value};
use jiff::{civil, tz::TimeZone};

/// What it says, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exif {
    /// How it is turned, 1 to 8, of which 1 is upright; 0 where it is not told.
    pub orientation: u8,
    /// When it was taken.
    pub taken: Option<Taken>,
    /// Where.
    pub place: Option<Place>,
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera's model.
    pub model: Option<String>,
}

/// A time as the camera's clock showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// What the clock showed, in milliseconds since 1970 as if it showed UTC.
    pub local_ms: i64,
    /// By how many minutes the clock was ahead of UTC, where that is told.
    pub offset_min: Option<i16>,
}

/// A place.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// The datum that it names, as it names it.
    pub datum: Option<String>,
}

/// Longest text, in characters.
const MAX_TEXT: usize = 64;

/// Reads a JPEG, PNG, WebP or HEIC. What cannot be read is left out.
pub fn read(file: &[u8]) -> Exif {
    let read = Reader::new().continue_on_error(true).read_from_container(&mut Cursor::new(file));
    let fields = match read {
        Ok(exif) => Fields(exif),
        Err(Error::PartialResult(partial)) => Fields(partial.into_inner().0),
        Err(_) => return Exif::default(),
    };
    Exif {
        orientation: fields.orientation(),
        taken: fields.taken(),
        place: fields.place(),
        make: fields.text(Tag::Make),
        model: fields.text(Tag::Model),
    }
}

struct Fields(exif::Exif);

impl Fields {
    fn value(&self, tag: Tag) -> Option<&Value> {
        Some(&self.0.get_field(tag, In::PRIMARY)?.value)
    }

    fn ascii(&self, tag: Tag) -> Option<&[u8]> {
        match self.value(tag)? {
            Value::Ascii(texts) => texts.first().map(Vec::as_slice),
            _ => None,
        }
    }

    /// Trimmed and without what no name has, such as zeros, which PostgreSQL does not keep.
    fn text(&self, tag: Tag) -> Option<String> {
        let text = String::from_utf8_lossy(self.ascii(tag)?);
        let text: String = text.trim().chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
        Some(text).filter(|text| !text.is_empty())
    }

    fn orientation(&self) -> u8 {
        let told = self.value(Tag::Orientation).and_then(|value| value.get_uint(0));
        told.and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=8).contains(n)).unwrap_or_default()
    }

    /// Of the shutter; else of when it was made a file; else of when that was last changed.
    fn taken(&self) -> Option<Taken> {
        let clocks = [
            (Tag::DateTimeOriginal, Tag::OffsetTimeOriginal),
            (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized),
            (Tag::DateTime, Tag::OffsetTime),
        ];
        clocks.iter().find_map(|(time, offset)| self.time(*time, *offset))
    }

    fn time(&self, time: Tag, offset: Tag) -> Option<Taken> {
        let mut shown = DateTime::from_ascii(self.ascii(time)?).ok()?;
        if let Some(text) = self.ascii(offset) {
            // An offset that is none leaves the clock without one.
            let _ = shown.parse_offset(text);
        }
        let number = |n: u8| i8::try_from(n).ok();
        let date = civil::Date::new(shown.year.try_into().ok()?, number(shown.month)?, number(shown.day)?).ok()?;
        let time = civil::Time::new(number(shown.hour)?, number(shown.minute)?, number(shown.second)?, 0).ok()?;
        let local = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
        let offset_min = shown.offset.filter(|minutes| minutes.abs() <= 15 * 60);
        Some(Taken { local_ms: local.timestamp().as_millisecond(), offset_min })
    }

    fn place(&self) -> Option<Place> {
        let lat = self.degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, (b"N", b"S"), 90.0)?;
        let lon = self.degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, (b"E", b"W"), 180.0)?;
        Some(Place { lat, lon, datum: self.text(Tag::GPSMapDatum) })
    }

    fn degrees(&self, parts: Tag, side: Tag, (ahead, behind): (&[u8], &[u8]), most: f64) -> Option<f64> {
        let Value::Rational(parts) = self.value(parts)? else { return None };
        let [degrees, minutes, seconds] = parts.first_chunk()?;
        let sum = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
        let side = self.ascii(side)?;
        let signed = if side == ahead {
            sum
        } else if side == behind {
            -sum
        } else {
            return None;
        };
        // Nothing divided by nothing, as cameras without a fix write it, is no number and not within.
        (-most..=most).contains(&signed).then_some(signed)
    }
}
