//! All that is known of one photo: who made it and when, in which lines, where, what is seen in it, and who looked.

use mobile_schema::kinds::photo::Photo;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    browse::{self, PhotoView},
    grid::{Degrees, Spot},
    store::{
        one,
        trail::{self, Written},
        views,
    },
    views::ViewOf,
};
use crate::{
    app::App,
    auth::Principal,
    error::{ErrorCode, Problem},
    media::store::pictures,
    office::views::{Because, When},
    retention::kept::{self, KeptView},
    signals::{
        routes::{self as signals, SignalView},
        store::list,
    },
    storage::entities::{fix, picture, stored_blob},
};

/// Looks that come with a trail; older ones are at `/v1/photo-views`.
const VIEWS: usize = 50;

/// All that is known of a photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoTrail {
    /// As in lists.
    #[serde(flatten)]
    pub photo: PhotoView,
    /// Where the phone says it was taken, as measured.
    pub measured: Option<Measured>,
    /// The fixes of who took it, wherever they name to be, that are nearest in time: the last before it and the first after.
    pub fixes: Vec<FixView>,
    /// Every operation on its record, in the order of their chains.
    pub operations: Vec<OperationView>,
    /// What is there of the original; none before it is complete.
    pub original: Option<FileView>,
    /// What is there of the preview.
    pub preview: Option<FileView>,
    /// What speaks against it, the strongest first.
    pub signals: Vec<SignalView>,
    /// Until when it is kept: by which rule, and whether a legal hold covers it.
    pub kept: KeptView,
    /// Who looked at more than a thumbnail, the latest first.
    pub views: Vec<ViewOf>,
}

/// A position as measured.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Measured {
    /// Degrees north, raw.
    pub lat: f64,
    /// Degrees east, raw.
    pub lon: f64,
    /// What these refer to.
    pub datum: Option<String>,
    /// Radius of the 68 % circle, m.
    pub accuracy_m: Option<f64>,
    /// The same in WGS-84; none without a datum.
    pub wgs84: Option<Degrees>,
}

impl Measured {
    fn new(lat: f64, lon: f64, accuracy_m: Option<f64>, datum: Option<mobile_schema::Datum>) -> Self {
        let wgs84 = datum.and_then(|datum| Spot::of(lat, lon, datum)).map(Spot::degrees);
        Self { lat, lon, accuracy_m, datum: datum.map(|d| d.name().to_owned()), wgs84 }
    }
}

/// A fix.
#[derive(Debug, Serialize, ToSchema)]
pub struct FixView {
    /// When, ms.
    pub at_ms: Option<i64>,
    /// Where.
    #[serde(flatten)]
    pub measured: Measured,
    /// Whether the phone says that its position is faked.
    pub mock: bool,
    /// Where that is by the village's fence: `inside`, `outside`, `uncertain`.
    pub place: Option<String>,
}

/// A line of the photo's record.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationView {
    /// Its name.
    pub dot: String,
    /// The install that wrote it.
    pub install: String,
    /// Its place in that install's chain.
    pub seq: u64,
    /// Who wrote it; in lines of a server who acted.
    pub person: String,
    /// What they are called.
    pub name: Option<String>,
    /// The fields it writes; none of an erased one.
    pub fields: Vec<String>,
    /// What the phone's clock said, ms. It decides nothing.
    pub said_ms: Option<u64>,
    /// When it was written, and how sure that is.
    pub written: When,
    /// When it first came here, by the server's clock, ms.
    pub received_ms: Option<i64>,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub because: Because,
}

/// A complete file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    /// SHA-256.
    pub sha256: String,
    /// Its bytes, by which a look is noted.
    pub url: String,
    /// Bytes.
    pub size: i64,
    /// What it is, by its beginning.
    pub media_type: String,
    /// When it was complete, ms.
    pub stored_ms: i64,
    /// Its renditions, the largest first.
    pub renditions: Vec<String>,
    /// What was seen in it; none before it was opened.
    pub seen: Option<SeenView>,
}

/// What was seen in a file, and what it says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenView {
    /// Why it cannot be shown.
    pub reason: Option<String>,
    /// Pixels from left to right, upright.
    pub width: Option<i64>,
    /// Pixels from top to bottom.
    pub height: Option<i64>,
    /// What the camera's clock showed, ms since 1970 as if it showed UTC.
    pub taken_local_ms: Option<i64>,
    /// By how many minutes that clock was ahead of UTC.
    pub taken_offset_min: Option<i64>,
    /// Degrees north, by the file's own word.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// What these refer to, as the file names it.
    pub datum: Option<String>,
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera's model.
    pub model: Option<String>,
}

/// All that is known of the photo of that key, for who may see it.
pub async fn of(app: &App, who: &Principal, key: &[u8; 20]) -> Result<PhotoTrail, Problem> {
    let db = &app.db.read;
    let readable = who.evidence_scopes();
    let place = browse::find(app, who, key).await?;
    let fields: Photo = trail::fields(db, key).await?;
    let written = trail::written(db, key).await?;
    let fixes = match place.taken_ms {
        0 => Vec::new(),
        at_ms => trail::fixes_around(db, &readable, &place.person, at_ms).await?,
    };
    let mut shown = one::shown(db, vec![key.to_vec()]).await?;
    let files = shown.complete.keys().cloned().collect();
    let photo = browse::view(&mut shown, key).ok_or(ErrorCode::NotFound)?;
    let signals = list::of_photo(db, &readable, &photo.scope, &photo.id).await?;
    let (original, preview) =
        (file(app, photo.sha256.as_deref()).await?, file(app, photo.preview_sha256.as_deref()).await?);
    Ok(PhotoTrail {
        measured: fields.lat.zip(fields.lon).map(|(lat, lon)| Measured::new(lat, lon, fields.accuracy_m, fields.datum)),
        fixes: fixes.into_iter().map(FixView::from).collect(),
        operations: written.into_iter().map(OperationView::from).collect(),
        original,
        preview,
        signals: signals
            .unwrap_or_default()
            .into_iter()
            .map(|one| signals::view(one, |scope| who.may_read(scope)))
            .collect(),
        kept: kept::of(app, who, &photo.scope, key).await?,
        views: views::of_files(db, files, VIEWS).await?,
        photo,
    })
}

async fn file(app: &App, sha256: Option<&str>) -> Result<Option<FileView>, Problem> {
    let Some(hash) = sha256.and_then(sync_protocol::ids::lower_hex) else { return Ok(None) };
    let Some(blob) = trail::stored(&app.db.read, &hash).await? else { return Ok(None) };
    let seen = pictures::of(&app.db, &hash).await?;
    Ok(Some(FileView::new(blob, seen)))
}

impl FileView {
    fn new(blob: stored_blob::Model, seen: Option<picture::Model>) -> Self {
        let sha256 = hex::encode(&blob.sha256);
        let url = format!("/v1/media/{sha256}");
        let can_show = seen.as_ref().is_some_and(|seen| seen.reason.is_none());
        let sides = zhucun_pictures::RENDITIONS.iter().filter(|_| can_show);
        Self {
            renditions: sides.map(|side| format!("{url}?rendition={side}")).collect(),
            sha256,
            url,
            size: blob.size,
            media_type: blob.media_type,
            stored_ms: blob.stored_ms,
            seen: seen.map(SeenView::from),
        }
    }
}

impl From<picture::Model> for SeenView {
    fn from(seen: picture::Model) -> Self {
        Self {
            reason: seen.reason,
            width: seen.width,
            height: seen.height,
            taken_local_ms: seen.taken_local_ms,
            taken_offset_min: seen.taken_offset_min,
            lat: seen.lat,
            lon: seen.lon,
            datum: seen.datum,
            make: seen.make,
            model: seen.model,
        }
    }
}

impl From<fix::Model> for FixView {
    fn from(fix: fix::Model) -> Self {
        let datum = fix.datum.as_deref().and_then(mobile_schema::Datum::parse);
        Self {
            at_ms: fix.lo_ms.filter(|_| fix.anchored),
            measured: Measured::new(fix.lat, fix.lon, fix.accuracy_m, datum),
            mock: fix.mock,
            place: fix.place,
        }
    }
}

impl From<Written> for OperationView {
    fn from(written: Written) -> Self {
        let Written { op, person, name, time, received_ms, standing } = written;
        Self {
            dot: op.dot.to_string(),
            install: op.dot.install.to_string(),
            seq: op.dot.seq,
            person,
            name,
            fields: op.fields.into_iter().map(|(field, _)| field).collect(),
            said_ms: op.time.wall,
            written: time.into(),
            received_ms,
            state: standing.state().name().to_owned(),
            because: standing.code.into(),
        }
    }
}
