//! Where a sheet and what was derived differ.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use zhucun_presence::decide::Verdict;

use super::sheet::PaperLine;

/// What was derived of a member's day.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// What it counts as.
    pub verdict: Verdict,
    /// The deciding reason in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// By person and day; of days that are not here no station is known.
pub type Days = BTreeMap<(String, Date), Derived>;

/// A day of which paper and evidence say different things.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// The line of the file.
    pub line: u64,
    /// The member.
    pub person: String,
    /// As the sheet names them.
    pub name: String,
    /// The day.
    #[schema(value_type = String)]
    pub day: Date,
    /// The mark; missing where the sheet says nothing of that day.
    pub mark: Option<String>,
    /// What the mark means.
    pub paper: Option<Verdict>,
    /// What was derived.
    pub derived: Verdict,
    /// Why, in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A sum of the sheet that is another than what was derived comes to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SumDifference {
    /// The line of the file.
    pub line: u64,
    /// The member.
    pub person: String,
    /// As the sheet names them.
    pub name: String,
    /// Of what: the name of a verdict.
    pub of: &'static str,
    /// What the sheet says, in days.
    pub paper: f64,
    /// What was derived comes to.
    pub derived: f64,
}

/// A sheet beside what was derived.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    /// Members on the sheet.
    pub members: usize,
    /// Days of which both say the same.
    pub agreeing: usize,
    /// Days of which they do not.
    pub differing: Vec<Difference>,
    /// Sums that differ.
    pub sums: Vec<SumDifference>,
}

/// Compares, member by member and day by day. Days after `today` are left out.
pub fn compare(lines: &[PaperLine], month: Date, today: Date, derived: &Days) -> Comparison {
    let mut out = Comparison { members: lines.len(), ..Comparison::default() };
    let no_station = Derived {
        verdict: Verdict::NotRequired,
        zh: "当日没有驻点，不要求在岗".to_owned(),
        en: "No station on that day: presence is not required.".to_owned(),
    };
    let days: Vec<Date> = month
        .first_of_month()
        .series(jiff::Span::new().days(1))
        .take_while(|day| day.month() == month.month())
        .filter(|day| *day <= today)
        .collect();
    for line in lines {
        let of = |day: &Date| derived.get(&(line.person.clone(), *day)).unwrap_or(&no_station);
        for day in days.iter().filter(|_| line.by_day) {
            let (found, paper) = (of(day), line.days.get(&day.day()));
            if agree(paper.map(|(_, verdict)| *verdict), found.verdict) {
                out.agreeing += 1;
                continue;
            }
            out.differing.push(Difference {
                line: line.line,
                person: line.person.clone(),
                name: line.name.clone(),
                day: *day,
                mark: paper.map(|(mark, _)| mark.clone()),
                paper: paper.map(|(_, verdict)| *verdict),
                derived: found.verdict,
                zh: found.zh.clone(),
                en: found.en.clone(),
            });
        }
        for (name, paper) in &line.sums {
            let count = days.iter().filter(|day| of(day).verdict.name() == *name).count() as f64;
            if (count - paper).abs() > f64::EPSILON {
                let (person, name_on) = (line.person.clone(), line.name.clone());
                out.sums.push(SumDifference {
                    line: line.line,
                    person,
                    name: name_on,
                    of: name,
                    paper: *paper,
                    derived: count,
                });
            }
        }
    }
    out
}

/// A blank says nothing, which is what a day says that asks for nothing or is not confirmed.
fn agree(paper: Option<Verdict>, derived: Verdict) -> bool {
    match paper {
        Some(paper) => paper == derived,
        None => matches!(derived, Verdict::NotRequired | Verdict::Unconfirmed),
    }
}

impl Comparison {
    /// The days that differ as a table that Excel opens.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut out = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        out.write_record(["行", "人员编号", "姓名", "日期", "纸质", "纸质含义", "系统认定", "依据"])?;
        for d in &self.differing {
            let (mark, paper) = (d.mark.clone().unwrap_or_default(), d.paper.map_or("", Verdict::name));
            let (line, day) = (d.line.to_string(), d.day.to_string());
            out.write_record([&line, &d.person, &d.name, &day, &mark, paper, d.derived.name(), &d.zh])?;
        }
        for d in &self.sums {
            let (line, paper, derived) = (d.line.to_string(), d.paper.to_string(), d.derived.to_string());
            out.write_record([&line, &d.person, &d.name, "合计", &paper, d.of, &derived, ""])?;
        }
        out.into_inner().map_err(|error| error.into_error().into())
    }
}
