//! Sheets as files: a workbook, CSV, a page to print. `zhucun_presence::sheet` says what stands in which cell, the writers put it there. Pure.

pub mod csv;
pub mod page;
mod qr;
pub mod workbook;

use jiff::{Timestamp, tz::TimeZone};
use zhucun_presence::{
    mark,
    month::Month,
    rule::{book, words::words},
    seal::SealedRule,
    sheet::{self, About, Book, Stamp},
};

use super::{
    seals::{self, Act},
    store::sheets::{Day, Line, Sheet},
};
use crate::keys::ServerKeys;

/// What a sheet is stamped with.
pub struct Sealing<'a> {
    /// The server's keys.
    pub keys: &'a ServerKeys,
    /// The address by which people reach this server.
    pub public_url: &'a str,
    /// In which moments become days.
    pub zone: &'a TimeZone,
}

/// A sheet laid out. `holding` is what holds of the place, which is stamped on a sheet that shows all of it.
pub fn laid_out(
    sheet: &Sheet,
    (of, place, month): (&str, Option<&str>, Month),
    rules: &book::Book,
    holding: &[&Act],
    sealing: &Sealing<'_>,
) -> Book {
    let is_sealed = sheet.whole && !sheet.lines.is_empty() && sheet.lines.iter().all(|line| line.sealed);
    let about = About {
        month,
        of: sheet.names.of(of).to_owned(),
        rules: sheet.rules.iter().map(|rule| told(rule, rules)).collect(),
        seal: place.filter(|_| is_sealed).and_then(|place| stamp(sheet, place, month, holding, sealing)),
        changes: sheet.lines.iter().flat_map(|line| changes(sheet, line)).collect(),
    };
    let lines: Vec<sheet::Line> = sheet.lines.iter().map(|line| on_paper(sheet, line)).collect();
    sheet::lay_out(&about, &lines)
}

fn on_paper(sheet: &Sheet, line: &Line) -> sheet::Line {
    let day = |day: &Day| sheet::LineDay { day: day.date, verdict: day.verdict, zh: day.zh.clone() };
    sheet::Line {
        village_name: sheet.names.of(&line.village).to_owned(),
        town_name: sheet.names.of(line.village.get(..9).unwrap_or(&line.village)).to_owned(),
        village: line.village.clone(),
        name: sheet.names.of(&line.person).to_owned(),
        person: line.person.clone(),
        days: line.days.iter().map(day).collect(),
        sums: line.sums.clone(),
    }
}

/// What a rule says; of one that says something else by now only which it was.
fn told(rule: &SealedRule, book: &book::Book) -> (String, Vec<zhucun_presence::rule::words::Sentence>) {
    let name = format!("{}（{}）", rule.name, &rule.digest.get(..12).unwrap_or(&rule.digest));
    (name, book.by_digest(&rule.digest).map(|ruling| words(&ruling.rule)).unwrap_or_default())
}

fn stamp(sheet: &Sheet, place: &str, month: Month, holding: &[&Act], sealing: &Sealing<'_>) -> Option<Stamp> {
    let at_ms = holding.iter().map(|act| act.at_ms).max()?;
    let code = seals::code_of(sealing.keys, place, month, holding);
    let mut by: Vec<&str> = holding.iter().map(|act| sheet.names.of(&act.by)).collect();
    by.sort_unstable();
    by.dedup();
    let day = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(sealing.zone.clone()).date();
    let printed = seals::printed(place, month, &code);
    Some(Stamp {
        url: format!("{}/v1/attendance/seals/{printed}", sealing.public_url.trim_end_matches('/')),
        code: printed,
        at_ms,
        words: format!("{day} 由 {} 封存", by.join("、")),
    })
}

fn changes(sheet: &Sheet, line: &Line) -> Vec<String> {
    let name = |verdict| mark::words(verdict)[0].0;
    let place = format!("{} {}", sheet.names.of(&line.village), sheet.names.of(&line.person));
    let change = |day: &Day| {
        let now = day.now.as_ref()?;
        let moved = now.village.as_ref().filter(|village| **village != line.village);
        let moved = moved.map(|village| format!("，在{}", sheet.names.of(village))).unwrap_or_default();
        Some(format!(
            "{place}　{}日：封存为{}，现认定为{}{moved}",
            day.date.day(),
            name(day.verdict),
            name(now.verdict)
        ))
    };
    line.days.iter().filter_map(change).collect()
}
