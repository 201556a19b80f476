//! Copies of a photo that say where they come from, and what a code in one says.

use ab_glyph::FontRef;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use serde::Serialize;
use sync_protocol::{Hash, ids::lower_hex};
use tokio::io::AsyncReadExt as _;
use utoipa::ToSchema;

use super::{
    browse::{self, PhotoView},
    code,
    store::{one, views},
    views::ViewOf,
    watermark,
};
use crate::{
    app::{App, random_bytes},
    auth::Principal,
    error::{ErrorCode, Problem},
    media::{
        Media,
        access::Viewer,
        faults, processing,
        store::views as notes,
        views::{Look, What},
    },
    storage::entities::photo_view,
};

/// The rendition that is drawn into.
const SIDE: u32 = zhucun_pictures::RENDITIONS[0];

/// A copy of the photo's large rendition with time, place, person and a code drawn into it: a JPEG.
pub async fn watermarked(app: &App, who: &Principal, key: &[u8], look: Look<'_>) -> Result<Vec<u8>, Problem> {
    browse::find(app, who, key).await?;
    let font = font(app).await?;
    let mut shown = one::shown(&app.db.read, vec![key.to_vec()]).await?;
    let record = shown.promises.get(key).cloned().ok_or(ErrorCode::NotFound)?;
    let photo = browse::view(&mut shown, key).ok_or(ErrorCode::NotFound)?;
    let sha256: Hash = photo.sha256.as_deref().and_then(lower_hex).ok_or(ErrorCode::NotFound)?;
    let rendition = rendition(app, who, &sha256, look.at_ms).await?;

    let mut view = look.at(&record, &sha256, What::Watermarked, random_bytes());
    let code = code::of(&app.keys, &view);
    view.code = Some(code.clone());
    let time = taken(&photo, &app.config.time_zone);
    let day = time.as_ref().map(|time| time.date().to_string());
    let place = one::place_name(&app.db.read, &photo.scope, day.as_deref()).await?;
    let lines = lines(&photo, time.as_ref(), &place, &code);
    let drawn = tokio::task::spawn_blocking(move || {
        let font = FontRef::try_from_slice_and_index(&font, 0)?;
        watermark::draw(&rendition, &lines, &font)
    });
    let drawn = drawn.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    notes::note(&app.db, vec![view]).await?;
    Ok(drawn)
}

async fn font(app: &App) -> Result<Vec<u8>, Problem> {
    let file = &app.config.watermark_font;
    tokio::fs::read(file).await.map_err(|error| {
        tracing::warn!(file = %file.display(), %error, "the font for copies of photos cannot be read");
        ErrorCode::FontMissing.into()
    })
}

async fn rendition(app: &App, who: &Principal, sha256: &Hash, now_ms: i64) -> Result<Vec<u8>, Problem> {
    let (media, scopes) = (Media::of(app), who.evidence_scopes());
    let may_read = |scope: &str| scopes.iter().any(|range| range.contains(scope));
    let viewer = Viewer { person: &who.person, may_read: &may_read, looks_through: &may_read };
    let blob = processing::rendition(&media, viewer, sha256, SIDE, now_ms).await?;
    let key: Hash = blob.sha256.as_slice().try_into().map_err(Problem::internal)?;
    let mut jpeg = Vec::new();
    let mut reader = media.blobs.open(&key, 0..u64::MAX).await.map_err(faults::problem)?.ok_or(ErrorCode::NotFound)?;
    reader.read_to_end(&mut jpeg).await.map_err(faults::problem)?;
    Ok(jpeg)
}

/// When it was taken, if that is known.
fn taken(photo: &PhotoView, zone: &TimeZone) -> Option<Zoned> {
    let time = Timestamp::from_millisecond(photo.at_ms?).ok()?;
    Some(time.to_zoned(zone.clone()))
}

/// What is drawn.
fn lines(photo: &PhotoView, time: Option<&Zoned>, place: &str, code: &str) -> Vec<String> {
    let time = time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S %:z").to_string());
    let position = photo.position.map(|at| format!("  {:.5}, {:.5}", at.lat, at.lon)).unwrap_or_default();
    let person = photo.name.as_ref().map_or_else(|| photo.person.clone(), |name| format!("{name} ({})", photo.person));
    vec![
        format!("时间 {}", time.as_deref().unwrap_or("不详")),
        format!("地点 {place}{position}"),
        format!("拍摄 {person}"),
        format!("验证码 {code}"),
    ]
}

/// What a code says.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeView {
    /// Whether this server drew it: it is the keyed hash of the note beside it.
    pub is_ours: bool,
    /// For whom the copy was made, when, why.
    pub copy: ViewOf,
    /// The photo; none where it is gone.
    pub photo: Option<PhotoView>,
}

/// What a code in a copy says, to who may see the photo.
pub async fn checked(app: &App, who: &Principal, typed: &str) -> Result<CodeView, Problem> {
    let db = &app.db.read;
    let view = views::by_code(db, &code::typed(typed)).await?;
    let readable = who.evidence_scopes();
    let view = view.filter(|view| readable.iter().any(|range| range.contains(&view.scope)));
    let view: photo_view::Model = view.ok_or(ErrorCode::NotFound)?;
    let is_ours = view.code.as_deref() == Some(code::of(&app.keys, &view).as_str());
    let mut shown = one::shown(db, vec![view.record.clone()]).await?;
    let photo = browse::view(&mut shown, &view.record);
    let copy = views::named(db, vec![view]).await?.pop().ok_or(ErrorCode::NotFound)?;
    Ok(CodeView { is_ours, copy, photo })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_says_when_where_who_and_the_code() {
        let photo = PhotoView {
            photo: String::new(),
            scope: "440811070201/inspection".into(),
            id: String::new(),
            person: "zjedz.p.m-0001".into(),
            name: Some("李明".into()),
            at_ms: Some(1_790_000_000_000),
            position: Some(crate::gallery::grid::Degrees { lat: 21.123_456, lon: 110.4 }),
            item: None,
            subject_kind: None,
            subject_id: None,
            sha256: None,
            preview_sha256: None,
            is_complete: true,
            has_preview: false,
            given_up: None,
        };
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(
            lines(&photo, taken(&photo, &zone).as_ref(), "东山街道 调青村", "AAAAA-BBBBB"),
            [
                "时间 2026-09-21 22:13:20 +08:00",
                "地点 东山街道 调青村  21.12346, 110.40000",
                "拍摄 李明 (zjedz.p.m-0001)",
                "验证码 AAAAA-BBBBB",
            ]
        );
        let unknown = PhotoView { at_ms: None, position: None, name: None, ..photo };
        assert_eq!(
            lines(&unknown, taken(&unknown, &zone).as_ref(), "?", "C")[..3],
            ["时间 不详", "地点 ?", "拍摄 zjedz.p.m-0001"]
        );
    }
}
