//! Worked days as a table that people can read, and what holds of every day.

mod case;
mod properties;
mod table;
mod together;

use jiff::tz::TimeZone;

use crate::{
    day::{Calendar, DayBounds, Span, parse},
    fence::{FixReason, FixVerdict, Measured, Whereabouts},
    inputs::{Called, DayInputs, FixEvidence, Post, RollCall},
    rule::book::Book,
};

const VILLAGE: &str = "440811070201";

fn calendar() -> Calendar {
    Calendar(TimeZone::get("Asia/Shanghai").unwrap())
}

fn bounds() -> DayBounds {
    calendar().bounds(parse("2026-03-02").unwrap())
}

fn stationed(book: &Book, day: &str) -> DayInputs {
    let post = Post { from_ms: 0, record: "00".into(), village: VILLAGE.into() };
    DayInputs::new("zjedz.p.m-1", parse(day).unwrap(), &calendar(), book, vec![post])
}

fn fix(n: usize, place: Whereabouts, reasons: &[FixReason], span: Span) -> FixEvidence {
    let (distance, probability) = match place {
        Whereabouts::Inside => (-300.0, 1.0),
        Whereabouts::Outside => (12_000.0, 0.0),
        Whereabouts::Uncertain => (40.0, 0.16),
    };
    FixEvidence {
        evidence: format!("fix:{n:02x}"),
        village: VILLAGE.into(),
        provider: Some("gps".into()),
        fix: Measured {
            lat: 21.0,
            lon: 110.4,
            accuracy_m: Some(20.0),
            datum: None,
            mock: reasons.contains(&FixReason::Mocked),
            span,
        },
        verdict: FixVerdict {
            place,
            distance_m: Some(distance),
            probability: Some(probability),
            reasons: reasons.to_vec(),
            fence: None,
        },
    }
}

fn call(n: usize, state: Called, village: Option<&str>, span: Span) -> RollCall {
    RollCall { evidence: format!("roll_call:{n:02x}"), state, village: village.map(str::to_owned), named: None, span }
}
