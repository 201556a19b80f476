//! The hand-over of a team: on one day some leave and others come, or the same go on to another village. Pure; what it writes is what
//! the lines of a stations table would write.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    book::{Book, Entry, Want},
    cells::{day_of, start_of},
    fault::{Code, Faults, LineFault},
    known::Known,
    plan::{Context, Plan},
    stations,
    who::{Nobody, People},
};

/// What is asked for. People are named as in tables: by id, or by name with what tells them apart.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct HandoverRequest {
    /// The team.
    pub team: String,
    /// The first day of those who come, `YYYY-MM-DD`; those who leave stay to the end of the day before.
    #[schema(value_type = String)]
    pub on: Date,
    /// Who leaves; all who are posted to the team and do not come anew, where missing.
    pub leaving: Option<Vec<String>>,
    /// Who comes.
    #[serde(default)]
    pub coming: Vec<String>,
    /// Which of those who come, or go on, leads.
    pub lead: Option<String>,
    /// The team, of another village, that those who leave go on to.
    pub onward: Option<String>,
}

/// Somebody who leaves, comes or stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    /// The person.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Where they leave or come to.
    pub village: String,
    /// Whether they lead there.
    pub lead: bool,
}

/// Days on which nobody is posted to the village.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Gap {
    /// The first.
    #[schema(value_type = String)]
    pub from: Date,
    /// The last; missing where no end is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub to: Option<Date>,
}

/// What comes of a hand-over.
#[derive(Debug, Clone)]
pub struct Handover {
    /// The writes.
    pub plan: Plan,
    /// Whose posting ends.
    pub leaving: Vec<Member>,
    /// Whose posting begins, also those who go on.
    pub coming: Vec<Member>,
    /// Who stays.
    pub staying: Vec<Member>,
    /// Days from then on without anybody in the village.
    pub nobody: Vec<Gap>,
    /// Why it cannot be; `column` has the person or team. Then nothing is written.
    pub faults: Vec<LineFault>,
}

/// A station that stands.
#[derive(Debug, Clone)]
pub(super) struct Posting {
    pub(super) id: String,
    pub(super) scope: String,
    pub(super) person: String,
    pub(super) team: String,
    pub(super) village: String,
    pub(super) lead: bool,
    pub(super) from_ms: i64,
    pub(super) to_ms: Option<i64>,
}

struct Desk<'a> {
    context: &'a Context,
    known: &'a Known,
    people: People<'a>,
    day_ms: i64,
    on: Date,
    postings: Vec<Posting>,
    faults: Faults,
}

/// What would come of it.
pub fn hand_over(asked: &HandoverRequest, context: &Context, known: &Known) -> Handover {
    let day_ms = start_of(asked.on, context);
    let people = People::of(context.options.district.as_str(), known);
    let faults = Faults::default();
    let mut desk = Desk { context, known, people, day_ms, on: asked.on, postings: postings(known), faults };
    let mut book = Book::new(known);
    let (village, onward) = (desk.village(&asked.team), asked.onward.as_ref().and_then(|team| desk.village(team)));
    let coming: Vec<String> = asked.coming.iter().filter_map(|person| desk.person(person)).collect();
    let lead = asked.lead.as_ref().and_then(|person| desk.person(person));
    let leaving = desk.leaving(asked, &coming);
    let gone: Vec<&str> = leaving.iter().map(|posting| posting.id.as_str()).collect();

    let mut arrivals: Vec<(String, String, String, bool)> = Vec::new();
    if let Some(village) = &village {
        let leads = |person: &String| lead.as_ref() == Some(person);
        arrivals.extend(coming.iter().map(|p| (p.clone(), asked.team.clone(), village.clone(), leads(p))));
    }
    if let (Some(team), Some(village)) = (&asked.onward, &onward) {
        let leads = |posting: &Posting| lead.as_ref().map_or(posting.lead, |lead| *lead == posting.person);
        arrivals.extend(leaving.iter().map(|p| (p.person.clone(), team.clone(), village.clone(), leads(p))));
    }
    if let Some(lead) = lead.filter(|lead| !arrivals.iter().any(|(person, ..)| person == lead)) {
        desk.faults.push(0, &lead, Code::NotPosted, format!("{lead} leads, and neither comes nor goes on."));
    }
    for posting in &leaving {
        let fields = vec![("to", Want::Be(json!(day_ms)))];
        let (scope, id) = (posting.scope.clone(), posting.id.clone());
        let entry = Entry { line: 0, column: posting.person.clone(), scope, kind: "station", id, fields };
        book.put(entry, &mut desk.faults);
    }
    for (person, team, village, lead) in &arrivals {
        desk.arrive((person, team, village, *lead), &gone, &mut book);
    }
    let staying = |p: &&Posting| p.team == asked.team && p.is_live(day_ms) && !gone.contains(&p.id.as_str());
    let staying: Vec<Member> = desk.postings.iter().filter(staying).map(|p| desk.member(p)).collect();
    let coming: Vec<Member> =
        arrivals.iter().map(|(person, _, village, lead)| desk.named(person, village, *lead)).collect();
    let staying = staying.into_iter().filter(|s| !coming.iter().any(|c| c.person == s.person)).collect();
    let nobody = village.map_or(Vec::new(), |village| desk.gaps(&village, &gone, &arrivals));
    let leaving = leaving.iter().map(|posting| desk.member(posting)).collect();
    let (drafts, report) = book.close();
    let faults = desk.faults.into_sorted();
    Handover { plan: Plan { drafts, report }, leaving, coming, staying, nobody, faults }
}

/// The stations that stand.
pub(super) fn postings(known: &Known) -> Vec<Posting> {
    let posting = |(id, r): (&str, &super::known::Record)| {
        let text = |field: &str| r.text(field).map(str::to_owned);
        Some(Posting {
            id: id.to_owned(),
            scope: r.scope.clone(),
            person: text("person")?,
            team: text("team").unwrap_or_default(),
            village: text("village")?,
            lead: r.fields.get("lead").and_then(Value::as_bool).unwrap_or(false),
            from_ms: r.fields.get("from")?.as_i64()?,
            to_ms: r.fields.get("to").and_then(Value::as_i64),
        })
    };
    known.all("station").filter_map(posting).collect()
}

impl Posting {
    /// Whether it holds at that moment.
    pub(super) fn is_live(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && self.to_ms.is_none_or(|to| to > at_ms)
    }
}

impl Desk<'_> {
    /// Where a team of the district is.
    fn village(&mut self, team: &str) -> Option<String> {
        let village = self.known.get("team", team).and_then(|t| t.text("village")).map(str::to_owned);
        let here = village.filter(|village| {
            let code = mobile_schema::VillageCode::parse(village);
            code.is_some_and(|code| self.known.village(self.context.options.district.as_str(), code).is_some())
        });
        match &here {
            None => self.faults.push(0, team, Code::UnknownTeam, format!("There is no team {team} in this district.")),
            Some(village) => {
                if let Some(message) = self.known.past_its_end(village, Some(self.on)) {
                    self.faults.push(0, team, Code::VillageEnded, message);
                }
            }
        }
        here
    }

    fn person(&mut self, cell: &str) -> Option<String> {
        match self.people.find(cell) {
            Ok(id) => return Some(id),
            Err(Nobody::Unknown) => {
                let message = format!("There is no person {cell} in this district.");
                self.faults.push(0, cell, Code::UnknownPerson, message);
            }
            Err(Nobody::Several(people)) => {
                let message = format!("{cell} may be any of {}: {}.", people.len(), people.join("; "));
                self.faults.push(0, cell, Code::AmbiguousPerson, message);
            }
        }
        None
    }

    /// The postings that end. One that ended with that day already is among them when it is named: the same hand-over twice changes nothing.
    fn leaving(&mut self, asked: &HandoverRequest, coming: &[String]) -> Vec<Posting> {
        let day_ms = self.day_ms;
        let before = |p: &Posting| p.team == asked.team && p.from_ms < day_ms;
        let Some(names) = &asked.leaving else {
            let leaves = |p: &&Posting| before(p) && p.is_live(day_ms) && !coming.contains(&p.person);
            return self.postings.iter().filter(leaves).cloned().collect();
        };
        let mut leaving = Vec::new();
        for person in names.iter().filter_map(|name| self.person(name)).collect::<Vec<_>>() {
            let leaves = |p: &&Posting| before(p) && p.person == person && p.to_ms.is_none_or(|to| to >= day_ms);
            match self.postings.iter().find(leaves) {
                _ if coming.contains(&person) => {
                    self.faults.push(0, &person, Code::Differs, format!("{person} both leaves and comes."));
                }
                Some(posting) => leaving.push(posting.clone()),
                None => {
                    let message = format!("{person} is not posted to {} on the day before {}.", asked.team, self.on);
                    self.faults.push(0, &person, Code::NotPosted, message);
                }
            }
        }
        leaving
    }

    /// Writes the posting of who comes, unless they are posted somewhere from that day on.
    fn arrive(&mut self, (person, team, village, lead): (&str, &str, &str, bool), gone: &[&str], book: &mut Book<'_>) {
        let id = stations::id(person, village, self.on);
        let stands = |p: &&Posting| {
            let later = p.to_ms.is_none_or(|to| to > self.day_ms);
            p.person == person && later && p.id != id && !gone.contains(&p.id.as_str())
        };
        if let Some(other) = self.postings.iter().find(stands) {
            let (from, to) = (self.day(other.from_ms), other.to_ms.map(|to| self.day(to - 1)));
            let until = to.map_or("until further notice".to_owned(), |to| format!("to {to}"));
            let message = format!(
                "{person} is posted to {} ({}) from {from} {until}; end that first.",
                other.village, other.team
            );
            self.faults.push(0, person, Code::Overlap, message);
            return;
        }
        let fields = vec![
            ("person", Want::text(person)),
            ("team", Want::text(team)),
            ("village", Want::text(village)),
            ("from", Want::Be(json!(self.day_ms))),
            ("lead", Want::Be(json!(lead))),
        ];
        let (scope, column) = (format!("{village}/roster"), person.to_owned());
        book.put(Entry { line: 0, column, scope, kind: "station", id, fields }, &mut self.faults);
    }

    /// Days from then on on which nobody is posted to the village.
    fn gaps(&self, village: &str, gone: &[&str], arrivals: &[(String, String, String, bool)]) -> Vec<Gap> {
        let stays = |p: &&Posting| p.village == village && !gone.contains(&p.id.as_str());
        let mut spans: Vec<(i64, i64)> =
            self.postings.iter().filter(stays).map(|p| (p.from_ms, p.to_ms.unwrap_or(i64::MAX))).collect();
        spans.extend(arrivals.iter().filter(|(_, _, to, _)| to == village).map(|_| (self.day_ms, i64::MAX)));
        gaps(spans, self.day_ms, self.context)
    }

    fn day(&self, at_ms: i64) -> Date {
        day_of(at_ms, self.context)
    }

    fn member(&self, posting: &Posting) -> Member {
        self.named(&posting.person, &posting.village, posting.lead)
    }

    fn named(&self, person: &str, village: &str, lead: bool) -> Member {
        let name = self.known.get("person", person).and_then(|p| p.text("name")).unwrap_or(person).to_owned();
        Member { person: person.to_owned(), name, village: village.to_owned(), lead }
    }
}

/// Days from a moment on of which none lies in these spans, from to and not with, ms.
pub(super) fn gaps(mut spans: Vec<(i64, i64)>, since_ms: i64, context: &Context) -> Vec<Gap> {
    spans.sort_unstable();
    let (mut covered_ms, mut gaps) = (since_ms, Vec::new());
    for (from_ms, to_ms) in spans.into_iter().filter(|(_, to)| *to > since_ms) {
        if from_ms > covered_ms {
            gaps.push(Gap { from: day_of(covered_ms, context), to: Some(day_of(from_ms - 1, context)) });
        }
        covered_ms = covered_ms.max(to_ms);
    }
    if covered_ms < i64::MAX {
        gaps.push(Gap { from: day_of(covered_ms, context), to: None });
    }
    gaps
}
