//! Who looked at photos, as managers and the office see it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::views;
use crate::{
    app::App,
    auth::Principal,
    error::Problem,
    office::page::{PageQuery, cursor},
    storage::entities::photo_view,
};

/// Which looks.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ViewFilter {
    /// Only at the file with this SHA-256, 64 hex digits, by whichever record.
    pub sha256: Option<String>,
    /// Only of this person.
    pub person: Option<String>,
    /// Only since then, ms.
    pub from: Option<i64>,
    /// Only before then, ms.
    pub to: Option<i64>,
}

/// A look at a photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewOf {
    /// When, by the server's clock, ms.
    pub at_ms: i64,
    /// Who.
    pub person: String,
    /// What they are called.
    pub name: Option<String>,
    /// By which phone; none for who signed in by password.
    pub install: Option<String>,
    /// The photo, 40 hex digits.
    pub photo: String,
    /// Scope of its record.
    pub scope: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// `original`, `large`, `watermarked` or `archived`.
    pub what: String,
    /// Why, by their own word.
    pub why: Option<String>,
    /// The code that is drawn into the copy.
    pub code: Option<String>,
}

impl ViewOf {
    /// Of that row, with what people are called.
    pub fn new(row: photo_view::Model, names: &HashMap<String, String>) -> Self {
        Self {
            name: names.get(&row.person).cloned(),
            at_ms: row.at_ms,
            person: row.person,
            install: row.install.map(hex::encode),
            photo: hex::encode(row.record),
            scope: row.scope,
            sha256: hex::encode(row.sha256),
            what: row.what,
            why: row.why,
            code: row.code,
        }
    }
}

/// A page of looks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewPage {
    /// The latest first.
    pub views: Vec<ViewOf>,
    /// `cursor` of the next page, if there may be one.
    pub next: Option<String>,
}

/// Looks at photos of the places that the person runs.
pub async fn list(app: &App, who: &Principal, filter: &ViewFilter, asked: &PageQuery) -> Result<ViewPage, Problem> {
    let rows = views::page(&app.db.read, &who.run_scopes(), filter, asked.after()?, asked.limit()).await?;
    let next = (rows.len() == asked.limit()).then(|| rows.last().map(|row| cursor(&row.id))).flatten();
    Ok(ViewPage { views: views::named(&app.db.read, rows).await?, next })
}
