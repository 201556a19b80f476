//! Whom a cell means that names a person by name, as offices' tables do: `王小明`, and where several have the name, `王小明（财政局）`,
//! `王小明 5678` or `王小明（m-0001）`. Nobody is guessed.

use std::collections::HashMap;

use super::known::{Known, Record};

/// Why it means nobody.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Nobody {
    /// Nobody has the name, or nobody of the name fits what stands beside it.
    Unknown,
    /// Several do; each with what tells them apart.
    Several(Vec<String>),
}

/// Digits of a telephone number or id that are enough to be told apart by.
const FEWEST_DIGITS: usize = 2;

/// The people of a district by name.
pub(super) struct People<'k> {
    known: &'k Known,
    district: String,
    by_name: HashMap<String, Vec<(&'k str, &'k Record)>>,
}

impl<'k> People<'k> {
    pub(super) fn of(district: &str, known: &'k Known) -> Self {
        let prefix = format!("{district}.p.");
        let mut by_name: HashMap<String, Vec<(&str, &Record)>> = HashMap::new();
        for (id, person) in known.all("person").filter(|(id, _)| id.starts_with(&prefix)) {
            if let Some(name) = person.text("name") {
                by_name.entry(plain(name)).or_default().push((id, person));
            }
        }
        Self { known, district: district.to_owned(), by_name }
    }

    /// The id of the person whom a cell means: by id, with the district or without, or by name.
    pub(super) fn find(&self, cell: &str) -> Result<String, Nobody> {
        let prefix = format!("{}.p.", self.district);
        let id = if cell.contains('.') { cell.to_owned() } else { format!("{prefix}{cell}") };
        if id.starts_with(&prefix) && self.known.get("person", &id).is_some() {
            return Ok(id);
        }
        let (name, hint) = if self.of_name(cell).is_empty() { parts(cell) } else { (cell, None) };
        let mut fitting = self.of_name(name).to_vec();
        fitting.retain(|(id, person)| hint.is_none_or(|hint| fits(hint, id, person, self.known)));
        match fitting.as_slice() {
            [] => Err(Nobody::Unknown),
            [(id, _)] => Ok((*id).to_owned()),
            several => Err(Nobody::Several(several.iter().map(|one| self.told_apart(*one)).collect())),
        }
    }

    /// Those of that name.
    pub(super) fn of_name(&self, name: &str) -> &[(&'k str, &'k Record)] {
        self.by_name.get(&plain(name)).map_or(&[], Vec::as_slice)
    }

    /// A person with what tells them apart: id, unit, the end of the telephone number.
    pub(super) fn told_apart(&self, (id, person): (&str, &Record)) -> String {
        let name_of = |unit| self.known.get("unit", unit).and_then(|u| u.text("name")).unwrap_or(unit);
        let unit = person.text("unit").map(|unit| name_of(unit).to_owned());
        let digits: Vec<char> = person.text("phone").unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
        let end: String = digits[digits.len().saturating_sub(4)..].iter().collect();
        let phone = (!end.is_empty()).then(|| format!("电话尾号 {end}"));
        let beside: Vec<String> = unit.into_iter().chain(phone).collect();
        if beside.is_empty() { id.to_owned() } else { format!("{id}（{}）", beside.join("，")) }
    }
}

/// The name, and what stands in brackets or after a space behind it. A name of Latin letters has spaces of its own.
fn parts(cell: &str) -> (&str, Option<&str>) {
    let brackets = cell.split_once(['(', '（']).map(|(name, rest)| (name, rest.trim_end_matches([')', '）'])));
    let space = || cell.rsplit_once(char::is_whitespace).filter(|(name, _)| !name.is_ascii());
    match brackets.or_else(space) {
        Some((name, hint)) if !hint.trim().is_empty() => (name.trim(), Some(hint.trim())),
        _ => (cell.trim(), None),
    }
}

/// A name without the spaces (`王 明`) and dots that offices put between.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && !"·•.".contains(*c)).collect()
}

fn fits(hint: &str, id: &str, person: &Record, known: &Known) -> bool {
    let own = id.split_once(".p.").map_or(id, |(_, own)| own);
    let unit = person.text("unit").unwrap_or_default();
    let unit_id = unit.split_once(".u.").map_or(unit, |(_, own)| own);
    let unit_name = known.get("unit", unit).and_then(|u| u.text("name"));
    let digits = hint.len() >= FEWEST_DIGITS && hint.bytes().all(|b| b.is_ascii_digit());
    let ends = |text: &str| digits && text.ends_with(hint);
    [id, own, unit, unit_id].contains(&hint)
        || unit_name.is_some_and(|name| plain(name) == plain(hint))
        || ends(own)
        || person.text("phone").is_some_and(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_what_stands_beside_it() {
        assert_eq!(parts("王小明"), ("王小明", None));
        assert_eq!(parts("王小明（财政局）"), ("王小明", Some("财政局")));
        assert_eq!(parts("王小明 (5678)"), ("王小明", Some("5678")));
        assert_eq!(parts("王小明 5678"), ("王小明", Some("5678")));
        assert_eq!(parts("Wang Xiaoming"), ("Wang Xiaoming", None));
        assert_eq!(parts("王小明（）"), ("王小明（）", None));
    }
}
