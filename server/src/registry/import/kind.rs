//! What can be imported.

use super::{
    fences, grants, people, places, stations,
    table::{self, Column},
    teams, templates, units,
};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Towns and villages of a district, a table.
    Places,
    /// Responsible units, a table.
    Units,
    /// People, a table.
    People,
    /// Work teams, a table.
    Teams,
    /// Boundaries of villages, GeoJSON, KML or a shapefile.
    Fences,
    /// Who is on which team, where and since when, a table.
    Stations,
    /// Who has which role, where and since when, a table.
    Grants,
    /// Checklists, YAML.
    Templates,
}

impl Kind {
    /// All of them, in an order in which each refers only to those before it.
    pub const ALL: [Kind; 8] = [
        Kind::Places,
        Kind::Units,
        Kind::People,
        Kind::Teams,
        Kind::Fences,
        Kind::Stations,
        Kind::Grants,
        Kind::Templates,
    ];

    /// Its name on the command line and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Places => "places",
            Kind::Units => "units",
            Kind::People => "people",
            Kind::Teams => "teams",
            Kind::Fences => "fences",
            Kind::Stations => "stations",
            Kind::Grants => "grants",
            Kind::Templates => "templates",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }

    /// Its columns, where it is a table.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Kind::Places => places::COLUMNS,
            Kind::Units => units::COLUMNS,
            Kind::People => people::COLUMNS,
            Kind::Teams => teams::COLUMNS,
            Kind::Stations => stations::COLUMNS,
            Kind::Grants => grants::COLUMNS,
            Kind::Fences | Kind::Templates => &[],
        }
    }

    /// How the file is made, for people.
    pub fn docs(self) -> String {
        match self {
            Kind::Fences => fences::DOC.to_owned(),
            Kind::Templates => templates::DOC.to_owned(),
            _ => {
                let mut docs = "XLSX, or CSV with commas in UTF-8 or GB18030; these columns in any order, below whatever titles:\n".to_owned();
                for c in self.columns() {
                    let also = if c.also.is_empty() { String::new() } else { format!(" ({})", c.also.join(", ")) };
                    let required = if c.required { "" } else { " Optional." };
                    docs.push_str(&format!("  {}{also}: {}{required}\n", c.name, c.doc));
                }
                docs
            }
        }
    }

    /// Largest file in bytes.
    pub fn max_bytes(self) -> usize {
        match self {
            Kind::Fences => fences::MAX_BYTES,
            Kind::Templates => templates::MAX_BYTES,
            _ => table::MAX_BYTES,
        }
    }

    /// The kinds of records that must be known to plan it.
    pub(super) fn needs(self) -> &'static [&'static str] {
        match self {
            Kind::Places => &["place"],
            Kind::Units => &["place", "unit", "person"],
            Kind::People => &["place", "unit", "person"],
            Kind::Teams => &["place", "unit", "team"],
            Kind::Fences => &["place", "fence"],
            Kind::Stations => &["place", "unit", "person", "team", "station"],
            Kind::Grants => &["place", "unit", "person", "grant"],
            Kind::Templates => &["place", "checklist_template"],
        }
    }
}
