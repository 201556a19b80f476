//! Reads the evidence column of `cases.csv`. Its words are told at the head of that file's neighbour, `cases.md`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};
use mobile_schema::{Datum, Wgs84};

use super::{VILLAGE, calendar};
use crate::{
    day::{Span, parse},
    ended::Ended,
    fence::{Fence, Measured, verdict},
    inputs::{
        Appeal, Approval, Called, CheckIn, DayInputs, Duty, FixEvidence, Inquiry, Leave, PhotoSignal, Post, Review,
        RollCall, Told,
    },
    rule::{Approver, Clock},
};

/// A metre east, in degrees, at 21° N.
const DEGREE_M: f64 = 103_960.0;
/// Half a side of the fence, a square about 21° N 110.4° E.
const HALF_M: f64 = 1_000.0;
/// The village to the west, which is part of this one from 15 March 2026 on.
const OLD: &str = "440811070888";
/// Its last day.
const OLD_LAST: &str = "2026-03-14";

/// The fences of a village: a square, and its western neighbour too once that is part of it.
fn fences(village: &str, joined: bool) -> Vec<Fence> {
    let block = |record, west: f64, east: f64, from: &str, to| {
        let json = format!(
            r#"{{"type":"Polygon","coordinates":[[[{west},20.990967],[{east},20.990967],[{east},21.009033],[{west},21.009033],[{west},20.990967]]]}}"#
        );
        Fence::read(vec![record], from, to, "wgs84", &json).unwrap()
    };
    let (far_west, west, east) = (110.371143, 110.390381, 110.409619);
    if village == OLD {
        vec![block(3, far_west, west, "2026-01-01", Some(OLD_LAST))]
    } else if joined {
        vec![block(1, west, east, "2026-01-01", Some(OLD_LAST)), block(2, far_west, east, "2026-03-15", None)]
    } else {
        vec![block(1, west, east, "2026-01-01", None)]
    }
}

fn ended() -> Ended {
    let mut ended = Ended::default();
    ended.note(OLD.to_owned(), parse(OLD_LAST).unwrap(), VILLAGE.to_owned());
    ended
}

/// One piece of evidence in words.
pub struct Words<'w> {
    date: Date,
    words: Vec<&'w str>,
}

type Read<T> = Result<T, String>;

/// Adds the pieces to a day.
pub fn add(day: &mut DayInputs, evidence: &str) -> Read<()> {
    let date = parse(&day.day).expect("a day");
    for (n, piece) in evidence.split('；').map(str::trim).filter(|piece| !piece.is_empty()).enumerate() {
        let words: Vec<&str> = piece.split_whitespace().collect();
        Words { date, words }.add(day, n).map_err(|why| format!("“{piece}”: {why}"))?;
    }
    Ok(())
}

impl Words<'_> {
    fn add(&self, day: &mut DayInputs, n: usize) -> Read<()> {
        let named = |kind: &str| format!("{kind}:{n:02x}");
        match *self.words.first().ok_or("空")? {
            "定位" => day.fixes.push(self.fix(named("fix"), day)?),
            "查岗" => {
                let village = match () {
                    () if self.says("别村") => "440811070999",
                    () if self.says("写旧村") => OLD,
                    () => VILLAGE,
                };
                let state = self.one_of([
                    ("见到", Called::Seen),
                    ("不在", Called::Absent),
                    ("请假", Called::OnLeave),
                    ("外出", Called::AwayOnDuty),
                ])?;
                let village = (!self.says("未写村")).then(|| village.to_owned());
                let (evidence, span) = (named("roll_call"), self.span()?);
                let call = RollCall { evidence, state, village, named: None, span };
                day.roll_calls.push(ended().called_in_heir(self.date, call));
            }
            "请假" => {
                let kinds = [
                    ("病假", "sick"),
                    ("事假", "personal"),
                    ("公假", "official"),
                    ("探亲假", "home"),
                    ("婚假", "marriage"),
                    ("产假", "maternity"),
                    ("丧假", "bereavement"),
                    ("年休假", "annual"),
                ];
                let days = self.number("天").unwrap_or(1.0);
                let (approval, approved_by) = self.approval()?;
                let kind = self.one_of(kinds).ok().map(str::to_owned);
                day.leaves.push(Leave {
                    evidence: named("leave"),
                    kind,
                    days: days as u32,
                    begins: true,
                    approval,
                    approved_by,
                });
            }
            "外出" => {
                let kind = self
                    .one_of([("会议", "meeting"), ("培训", "training"), ("办事", "errand")])
                    .ok()
                    .map(str::to_owned);
                let from_ms = self.at()?;
                let reported_ms = if self.says("事前报备") {
                    Some(from_ms - 60_000)
                } else if self.says("事后报备") {
                    Some(from_ms + 60_000)
                } else {
                    None
                };
                let (approval, _) = self.approval().unwrap_or((Approval::Open, None));
                day.duties.push(Duty { evidence: named("duty_away"), kind, approval, from_ms, reported_ms });
            }
            "走访" => day.visits.push(Told { evidence: named("visit"), span: self.span()? }),
            "日志" => day.work_logs.push(Told {
                evidence: named("work_log"),
                span: Span { lo_ms: Some(day.bounds.start_ms), hi_ms: Some(day.bounds.end_ms - 1) },
            }),
            "签到" => {
                let fix = self.fix(named("fix"), day)?;
                day.check_ins.push(CheckIn {
                    evidence: named("check_in"),
                    span: fix.fix.span,
                    fix: Some(fix.evidence.clone()),
                    own: !self.says("他人手机"),
                });
                day.fixes.push(fix);
            }
            "照片疑点" => {
                day.photos.push(PhotoSignal { evidence: named("photo"), codes: vec!["same_bytes".into()] })
            }
            "认定" => {
                let verdicts: BTreeMap<&str, _> = super::table::VERDICTS.into_iter().collect();
                let verdict = self.words.iter().find_map(|word| verdicts.get(word)).ok_or("没有结论")?;
                day.review = Some(Review {
                    evidence: named("review"),
                    verdict: *verdict,
                    reason: "当面核实".into(),
                    seconded: self.says("二人复核"),
                });
            }
            "申诉" => day.appeal = Some(Appeal { evidence: named("appeal"), rejected: self.says("一人驳回") }),
            "询问" => day.inquiry = Some(Inquiry { evidence: named("inquiry"), answered: self.says("已答复") }),
            "另驻点" => day.stations.push(Post { from_ms: -1, record: "01".into(), village: "440811070202".into() }),
            "无驻点" => day.stations.clear(),
            "驻旧村" => {
                let old = Post { from_ms: 0, record: "02".into(), village: OLD.into() };
                day.stations.retain(|_| self.says("兼"));
                day.stations.push(old);
            }
            _ => return Err("不认识的证据".into()),
        }
        Ok(())
    }

    fn says(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    fn one_of<T: Copy, const N: usize>(&self, of: [(&str, T); N]) -> Read<T> {
        let found = of.iter().find(|(word, _)| self.words[1..].contains(word));
        found.map(|(_, value)| *value).ok_or_else(|| format!("应有其一：{}", of.map(|(word, _)| word).join("、")))
    }

    /// The number before a unit: `精度60米` is 60 of `精度…米`.
    fn measure(&self, before: &str, unit: &str) -> Option<f64> {
        self.words.iter().find_map(|word| word.strip_prefix(before)?.strip_suffix(unit)?.parse().ok())
    }

    fn number(&self, unit: &str) -> Option<f64> {
        self.measure("", unit)
    }

    fn approval(&self) -> Read<(Approval, Option<Approver>)> {
        self.one_of([
            ("镇批准", (Approval::Approved, Some(Approver::Town))),
            ("办公室批准", (Approval::Approved, Some(Approver::Office))),
            ("待批", (Approval::Open, None)),
            ("未批准", (Approval::Rejected, None)),
        ])
    }

    /// `10:00`, `次日01:00`, `前日23:00`.
    fn at(&self) -> Read<i64> {
        let clock = |word: &str| -> Option<i64> {
            let word = word.split_once('±').map_or(word, |(clock, _)| clock);
            let (day, clock) = match (word.strip_prefix("次日"), word.strip_prefix("前日")) {
                (Some(clock), _) => (self.date.tomorrow().ok()?, clock),
                (_, Some(clock)) => (self.date.saturating_sub(1.day()), clock),
                _ => (self.date, word),
            };
            Some(calendar().at(day, clock.parse::<Clock>().ok()?))
        };
        self.words.iter().find_map(|word| clock(word)).ok_or_else(|| "没有时间".into())
    }

    /// `10:00`, or `10:00±90分`.
    fn span(&self) -> Read<Span> {
        if self.says("时间不明") {
            return Ok(Span { lo_ms: None, hi_ms: None });
        }
        let at = self.at()?;
        let minutes =
            self.words.iter().find_map(|word| word.split_once('±')?.1.strip_suffix('分')?.parse::<i64>().ok());
        let unsure_ms = minutes.map_or(5_000, |minutes| minutes * 60_000);
        Ok(Span { lo_ms: Some(at - unsure_ms), hi_ms: Some(at + unsure_ms) })
    }

    /// `界内300米` or `界外40米`, from the eastern side of the fence.
    fn fix(&self, evidence: String, day: &DayInputs) -> Read<FixEvidence> {
        let east_m = match (self.measure("界内", "米"), self.measure("界外", "米")) {
            _ if self.measure("旧村内", "米").is_some() => {
                -HALF_M - self.measure("旧村内", "米").unwrap_or_default()
            }
            (Some(inside), _) => HALF_M - inside,
            (_, Some(outside)) => HALF_M + outside,
            _ if self.says("零坐标") => 0.0,
            _ => return Err("应有“界内…米”或“界外…米”".into()),
        };
        let at = Wgs84::new(21.0, 110.4 + east_m / DEGREE_M).ok_or("坐标超出范围")?;
        let (lat, lon, datum) = if self.says("零坐标") {
            (0.0, 0.0, Some(Datum::Wgs84))
        } else if self.says("GCJ02") {
            let shifted = at.to_gcj02();
            (shifted.lat(), shifted.lon(), Some(Datum::Gcj02))
        } else {
            (at.lat(), at.lon(), (!self.says("坐标系不明")).then_some(Datum::Wgs84))
        };
        let accuracy_m =
            if self.says("无精度") { None } else { Some(self.measure("精度", "米").unwrap_or(20.0)) };
        let fix = Measured { lat, lon, accuracy_m, datum, mock: self.says("模拟"), span: self.span()? };
        let villages: BTreeSet<&str> = day.stations.iter().map(|post| post.village.as_str()).collect();
        let judged = villages.into_iter().map(|village| {
            let of = if self.says("无围栏") { Vec::new() } else { fences(village, !self.says("围栏未扩")) };
            (village, verdict(&fix, Some(&of), &calendar(), &day.ruling.rule.fix))
        });
        let likeliest =
            judged.max_by(|(_, a), (_, b)| a.probability.unwrap_or(-1.0).total_cmp(&b.probability.unwrap_or(-1.0)));
        let (village, verdict) = likeliest.ok_or("没有驻点，无从判断")?;
        let provider = Some(if self.says("网络") { "network" } else { "gps" }.to_owned());
        let named = if self.says("写旧村") { OLD } else { VILLAGE };
        let fix = FixEvidence { evidence, provider, village: village.to_owned(), fix, verdict };
        Ok(ended().in_heir_of(Some(named), self.date, fix))
    }
}
