//! Pages of lists: how long, and from behind what. A cursor is opaque to clients. Pure.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{ErrorCode, Problem};

/// Most entries of a page. Each may carry a line and a record, of some hundred kilobytes at worst.
const MOST: usize = 200;
/// How many where the client does not say.
const USUAL: usize = 100;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// From behind this place: `next` of the page before.
    cursor: Option<String>,
    /// Most entries: 200 at most, 100 when missing.
    limit: Option<usize>,
}

impl PageQuery {
    /// Most entries.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(USUAL).clamp(1, MOST)
    }

    /// The place from behind which to go on; none at the beginning.
    pub fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let read = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.map(Some).ok_or_else(|| ErrorCode::BadCursor.into())
    }
}

/// The cursor of that place.
pub fn cursor<T: Serialize>(place: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).expect("a place serialises"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_another_is_told() {
        let page = |text: &str| PageQuery { cursor: Some(text.to_owned()), limit: Some(10_000) };
        let place = ("no_grant".to_owned(), 7);
        assert_eq!(page(&cursor(&place)).after::<(String, i64)>().unwrap(), Some(place));
        for bad in ["", "x", "????", "e30"] {
            assert_eq!(page(bad).after::<(String, i64)>().unwrap_err().code, ErrorCode::BadCursor);
        }
        assert_eq!((page("").limit(), PageQuery::default().limit()), (MOST, USUAL));
        assert_eq!(PageQuery::default().after::<i64>().unwrap(), None);
    }
}
