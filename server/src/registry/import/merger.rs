//! Villages merged into another (撤并): from one day on their members are posted there, and their boundary is part of its boundary. Pure; what
//! it writes is what the lines of tables would write.

use std::collections::BTreeSet;

use jiff::civil::Date;
use mobile_schema::{Datum, Place, Role, VillageCode};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use zhucun_fences::{Drawing, united};

use super::{
    book::{Book, Entry, Want},
    cells::{day_of, end_of, parse_day, start_of},
    fault::{Code, Faults, LineFault},
    grants,
    handover::{Gap, Member, Posting, gaps, postings},
    known::{End, Known, Record},
    plan::{Context, Plan},
    stations, teams,
};

/// What is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct MergerRequest {
    /// The villages that end, by code.
    pub villages: Vec<String>,
    /// The village that they become part of. A new one is imported first, with its team.
    pub into: String,
    /// The first day on which they are part of it, `YYYY-MM-DD`; they end with the day before.
    #[schema(value_type = String)]
    pub on: Date,
    /// The team that their members join; the village's own where it has one alone.
    pub team: Option<String>,
    /// What becomes of the boundary.
    #[serde(default)]
    pub fence: Boundary,
    /// Last day on which their members may still write into the villages that ended, as phones do that have not heard; 92 days from now, or from
    /// `on` if that is later, where missing.
    #[schema(value_type = Option<String>)]
    pub late_until: Option<Date>,
}

impl MergerRequest {
    /// All villages that it names.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.villages.iter().chain([&self.into]).map(String::as_str)
    }
}

/// What becomes of the boundary of the village that others are merged into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Boundary {
    /// From the day on it surrounds theirs too.
    #[default]
    Extend,
    /// It stays as it is, until the office imports another.
    Keep,
}

/// What comes of it.
#[derive(Debug, Clone)]
pub struct Merger {
    /// The writes.
    pub plan: Plan,
    /// The villages that end, by id.
    pub ending: BTreeSet<VillageCode>,
    /// Whose posting ends in a village that ends, with that village; `lead` says whether they lead where they go on.
    pub moving: Vec<Member>,
    /// Days from then on without anybody in the village that goes on.
    pub nobody: Vec<Gap>,
    /// The new boundary, GeoJSON in WGS-84.
    pub fence: Option<Value>,
    /// The units that are responsible for a village that ends.
    pub units: Vec<String>,
    /// What a person should look at, and what is done all the same.
    pub warnings: Vec<LineFault>,
    /// Why it cannot be; `column` has the village or team. Then nothing is written.
    pub faults: Vec<LineFault>,
}

struct Desk<'a> {
    context: &'a Context,
    known: &'a Known,
    on: Date,
    on_ms: i64,
    late_until: Date,
    postings: Vec<Posting>,
    faults: Faults,
    book: Book<'a>,
}

/// What would come of it. Until `late_until` members may write into the villages that ended.
pub fn merge_villages(asked: &MergerRequest, late_until: Date, context: &Context, known: &Known) -> Merger {
    let (on, on_ms) = (asked.on, start_of(asked.on, context));
    let (faults, book) = (Faults::default(), Book::new(known));
    let mut desk = Desk { context, known, on, on_ms, late_until, postings: postings(known), faults, book };
    let into = desk.village(&asked.into);
    if let Some(message) = into.and_then(|into| known.past_its_end(into.as_str(), None)) {
        desk.faults.push(0, &asked.into, Code::VillageEnded, message);
    }
    let ending: BTreeSet<VillageCode> = asked.villages.iter().filter_map(|village| desk.village(village)).collect();
    let (mut moving, mut fence, mut nobody) = (Vec::new(), None, Vec::new());
    if let (Some(into), Ok(last)) = (into, on.yesterday()) {
        let fresh: Vec<VillageCode> = ending.iter().copied().filter(|village| desk.end(*village, into, last)).collect();
        let (moved, spans) = desk.members(&fresh, into, asked.team.as_deref());
        moving = moved;
        nobody = gaps(spans, on_ms, context);
        fence = desk.fences(&fresh, into, last, asked.fence);
    }
    let responsible =
        |unit: &Record| unit.elements("villages").iter().any(|of| ending.iter().any(|village| village.as_str() == *of));
    let units = known.all("unit").filter(|(_, unit)| responsible(unit)).map(|(id, _)| id.to_owned()).collect();
    let (drafts, report) = desk.book.close();
    let warnings = std::mem::take(&mut desk.faults.warnings);
    let faults = desk.faults.into_sorted();
    Merger { plan: Plan { drafts, report }, ending, moving, nobody, fence, units, warnings, faults }
}

impl Desk<'_> {
    fn village(&mut self, code: &str) -> Option<VillageCode> {
        let district = self.context.options.district.as_str();
        let village = VillageCode::parse(code).and_then(|code| self.known.village(district, code));
        if village.is_none() {
            let message = format!("There is no village {code} in this district.");
            self.faults.push(0, code, Code::UnknownVillage, message);
        }
        village
    }

    fn put(&mut self, of: &str, (scope, kind, id): (String, &'static str, String), fields: Vec<(&'static str, Want)>) {
        let entry = Entry { line: 0, column: of.to_owned(), scope, kind, id, fields };
        self.book.put(entry, &mut self.faults);
    }

    /// Ends the village; whether it had not ended so before: the same merger twice changes nothing.
    fn end(&mut self, village: VillageCode, into: VillageCode, last: Date) -> bool {
        let name = village.as_str();
        if village == into {
            self.faults.push(0, name, Code::Differs, format!("{village} cannot be merged into itself."));
            return false;
        }
        let end = End { last, successor: into.to_string() };
        match self.known.end_of(name) {
            Some(other) if other == end => return false,
            Some(_) => {
                let message = self.known.past_its_end(name, None).unwrap_or_default();
                self.faults.push(0, name, Code::VillageEnded, message);
                return false;
            }
            None => {}
        }
        let fields = vec![("to", Want::text(last.to_string())), ("successor", Want::text(into.as_str()))];
        self.put(name, (format!("{village}/roster"), "place", village.to_string()), fields);
        true
    }

    /// Moves those who are posted to the villages; gives them, and when somebody is posted to where they go.
    fn members(
        &mut self,
        ending: &[VillageCode],
        into: VillageCode,
        team: Option<&str>,
    ) -> (Vec<Member>, Vec<(i64, i64)>) {
        let of = |p: &Posting, village: VillageCode| {
            p.village == village.as_str() && p.to_ms.is_none_or(|to| to > self.on_ms)
        };
        let mut there: Vec<Posting> = self.postings.iter().filter(|p| of(p, into)).cloned().collect();
        let mut leaving: Vec<Posting> =
            self.postings.iter().filter(|p| ending.iter().any(|village| of(p, *village))).cloned().collect();
        leaving.sort_by(|a, b| (&a.person, a.from_ms).cmp(&(&b.person, b.from_ms)));
        let team = if leaving.is_empty() { None } else { self.team(into, team) };
        let mut moving = Vec::new();
        for posting in leaving {
            let begins_ms = posting.from_ms.max(self.on_ms);
            // One that was yet to begin ends before it does.
            let fields = vec![("to", Want::Be(json!(begins_ms)))];
            self.put(&posting.person, (posting.scope.clone(), "station", posting.id.clone()), fields);
            let led = there.iter().any(|p| p.lead && p.is_live(begins_ms));
            if posting.from_ms < self.on_ms {
                self.may_write_late(&posting);
            }
            if let (Some(team), Some((from_ms, to_ms))) = (&team, unposted(&posting, begins_ms, &there)) {
                let (village, lead) = (into.to_string(), posting.lead && !led);
                let goes_on = Posting { village, team: team.clone(), lead, from_ms, to_ms, ..posting.clone() };
                self.arrive(&goes_on);
                there.push(goes_on);
            }
            let name = self.known.get("person", &posting.person).and_then(|p| p.text("name"));
            let leads = there.iter().any(|p| p.person == posting.person && p.lead && p.is_live(begins_ms));
            moving.push(Member {
                name: name.unwrap_or(&posting.person).to_owned(),
                person: posting.person,
                village: posting.village,
                lead: leads,
            });
        }
        (moving, there.iter().map(|p| (p.from_ms, p.to_ms.unwrap_or(i64::MAX))).collect())
    }

    /// The team that members join.
    fn team(&mut self, into: VillageCode, named: Option<&str>) -> Option<String> {
        let here = self.known.all("team").filter(|(_, team)| team.text("village") == Some(into.as_str()));
        let here: Vec<&str> = here.map(|(id, _)| id).collect();
        let default = teams::default_id(into.as_str());
        let team = match (named, here.as_slice()) {
            (Some(named), _) => here.iter().find(|team| **team == named).copied(),
            (None, [only]) => Some(*only),
            (None, _) => here.iter().find(|team| **team == default).copied(),
        };
        if team.is_none() {
            let (column, message) = match named {
                Some(named) => (named, format!("{into} has no team {named}.")),
                None => (into.as_str(), format!("Say which team of {into} their members join: it has {}.", here.len())),
            };
            self.faults.push(0, column, Code::UnknownTeam, message);
        }
        team.map(str::to_owned)
    }

    fn arrive(&mut self, posting: &Posting) {
        let Posting { person, team, village, lead, from_ms, to_ms, .. } = posting;
        let fields = vec![
            ("person", Want::text(person)),
            ("team", Want::text(team)),
            ("village", Want::text(village)),
            ("from", Want::Be(json!(from_ms))),
            ("to", Want::Be(json!(to_ms))),
            ("lead", Want::Be(json!(lead))),
        ];
        let id = stations::id(person, village, day_of(*from_ms, self.context));
        self.put(person, (format!("{village}/roster"), "station", id), fields);
    }

    /// A phone that has not heard goes on writing where it did: that stays its member's right for a while.
    fn may_write_late(&mut self, posting: &Posting) {
        let Posting { person, village, .. } = posting;
        let Some(place) = Place::parse(village).filter(|_| self.late_until >= self.on) else { return };
        let fields = vec![
            ("person", Want::text(person)),
            ("role", Want::text(Role::Member.name())),
            ("place", Want::text(village)),
            ("from", Want::Be(json!(self.on_ms))),
            ("to", Want::Be(json!(end_of(self.late_until, self.context)))),
            ("note", Want::text(format!("{} 起并村，手机未及更新的记录仍可写入原村", self.on))),
        ];
        let id = grants::id(person, Role::Member, &place, self.on);
        self.put(person, (format!("{person}/own"), "grant", id), fields);
    }

    /// Ends the boundaries of the villages, and draws the one that surrounds them too.
    fn fences(&mut self, ending: &[VillageCode], into: VillageCode, last: Date, then: Boundary) -> Option<Value> {
        let of_ending: Vec<Fence> = ending.iter().flat_map(|village| fences(self.known, *village)).collect();
        for fence in of_ending.iter().filter(|fence| fence.to.is_none_or(|to| to > last)) {
            let fields = vec![("to", Want::text(last.to_string()))];
            self.put(fence.village, (format!("{}/roster", fence.village), "fence", fence.id.to_owned()), fields);
        }
        let theirs: Vec<&Fence> = of_ending.iter().filter(|fence| fence.holds(last)).collect();
        if then == Boundary::Keep || theirs.is_empty() {
            return None;
        }
        let mut own = fences(self.known, into);
        own.sort_by_key(|fence| fence.from);
        let now = own.iter().rfind(|fence| fence.holds(self.on));
        let next = own.iter().find(|fence| fence.from > self.on);
        if now.is_none() {
            let message =
                format!("{into} has no boundary on {}: the new one surrounds only what is merged into it.", self.on);
            self.faults.warn(0, into.as_str(), Code::FenceOfParts, message);
        }
        let parts: Vec<&Fence> = now.into_iter().chain(theirs).collect();
        let drawings: Option<Vec<(Drawing, Datum)>> = parts.iter().map(|fence| fence.drawing()).collect();
        let Some(geometry) = drawings.and_then(|drawings| united(&drawings)).map(|drawing| drawing.to_geojson()) else {
            let message = "The boundaries cannot be joined: keep it, and import one.";
            self.faults.push(0, into.as_str(), Code::BadGeometry, message);
            return None;
        };
        if let Some(now) = now.filter(|now| now.from < self.on) {
            let fields = vec![("to", Want::text(last.to_string()))];
            self.put(into.as_str(), (format!("{into}/roster"), "fence", now.id.to_owned()), fields);
        }
        let to = now.and_then(|now| now.to).or_else(|| next?.from.yesterday().ok());
        let named: Vec<&str> = parts.iter().map(|fence| fence.village).collect();
        let fields = vec![
            ("village", Want::text(into.as_str())),
            ("from", Want::text(self.on.to_string())),
            ("to", Want::Be(to.map_or(Value::Null, |to| json!(to.to_string())))),
            ("datum", Want::text(Datum::Wgs84.name())),
            ("geometry", Want::Be(geometry.clone())),
            ("synthetic", Want::Be(json!(parts.iter().any(|fence| fence.synthetic)))),
            ("source", Want::text(format!("并村：由 {} 的围栏合并", named.join("、")))),
        ];
        self.put(into.as_str(), (format!("{into}/roster"), "fence", format!("{into}@{}", self.on)), fields);
        Some(geometry)
    }
}

/// From when to when somebody's posting goes on where they are not posted yet: from that moment to its end, or until another there begins.
fn unposted(posting: &Posting, begins_ms: i64, there: &[Posting]) -> Option<(i64, Option<i64>)> {
    let mut from_ms = begins_ms;
    let own = || there.iter().filter(|p| p.person == posting.person);
    while let Some(live) = own().find(|p| p.is_live(from_ms)) {
        from_ms = live.to_ms?;
    }
    let next_ms = own().map(|p| p.from_ms).filter(|next| *next > from_ms).min();
    let to_ms = posting.to_ms.into_iter().chain(next_ms).min();
    to_ms.is_none_or(|to| to > from_ms).then_some((from_ms, to_ms))
}

/// A boundary that stands.
struct Fence<'k> {
    id: &'k str,
    village: &'k str,
    from: Date,
    to: Option<Date>,
    datum: Option<Datum>,
    geometry: String,
    synthetic: bool,
}

fn fences(known: &Known, village: VillageCode) -> Vec<Fence<'_>> {
    let all = known.all("fence").filter(|(_, r)| r.text("village") == Some(village.as_str()));
    let read = all.filter_map(|(id, r)| {
        Some(Fence {
            id,
            village: r.text("village")?,
            from: parse_day(r.text("from")?)?,
            to: r.text("to").and_then(parse_day),
            datum: r.text("datum").and_then(Datum::parse),
            geometry: r.fields.get("geometry")?.to_string(),
            synthetic: r.fields.get("synthetic").and_then(Value::as_bool).unwrap_or(false),
        })
    });
    read.collect()
}

impl Fence<'_> {
    fn holds(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    fn drawing(&self) -> Option<(Drawing, Datum)> {
        Some((Drawing::from_geojson(&self.geometry).ok()?, self.datum?))
    }
}
