//! What a list is narrowed to, and what a decision on many means: filters as data. Pure.

use mobile_schema::{Place, Policy};
use serde::{Deserialize, Serialize};
use sync_protocol::{Code, InstallId, State, time::Corrected};

use crate::{
    auth::{principal::Districts, scopes::at_and_below},
    error::{ErrorCode, Problem},
    storage::scoping::ScopeRange,
};

/// Which operations.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct StandingFilter {
    /// Only those of records at this place and below: a code, a district, a unit, a person.
    pub place: Option<String>,
    /// Only those of records in this scope, `place/lane`.
    pub scope: Option<String>,
    /// Only those of records of this kind.
    pub kind: Option<String>,
    /// Only those of this person's phones.
    pub person: Option<String>,
    /// Only those of this phone.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub install: Option<InstallId>,
    /// Only those that stand so for this reason, such as `no_grant`.
    pub code: Option<String>,
    /// Only those written, as far as known, wholly since then, ms.
    pub from: Option<i64>,
    /// Only those written, as far as known, wholly before then, ms.
    pub to: Option<i64>,
}

/// Which of the fields that have several values.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ConflictFilter {
    /// `open` (when missing): what the office is asked about. `outranked`: values kept beside without a question.
    pub state: Beside,
    /// Only of records at this place and below: a code, a district, a unit, a person.
    pub place: Option<String>,
    /// Only of records of this kind.
    pub kind: Option<String>,
    /// Only this field.
    pub field: Option<String>,
    /// Only fields of this policy.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub policy: Option<Policy>,
    /// Only what weighs at least this: of a checklist item its weight; of others 1 where the policy is `review`, else 0.
    pub min_weight: Option<f64>,
    /// Which value's time is the age: the `youngest` (when missing) or the `oldest`.
    pub age_of: AgeOf,
    /// Only where that is known to be since then, ms.
    pub from: Option<i64>,
    /// Only where that is known to be before then, ms.
    pub to: Option<i64>,
}

/// Whether the office is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// In open conflict.
    #[default]
    Open,
    /// Kept beside the shown value.
    Outranked,
}

/// Of several values that differ in age, which counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgeOf {
    /// Since when they differ, at least.
    #[default]
    Youngest,
    /// The first of them.
    Oldest,
}

/// In which order they are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By scope, kind, id and field: from an index.
    #[default]
    Place,
    /// The oldest first, those of unknown time last. Looks at all that the filter leaves.
    Age,
    /// The heaviest first. Looks at all that the filter leaves.
    Weight,
}

/// The scopes at that place and below; none where no place is named.
pub fn ranges(place: Option<&str>, districts: &Districts) -> Result<Option<Vec<ScopeRange>>, Problem> {
    let Some(text) = place else { return Ok(None) };
    let place = Place::parse(text)
        .ok_or_else(|| Problem::new(ErrorCode::BadRequest, "place: a code, a district, a unit or a person"))?;
    Ok(Some(at_and_below(&place, districts)))
}

impl StandingFilter {
    /// The codes of that state that are asked for, by name.
    pub fn codes(&self, state: State) -> Result<Vec<Code>, Problem> {
        let of_state = Code::ALL.iter().copied().filter(|code| code.state() == state);
        let mut codes: Vec<Code> = match &self.code {
            None => of_state.collect(),
            Some(name) => of_state.filter(|code| code.name() == name).collect(),
        };
        if codes.is_empty() {
            let detail = format!("code: none of {} has this name", state.name());
            return Err(Problem::new(ErrorCode::BadRequest, detail));
        }
        codes.sort_unstable_by_key(|code| code.name());
        Ok(codes)
    }

    /// Whether it asks for a time.
    pub fn is_timed(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Whether that time is known to be one asked for.
    pub fn takes(&self, time: Corrected) -> bool {
        let (lo, hi) = time.span();
        lies_in((self.from, self.to), lo, hi)
    }
}

/// Whether all from `lo` to `hi`, both included and open when missing, lies in `from ≤ t < to`.
pub fn lies_in((from, to): (Option<i64>, Option<i64>), lo: Option<i64>, hi: Option<i64>) -> bool {
    from.is_none_or(|from| lo.is_some_and(|lo| from <= lo)) && to.is_none_or(|to| hi.is_some_and(|hi| hi < to))
}

#[cfg(test)]
mod tests {
    use sync_protocol::time::Anchor;

    use super::*;

    #[test]
    fn codes_are_those_of_the_state_in_order_of_their_names() {
        let all = StandingFilter::default().codes(State::Quarantined).unwrap();
        let names: Vec<&str> = all.iter().map(|c| c.name()).collect();
        assert_eq!(names.first(), Some(&"carried"));
        assert!(names.is_sorted() && names.contains(&"right_changed_in_span"));
        let of = |code: &str| StandingFilter { code: Some(code.to_owned()), ..StandingFilter::default() };
        assert_eq!(of("no_grant").codes(State::Quarantined).unwrap(), [Code::NoGrant]);
        for wrong in ["schema", "nonsense", ""] {
            assert_eq!(of(wrong).codes(State::Quarantined).unwrap_err().code, ErrorCode::BadRequest);
        }
    }

    #[test]
    fn a_time_is_one_asked_for_where_all_of_it_is() {
        let filter = StandingFilter { from: Some(10), to: Some(20), ..StandingFilter::default() };
        let at = |ms| Corrected::At(Anchor { at_ms: ms, uncertainty_ms: 1_000 });
        assert!(filter.takes(at(10)) && filter.takes(at(19)));
        assert!(!filter.takes(at(9)) && !filter.takes(at(20)));
        assert!(filter.takes(Corrected::Within(Some(10), Some(19))));
        for open in [(None, Some(19)), (Some(10), None), (Some(10), Some(20)), (None, None)] {
            assert!(!filter.takes(Corrected::Within(open.0, open.1)), "{open:?}");
        }
        assert!(StandingFilter::default().takes(Corrected::UNKNOWN));
    }

    #[test]
    fn a_place_that_is_none_is_told() {
        let towns = Districts::from([("zjedz".to_owned(), vec!["440811070".to_owned()])]);
        let within = |place: &str, scope: &str| {
            ranges(Some(place), &towns).unwrap().unwrap().iter().any(|range| range.contains(scope))
        };
        assert!(within("zjedz", "440811070201/inspection") && within("zjedz", "zjedz.p.li/own"));
        assert!(within("440811070", "440811070201/inspection") && !within("440811070", "440811071201/inspection"));
        assert!(ranges(None, &towns).unwrap().is_none());
        assert_eq!(ranges(Some("../etc"), &towns).unwrap_err().code, ErrorCode::BadRequest);
    }
}
