//! What is looked for in the gallery. Pure.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{
    auth::Principal,
    error::{ErrorCode, Problem},
    office::filter::ranges,
    signals::signal::Code,
    storage::scoping::ScopeRange,
};

/// Which photos.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PhotoFilter {
    /// Only those at this place and below: a code, a district, a unit, a person.
    pub place: Option<String>,
    /// Only those that this person took.
    pub person: Option<String>,
    /// Only those that members of this team took while they were stationed in it.
    pub team: Option<String>,
    /// Only those that answer this item of a checklist.
    pub item: Option<String>,
    /// Only those of visits of this campaign.
    pub campaign: Option<String>,
    /// Only those that a signal speaks against: one of this code, or `any`.
    pub signal: Option<String>,
    /// Only those that a signal speaks against of which the office decided so; with `signal` that one.
    #[param(inline)]
    pub decision: Option<Decision>,
    /// Only those taken since then, corrected, ms. Those of unknown time count as taken in 1970.
    pub from: Option<i64>,
    /// Only those taken before then, ms.
    pub to: Option<i64>,
}

/// What the office decided on a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing yet.
    Waiting,
    /// That it holds.
    Confirmed,
    /// That there is an innocent reason.
    Explained,
}

/// What speaks against photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Against {
    /// Which signal; any where missing.
    pub code: Option<Code>,
    /// What was decided on it.
    pub decision: Option<Decision>,
}

/// A person for some time: one member of a team, or whom the filter names, or anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Who; anybody where missing.
    pub person: Option<String>,
    /// When, ms.
    pub span: Range<i64>,
}

/// A filter on behalf of somebody.
#[derive(Debug, Clone)]
pub struct Sought {
    /// The scopes they look through.
    pub readable: Vec<ScopeRange>,
    /// Only these.
    pub below: Option<Vec<ScopeRange>>,
    /// The item.
    pub item: Option<String>,
    /// The campaign.
    pub campaign: Option<String>,
    /// What speaks against them.
    pub against: Option<Against>,
    /// Any of these. They do not overlap.
    pub terms: Vec<Term>,
}

/// That somebody belonged to the team, from a time to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Who.
    pub person: String,
    /// Since when, ms.
    pub from_ms: i64,
    /// Until when, ms, not included; open where missing.
    pub to_ms: Option<i64>,
}

impl Sought {
    /// Whether it asks for more than place and time, by which alone photos are counted beforehand.
    pub fn is_narrow(&self) -> bool {
        let of_some = self.item.is_some() || self.campaign.is_some() || self.against.is_some();
        of_some || self.terms.iter().any(|term| term.person.is_some())
    }
}

impl PhotoFilter {
    /// For that person; `postings` are those of the team that is named.
    pub fn sought(&self, who: &Principal, postings: Option<Vec<Posting>>) -> Result<Sought, Problem> {
        Ok(Sought {
            readable: who.evidence_scopes(),
            below: ranges(self.place.as_deref(), &who.districts)?,
            item: self.item.clone(),
            campaign: self.campaign.clone(),
            against: self.against()?,
            terms: self.terms(postings),
        })
    }

    fn against(&self) -> Result<Option<Against>, Problem> {
        let code = match self.signal.as_deref() {
            None if self.decision.is_none() => return Ok(None),
            None | Some("any") => None,
            Some(name) => {
                let code = Code::ALL.iter().copied().find(|code| code.name() == name);
                Some(code.ok_or_else(|| Problem::new(ErrorCode::BadRequest, "signal: any, or the code of one"))?)
            }
        };
        Ok(Some(Against { code, decision: self.decision }))
    }

    fn terms(&self, postings: Option<Vec<Posting>>) -> Vec<Term> {
        let span = self.from.unwrap_or(0).max(0)..self.to.unwrap_or(i64::MAX);
        let Some(mut postings) = postings else { return vec![Term { person: self.person.clone(), span }] };
        postings.retain(|p| self.person.as_ref().is_none_or(|person| *person == p.person));
        Posting::terms(postings, &span)
    }
}

impl Posting {
    /// The members of one team while they were in it, within that time. None overlap.
    pub fn terms(mut postings: Vec<Self>, span: &Range<i64>) -> Vec<Term> {
        postings.sort_by(|a, b| (&a.person, a.from_ms).cmp(&(&b.person, b.from_ms)));
        let mut terms: Vec<Term> = Vec::new();
        for Posting { person, from_ms, to_ms } in postings {
            let (mut from, to) = (from_ms.max(span.start), to_ms.unwrap_or(i64::MAX).min(span.end));
            // Two postings of one person may overlap.
            if let Some(last) = terms.last().filter(|last| last.person.as_ref() == Some(&person)) {
                from = from.max(last.span.end);
            }
            if from < to {
                terms.push(Term { person: Some(person), span: from..to });
            }
        }
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(person: &str, from_ms: i64, to_ms: Option<i64>) -> Posting {
        Posting { person: person.to_owned(), from_ms, to_ms }
    }

    fn told(terms: &[Term]) -> Vec<(&str, Range<i64>)> {
        terms.iter().map(|term| (term.person.as_deref().unwrap_or("anybody"), term.span.clone())).collect()
    }

    #[test]
    fn a_team_is_its_members_while_they_were_in_it() {
        let filter = PhotoFilter { from: Some(10), to: Some(100), ..PhotoFilter::default() };
        let postings = vec![
            posting("b", 50, None),
            posting("a", 40, Some(60)),
            posting("a", 0, Some(50)),
            posting("c", 100, None),
        ];
        assert_eq!(told(&filter.terms(Some(postings.clone()))), [("a", 10..50), ("a", 50..60), ("b", 50..100)]);
        let one = PhotoFilter { person: Some("b".into()), ..filter.clone() };
        assert_eq!(told(&one.terms(Some(postings))), [("b", 50..100)]);
        assert_eq!(told(&filter.terms(None)), [("anybody", 10..100)]);
        assert!(filter.terms(Some(Vec::new())).is_empty(), "nobody took any");
    }
}
