//! A member of the month, and what they do on its days.

use anyhow::{Context as _, Result};
use jiff::{
    civil::{Date, Weekday},
    tz::TimeZone,
};
use mobile_schema::Wgs84;
use serde_json::{Value, json};

use crate::{ground::Ground, raw::RawPhone};

/// What somebody did on a day, and what the day is to count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    Rested,
    WasThere,
    WasAway,
    WasNearTheEdge,
    UsedAMock,
    WroteNothing,
    WasOnLeave,
    WasAtAMeeting,
    WasSeen,
    WasMissedThoughThere,
}

impl Did {
    pub(super) fn counts_as(self) -> &'static str {
        match self {
            Did::Rested => "not_required",
            Did::WasThere | Did::WasSeen => "present",
            Did::WasAway => "absent",
            Did::WasOnLeave => "on_leave",
            Did::WasAtAMeeting => "away_counted",
            Did::WasNearTheEdge | Did::UsedAMock | Did::WroteNothing | Did::WasMissedThoughThere => "unconfirmed",
        }
    }

    /// Each member has one day of each trouble, on days of their own.
    pub(super) fn of(member: usize, day: Date) -> Self {
        if day.weekday() == Weekday::Sunday {
            return Did::Rested;
        }
        match (usize::from(day.day().unsigned_abs()) + 3 * member) % 31 {
            2 if member.is_multiple_of(3) => Did::WasAway,
            5 if member.is_multiple_of(2) => Did::WasNearTheEdge,
            8 if member == 4 => Did::UsedAMock,
            11 => Did::WroteNothing,
            14 | 15 if member.is_multiple_of(4) => Did::WasOnLeave,
            18 => Did::WasAtAMeeting,
            21 => Did::WasSeen,
            24 if member == 7 => Did::WasMissedThoughThere,
            _ => Did::WasThere,
        }
    }
}

pub(super) struct Member {
    pub(super) phone: RawPhone,
    pub(super) village: String,
    pub(super) ground: Ground,
    /// The number by which their days are told; and when in an hour they record, so that no two honest members do at once.
    pub(super) nth: usize,
    /// Whether somebody of that number carries their phone too.
    pub(super) carried: bool,
}

impl Member {
    /// What the phone knows of that day.
    pub(super) fn did(&mut self, day: Date, did: Did, zone: &TimeZone) -> Result<Vec<Vec<u8>>> {
        let (inside, none) = (self.ground.inside()?, json!({}));
        Ok(match did {
            Did::Rested | Did::WroteNothing | Did::WasSeen => Vec::new(),
            Did::WasThere | Did::WasMissedThoughThere => {
                vec![self.position(day, 9, inside, none.clone(), zone)?, self.position(day, 15, inside, none, zone)?]
            }
            Did::WasAway => vec![self.position(day, 9, self.ground.outside(4_000.0)?, none, zone)?],
            Did::WasNearTheEdge => {
                vec![self.position(day, 9, self.ground.outside(40.0)?, json!({"accuracy_m": 60.0}), zone)?]
            }
            Did::UsedAMock => vec![self.position(day, 9, inside, json!({"mock": true}), zone)?],
            Did::WasOnLeave => {
                let fields =
                    json!({"person": self.phone.person, "kind": "sick", "from": day.to_string(), "reason": "感冒"});
                vec![self.own(day, "leave", &fields, zone)?]
            }
            Did::WasAtAMeeting => {
                let fields = json!({
                    "person": self.phone.person, "kind": "meeting", "where": "镇政府",
                    "from": at(day, 8, zone)?, "to": at(day, 18, zone)?,
                });
                vec![self.own(day, "duty_away", &fields, zone)?]
            }
        })
    }

    pub(super) fn position(
        &mut self,
        day: Date,
        hour: i8,
        at_place: Wgs84,
        more: Value,
        zone: &TimeZone,
    ) -> Result<Vec<u8>> {
        // A bag holds its phones within seconds and metres.
        let (late_ms, aside) = if self.carried { (20_000, 3e-5) } else { (0, 0.0) };
        let mut fields = json!({
            "lat": at_place.lat() + aside, "lon": at_place.lon(), "accuracy_m": 12.0, "datum": "wgs84", "provider": "gps",
            "village": self.village,
        });
        fields.as_object_mut().context("an object")?.extend(more.as_object().cloned().context("an object")?);
        self.phone.now_ms = at(day, hour, zone)? + late_ms + 7 * 60_000 * (self.nth % 8) as i64;
        let id = self.phone.own_id(&format!("f{}-{hour}", day.day()));
        Ok(self.phone.line(&format!("{}/presence", self.village), "fix", &id, &fields))
    }

    fn own(&mut self, day: Date, kind: &str, fields: &Value, zone: &TimeZone) -> Result<Vec<u8>> {
        self.phone.now_ms = at(day, 7, zone)?;
        let scope = format!("{}/own", self.phone.person);
        Ok(self.phone.line(&scope, kind, &format!("{kind}-{}-{}", self.nth, day.day()), fields))
    }
}

pub(super) fn at(day: Date, hour: i8, zone: &TimeZone) -> Result<i64> {
    Ok(day.at(hour, 0, 0, 0).to_zoned(zone.clone())?.timestamp().as_millisecond())
}
