//! What the document of a rule says of how long photos are kept. Pure.

use mobile_schema::Lane;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::registry::rules::Bounds;

/// The key of such rules.
pub const KEY: &str = "retention";
/// A hundred years: what is to be kept longer needs no rule.
const MOST_DAYS: u32 = 36_500;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Which photos are kept for how long, by the lane that they lie in. Of lanes that are missing the rule of a wider place speaks, or none:
    /// then they are kept.
    pub photos: Photos,
}

/// By lane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Photos {
    /// Of households.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<Clause>,
    /// Of presence: work logs, visits of the work team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Clause>,
    /// Of inspections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection: Option<Clause>,
    /// In people's own scopes: slips that prove leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<Clause>,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// For so many days; no fewer than the setting `retention_floor_days`.
    pub keep_days: u32,
    /// Since when.
    pub since: Since,
}

/// From when days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// Since it was taken, corrected; since it was received where that is not known.
    Taken,
    /// Since its bytes were complete here; since its record came where they are not.
    Received,
}

impl Body {
    /// What it says of photos of that lane.
    pub fn clause(&self, lane: Lane) -> Option<Clause> {
        let Photos { household, presence, inspection, own } = self.photos;
        match lane {
            Lane::Household => household,
            Lane::Presence => presence,
            Lane::Inspection => inspection,
            Lane::Own => own,
            Lane::Roster => None,
        }
    }
}

/// Whether a document is one, and keeps nothing for less than the floor; else what is wrong.
pub fn check(body: &Value, bounds: &Bounds) -> Result<(), String> {
    let body: Body = serde_json::from_value(body.clone()).map_err(|fault| format!("body: {fault}"))?;
    let floor = bounds.retention_floor_days;
    let lanes = Lane::ALL.into_iter().filter_map(|lane| Some((lane, body.clause(lane)?)));
    let mut said = 0;
    for (lane, Clause { keep_days, .. }) in lanes {
        said += 1;
        if !(floor..=MOST_DAYS).contains(&keep_days) {
            return Err(format!("body.photos.{}.keep_days: {floor} to {MOST_DAYS}", lane.name()));
        }
    }
    if said == 0 {
        return Err("body.photos: says nothing of any photos".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_says_for_which_photos_how_long_and_since_when() {
        let check = |body: Value| check(&body, &Bounds { retention_floor_days: 30 });
        let clause = |days: u32, since: &str| json!({"keep_days": days, "since": since});
        assert_eq!(check(json!({"photos": {"own": clause(30, "received"), "presence": clause(400, "taken")}})), Ok(()));
        for (wrong, told) in [
            (json!({"photos": {}}), "body.photos: says nothing"),
            (json!({}), "missing field `photos`"),
            (json!([]), "body: "),
            (json!({"photos": {"presence": clause(0, "taken")}}), "body.photos.presence.keep_days: 30 to 36500"),
            (json!({"photos": {"presence": clause(99_999, "taken")}}), "body.photos.presence.keep_days"),
            (json!({"photos": {"presence": clause(40, "born")}}), "unknown variant `born`"),
            (json!({"photos": {"presence": {"keep_days": 40}}}), "missing field `since`"),
            (json!({"photos": {"presence": {"keep_days": -1, "since": "taken"}}}), "body: "),
            (json!({"photos": {"roster": clause(40, "taken")}}), "unknown field `roster`"),
            (json!({"photos": {"own": clause(40, "taken")}, "films": {}}), "unknown field `films`"),
        ] {
            let fault = check(wrong.clone()).expect_err("it is refused");
            assert!(fault.contains(told), "{wrong}: {fault}");
        }
    }
}
