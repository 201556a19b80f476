//! The vocabulary in which kinds are described.

use serde::{Deserialize, Serialize};

use crate::place::Lane;

/// What happens when several people wrote one field. The rules are in `PROTOCOL.md`, section 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// One value is shown, the others are kept beside it. For most fields.
    Single,
    /// As `Single`, and differing values are a conflict that the office settles. For what carries weight.
    Review,
    /// A set of elements, added and removed one by one.
    Set,
    /// Evidence: only the creating install writes it, and the first value stands.
    Once,
    /// Only who has the authority (office or town) writes it.
    Office,
}

/// What a person may be at a place, by a grant or (member, lead) a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the server; may do what the office may.
    Admin,
    /// 扶贫办: runs the inspections, verifies attendance, resolves conflicts.
    Office,
    /// 领导: reads evidence and reports, changes nothing.
    Manager,
    /// 督查员: fills checklists on visits.
    Inspector,
    /// 队长: leads a stationed work team.
    Lead,
    /// 工作队员: member of a stationed work team.
    Member,
    /// 街道/镇: approves short leave, evaluates itself.
    Town,
    /// 责任单位: evaluates itself, rectifies.
    Unit,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 8] =
        [Role::Admin, Role::Office, Role::Manager, Role::Inspector, Role::Lead, Role::Member, Role::Town, Role::Unit];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Office => "office",
            Role::Manager => "manager",
            Role::Inspector => "inspector",
            Role::Lead => "lead",
            Role::Member => "member",
            Role::Town => "town",
            Role::Unit => "unit",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.name() == name)
    }

    /// The lanes a holder may read at the places of the grant. Lanes separate audiences: a work team never receives what
    /// inspectors write about it.
    pub fn opens(self) -> &'static [Lane] {
        use Lane::*;
        match self {
            Role::Admin | Role::Office => &[Roster, Presence, Inspection, Household, Own],
            Role::Manager => &[Roster, Presence, Inspection],
            Role::Inspector => &[Roster, Inspection, Household],
            Role::Lead | Role::Member => &[Roster, Presence],
            Role::Town => &[Roster, Presence],
            Role::Unit => &[Roster],
        }
    }
}

/// How the ids of a kind are made (`PROTOCOL.md`, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdRule {
    /// Any id: a natural key, or a UUIDv7 from the phone.
    Free,
    /// `<creating install>.<anything>`: evidence.
    Own,
    /// UUIDv8 derived from what the record is about, so that two people who mean the same thing meet.
    Derived,
    /// The dot of the operation it is about.
    Dot,
}

/// One lane a kind may live in.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LaneRule {
    /// The lane.
    pub lane: Lane,
    /// Roles whose holders may write the kind there from a phone. Empty: only server installs.
    pub writers: &'static [Role],
}

/// The type of a field: what JSON values it takes. Limits are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldType {
    /// `true` or `false`.
    Bool,
    /// An integer, in `unit` (empty: a count).
    Int {
        /// Smallest value taken.
        min: i64,
        /// Largest value taken.
        max: i64,
        /// SI symbol or word; empty for a count.
        unit: &'static str,
    },
    /// A finite number, in `unit`.
    Number {
        /// Smallest value taken.
        min: f64,
        /// Largest value taken.
        max: f64,
        /// SI symbol or word; empty for a ratio.
        unit: &'static str,
    },
    /// Text of at most `max` characters.
    Text {
        /// Most characters.
        max: usize,
    },
    /// One of these words.
    Choice {
        /// The words.
        of: &'static [&'static str],
    },
    /// A calendar day, `YYYY-MM-DD`.
    Date,
    /// Milliseconds since 1970 in UTC, from 0 to 2^53.
    Instant,
    /// The id of a record (any kind).
    Id,
    /// A person's place name, `district.p.name`.
    Person,
    /// Any place.
    Place,
    /// A village: a 12-digit division code.
    Village,
    /// 64 lower-case hex digits.
    Sha256,
    /// A GeoJSON Polygon or MultiPolygon geometry, or `{"type":"Circle","coordinates":[lon,lat],"radius_m":r}`.
    Geometry,
    /// A list of elements of one type.
    List {
        /// Type of each.
        of: &'static FieldType,
        /// Most elements.
        max: usize,
    },
    /// Any JSON of at most `max_bytes`.
    Json {
        /// Most bytes, as written.
        max_bytes: usize,
    },
}

/// One field of a kind.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FieldSpec {
    /// Name on the wire.
    pub name: &'static str,
    /// What values it takes. For [`Policy::Set`] the type of an element.
    pub ty: FieldType,
    /// How several values are merged.
    pub policy: Policy,
    /// Meaning, unit, source, and the reason for a limit.
    pub doc: &'static str,
}

/// How a line's fields are brought from one version of a kind's schema to the next (`PROTOCOL.md`, section 7). Values are JSON texts.
///
/// That a field may hold more than before, or that one is gone, needs no step. One value that becomes a set has none either: give the
/// set a name of its own, and let the old field stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A field that the older version did not have.
    New {
        /// Its name.
        field: &'static str,
        /// What an older line means by not writing it, and the field with which it would have been asked.
        unasked: Option<(&'static str, &'static str)>,
    },
    /// A field has another name.
    Rename {
        /// The old name.
        field: &'static str,
        /// The new one.
        to: &'static str,
    },
    /// Values have other names, or become the values of several fields.
    Map {
        /// The field; of a set its elements.
        field: &'static str,
        /// Old value, and by field what it is now. Each names the same fields, in a set the field alone.
        values: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    },
    /// A number has another unit.
    Multiply {
        /// The field.
        field: &'static str,
        /// How many of the new unit are one of the old.
        by: u32,
    },
}

impl Step {
    /// The fields that come into being by it.
    pub fn introduces(&self) -> Vec<&'static str> {
        match *self {
            Step::New { field, .. } => vec![field],
            Step::Rename { to, .. } => vec![to],
            Step::Map { field, values } => {
                let fields = values.first().map_or(&[][..], |(_, fields)| fields);
                fields.iter().map(|(name, _)| *name).filter(|name| *name != field).collect()
            }
            Step::Multiply { .. } => Vec::new(),
        }
    }
}

/// One kind of record.
#[derive(Debug, Clone, Copy)]
pub struct KindSpec {
    /// Name on the wire.
    pub name: &'static str,
    /// The newest version of its schema that this build knows.
    pub version: u32,
    /// How its ids are made.
    pub id: IdRule,
    /// Decides over other operations (rights, templates, decisions): written only by server installs, and never decided on.
    pub ruling: bool,
    /// Where it may live, and who writes it there from a phone.
    pub lanes: &'static [LaneRule],
    /// Its fields.
    pub fields: &'static [FieldSpec],
    /// The steps from version 1 to 2, from 2 to 3, and so on to the newest.
    pub upcasts: &'static [&'static [Step]],
    /// What it is.
    pub doc: &'static str,
}

impl KindSpec {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The rule for that lane, if the kind may live in it.
    pub fn lane(&self, lane: Lane) -> Option<&'static LaneRule> {
        self.lanes.iter().find(|l| l.lane == lane)
    }

    /// Whether no phone ever writes it.
    pub fn server_only(&self) -> bool {
        self.lanes.iter().all(|l| l.writers.is_empty())
    }
}
