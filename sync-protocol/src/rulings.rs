//! What the records that decide over others say (enrolments, grants, stations, districts, templates, decisions, erasures), as the facts that
//! judging takes. They are written by server installs alone, and judged without these facts, so there is no circle.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::Arc,
};

use mobile_schema::{Place, Role, Template};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    chain::{self, Hashes},
    erase::Erasure,
    ids::{Dot, Hash, InstallId, lower_hex},
    judge::{Decision, Facts, Install, LostCut, Right},
    merge::Merged,
    sign::{Certificate, InstallRole, PublicKey},
};

/// The kinds whose records say something that others are judged by. The schema calls more kinds ruling: all that are judged before any
/// decision is known.
pub const KINDS: [&str; 7] = ["checklist_template", "decision", "enrolment", "erasure", "grant", "place", "station"];

/// In which order records are settled: each step by what those before it say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// What is erased: of rulings too, but for those that others are judged by.
    Erasures,
    /// The other rulings, judged by who is a server alone.
    Rulings,
    /// The rest.
    Others,
}

impl Step {
    /// All, in order.
    pub const ALL: [Step; 3] = [Step::Erasures, Step::Rulings, Step::Others];

    /// The step in which records of that kind are settled.
    pub fn of(kind: &str) -> Self {
        match mobile_schema::kind(kind) {
            Some(_) if kind == "erasure" => Step::Erasures,
            Some(spec) if spec.ruling => Step::Rulings,
            _ => Step::Others,
        }
    }
}

/// What one ruling record says.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// An install belongs to a person.
    Enrolment(Box<Enrolment>),
    /// A person has a right.
    Right {
        /// Who.
        person: String,
        /// What.
        right: Right,
    },
    /// A district is this set of towns.
    District {
        /// Its name.
        name: String,
        /// Nine-digit codes, sorted.
        towns: Vec<String>,
    },
    /// A template.
    Template {
        /// `key@version`.
        name: String,
        /// The template.
        template: Arc<Template>,
    },
    /// A decision about an operation.
    Decision {
        /// Which.
        dot: Dot,
        /// What.
        decision: Decision,
    },
    /// An erasure of an operation.
    Erasure {
        /// Which.
        dot: Dot,
        /// What it says of it.
        erasure: Erasure,
    },
}

/// An enrolment with a valid certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The certificate.
    pub certificate: Certificate,
    /// When it ended, ms.
    pub ended: Option<i64>,
    /// Last (seq, head) that counts.
    pub lost: Option<(u64, Hash)>,
}

/// The shown values of a record.
type Shown = BTreeMap<String, Box<RawValue>>;

/// What a record of a ruling kind of which something stands says, given its shown values as [`fields_json`] writes them; nothing where it
/// is deleted (but an erasure erases all the same), incomplete or (an enrolment) not certified by a server.
pub fn ruling(kind: &str, id: &str, fields: &str, servers: &[PublicKey]) -> Option<Ruling> {
    read(kind, id, fields).filter(|ruling| match ruling {
        Ruling::Enrolment(enrolment) => enrolment.certificate.is_valid(servers),
        _ => true,
    })
}

/// What [`ruling`] gave before, read again from a store: certificates are not verified once more.
pub fn read(kind: &str, id: &str, fields: &str) -> Option<Ruling> {
    let shown: Shown = serde_json::from_str(fields).ok()?;
    match kind {
        "enrolment" => enrolment(id, &shown).map(|e| Ruling::Enrolment(Box::new(e))),
        "grant" => {
            let role = Role::parse(&get::<String>(&shown, "role")?)?;
            right(&shown, role, "place")
        }
        "station" => {
            let lead = get::<bool>(&shown, "lead").unwrap_or(false);
            right(&shown, if lead { Role::Lead } else { Role::Member }, "village")
        }
        "place" if get::<String>(&shown, "level").as_deref() == Some("district") => {
            let mut towns: Vec<String> = get(&shown, "towns").unwrap_or_default();
            towns.sort_unstable();
            Some(Ruling::District { name: id.to_owned(), towns })
        }
        "checklist_template" => {
            let template = Template::parse(fields).ok().filter(|template| template.name() == id)?;
            Some(Ruling::Template { name: id.to_owned(), template: Arc::new(template) })
        }
        "decision" => {
            let decision = match get::<String>(&shown, "decision")?.as_str() {
                "accept" => Decision::Accept,
                "refuse" => Decision::Refuse,
                _ => return None,
            };
            Some(Ruling::Decision { dot: id.parse().ok()?, decision })
        }
        "erasure" => Some(Ruling::Erasure { dot: id.parse().ok()?, erasure: Erasure { fault: get(&shown, "fault") } }),
        _ => None,
    }
}

fn enrolment(id: &str, shown: &Shown) -> Option<Enrolment> {
    #[derive(Deserialize)]
    struct Lost {
        seq: u64,
        head: String,
    }
    let certificate: Certificate = get(shown, "certificate")?;
    if certificate.install.to_string() != id {
        return None;
    }
    // A cut that cannot be read cuts everything off rather than nothing: no chain ends in this head.
    let unread = (0, Hash::default());
    let lost = shown
        .get("lost")
        .filter(|l| l.get() != "null")
        .map(|_| get::<Lost>(shown, "lost").and_then(|l| Some((l.seq, lower_hex(&l.head)?))).unwrap_or(unread));
    Some(Enrolment { certificate, ended: get(shown, "ended"), lost })
}

fn right(shown: &Shown, role: Role, place: &str) -> Option<Ruling> {
    let right = Right {
        role,
        place: Place::parse(&get::<String>(shown, place)?)?,
        from: get(shown, "from")?,
        to: get(shown, "to"),
    };
    Some(Ruling::Right { person: get(shown, "person")?, right })
}

/// A shown value, read; none where it is missing, null or of another type.
fn get<T: DeserializeOwned>(shown: &Shown, field: &str) -> Option<T> {
    serde_json::from_str(shown.get(field)?.get()).ok()
}

/// The shown values as one JSON object; sets as lists.
pub fn fields_json(merged: &Merged) -> String {
    let mut json = String::from("{");
    let mut member = |name: &str, value: fmt::Arguments<'_>| {
        let comma = if json.len() > 1 { "," } else { "" };
        let name = serde_json::to_string(name).expect("text serialises");
        write!(json, "{comma}{name}:{value}").expect("a string takes all");
    };
    for (name, field) in &merged.fields {
        if let Some(elements) = &field.elements {
            let list: Vec<&str> = elements.iter().map(|e| e.raw.get()).collect();
            member(name, format_args!("[{}]", list.join(",")));
        } else if let Some(shown) = &field.shown {
            member(name, format_args!("{}", shown.raw.get()));
        }
    }
    json.push('}');
    json
}

impl Enrolment {
    /// The install as judging takes it. `hashes` are the install's lines; asked for only where a chain must be followed.
    pub fn install(&self, hashes: impl FnOnce() -> Hashes) -> Install {
        let id = self.certificate.install;
        Install {
            person: self.certificate.person.clone(),
            role: self.certificate.role,
            enrolled: true,
            ended: self.ended,
            lost: self.lost.map(|(seq, head)| LostCut { seq, on_path: chain::path_to(id, &hashes(), seq, &head) }),
        }
    }
}

impl Facts {
    /// Notes an install of which only a certificate is known.
    pub fn certified(&mut self, certificate: &Certificate) {
        self.installs.entry(certificate.install).or_insert_with(|| Install {
            person: certificate.person.clone(),
            role: certificate.role,
            enrolled: false,
            ended: None,
            lost: None,
        });
    }

    /// Notes what a ruling record says.
    pub fn rule(&mut self, ruling: Ruling, hashes: impl FnOnce(InstallId) -> Hashes) {
        match ruling {
            Ruling::Enrolment(enrolment) => {
                let id = enrolment.certificate.install;
                self.installs.insert(id, enrolment.install(|| hashes(id)));
            }
            Ruling::Right { person, right } => self.rights.entry(person).or_default().push(right),
            Ruling::District { name, towns } => {
                self.districts.insert(name, towns);
            }
            Ruling::Template { name, template } => {
                self.templates.insert(name, template);
            }
            Ruling::Decision { dot, decision } => {
                self.decisions.insert(dot, decision);
            }
            Ruling::Erasure { dot, erasure } => {
                self.erasures.insert(dot, erasure);
            }
        }
    }

    /// Whether that install is a server's.
    pub fn is_server(&self, install: InstallId) -> bool {
        self.installs.get(&install).is_some_and(|i| i.role == InstallRole::Server)
    }
}
