//! Which signals a photo gives, from plain facts about it and what is around it. The order of these facts does not matter.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::json;
use sync_protocol::RecordKey;
use zhucun_fences::Prepared;

use super::{
    exif::{self, Clock, Position, Spot},
    reuse::{self, Used},
    signal::{Code, Signal},
};

/// Most signals of a photo: the strongest.
pub const MOST: usize = 20;

/// A photo as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Key of its record.
    pub key: RecordKey,
    /// Who took it.
    pub person: String,
    /// The phone that did.
    pub install: Option<Vec<u8>>,
    /// The village where.
    pub village: Option<String>,
    /// The visit it belongs to.
    pub visit: Option<RecordKey>,
    /// When it was recorded, if that is known.
    pub at_ms: Option<i64>,
    /// The day of that, where the office is.
    pub day: Option<Date>,
    /// What its file says of the camera.
    pub camera: Option<String>,
}

/// What is around a photo.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// Records of the same or alike pictures.
    pub uses: Vec<(Photo, Used)>,
    /// What the file says of time.
    pub clock: Option<Clock>,
    /// What the file says of the place.
    pub spot: Option<Spot>,
    /// When the visit's place was written: the earliest and the latest.
    pub visit_ms: Option<(i64, i64)>,
    /// Where the phone was about then.
    pub positions: Vec<Position>,
    /// The village's boundary on that day.
    pub fence: Option<Prepared>,
    /// The visit's other photos.
    pub companions: Vec<Photo>,
}

/// What speaks against it, the strongest first.
pub fn signals(photo: &Photo, around: &Around) -> Vec<Signal> {
    let mut all: Vec<Signal> = around.uses.iter().map(|(other, used)| reuse::signal(photo, other, *used)).collect();
    let recorded = photo.at_ms.map(|at| (at, at)).into_iter().chain(around.visit_ms);
    let recorded = recorded.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    all.extend(around.clock.zip(recorded).and_then(|(clock, recorded)| exif::time(clock, recorded)));
    all.extend(
        around.spot.as_ref().and_then(|spot| exif::place(spot, photo.at_ms, &around.positions, around.fence.as_ref())),
    );
    all.extend(camera(photo, &around.companions));
    all.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| (a.code, a.other).cmp(&(b.code, b.other))));
    all.truncate(MOST);
    all
}

/// Whether most photos that the same phone took on the visit are of another camera.
fn camera(photo: &Photo, companions: &[Photo]) -> Option<Signal> {
    let camera = photo.camera.as_ref()?;
    let mut cameras: BTreeMap<&str, Vec<&Photo>> = BTreeMap::new();
    for other in companions.iter().filter(|other| other.install == photo.install && other.key != photo.key) {
        if let Some(theirs) = &other.camera {
            cameras.entry(theirs).or_default().push(other);
        }
    }
    let others: usize = cameras.values().map(Vec::len).sum();
    let own = cameras.get(camera.as_str()).map_or(0, Vec::len) + 1;
    let (usual, photos) =
        cameras.into_iter().filter(|(theirs, _)| *theirs != camera).max_by_key(|(_, photos)| photos.len())?;
    // Where two cameras took as many, either may be the phone's own.
    if photos.len() < own {
        return None;
    }
    let other = photos.iter().min_by_key(|other| (other.at_ms, other.key))?;
    let facts = json!({ "others": others, "usual": usual, "camera": camera });
    Some(Signal::new(Code::CameraChanged, 0.3, Some(other.key), facts))
}
