//! Which fields of a record have several values, what hangs on each, and how old it is. Pure.

use std::sync::Arc;

use mobile_schema::{Policy, Template};
use sync_protocol::record::{Fed, FedTime};

use super::{
    filter::{AgeOf, Beside, ConflictFilter, Sort, lies_in},
    views::conflict::bearing,
};

/// A field with several values.
#[derive(Debug, Clone)]
pub struct Contest {
    /// Scope, kind and id of the record.
    pub name: (String, String, String),
    /// The field.
    pub field: String,
    /// How its values are merged.
    pub policy: Policy,
    /// What hangs on it.
    pub weight: f64,
    /// When the value that counts for its age was written: (not before, not after), ms; none where open.
    pub age: (Option<i64>, Option<i64>),
    /// The record as fed.
    pub body: Arc<str>,
}

/// Those of a record that the filter takes, by field.
pub fn contests(body: &Arc<str>, fed: &Fed<'_>, template: Option<&Template>, filter: &ConflictFilter) -> Vec<Contest> {
    let open = |field: &String| fed.open.contains(field);
    let asked = fed.alt.keys().filter(|field| open(field) == (filter.state == Beside::Open));
    let named = asked.filter(|field| filter.field.as_ref().is_none_or(|wanted| wanted == *field));
    named
        .map(|field| {
            let (policy, weight) = bearing(&fed.k, field, template);
            let name = (fed.s.clone(), fed.k.clone(), fed.id.clone());
            let age = age(fed, field, filter.age_of);
            Contest { name, field: field.clone(), policy, weight, age, body: body.clone() }
        })
        .filter(|one| one.is_taken(filter))
        .collect()
}

impl Contest {
    fn is_taken(&self, filter: &ConflictFilter) -> bool {
        filter.policy.is_none_or(|policy| policy == self.policy)
            && filter.min_weight.is_none_or(|least| self.weight >= least)
            && lies_in((filter.from, filter.to), self.age.0, self.age.1)
    }

    /// What it is sorted by, the least first.
    pub fn rank(&self, sort: Sort) -> i64 {
        match sort {
            Sort::Place => 0,
            // Thousandths: weights are points with a few digits.
            Sort::Weight => -((self.weight * 1_000.0).round() as i64),
            Sort::Age => self.age.1.or(self.age.0).unwrap_or(i64::MAX),
        }
    }
}

/// When the youngest or oldest value of the field was written. Equal values are as old as the first of them.
fn age(fed: &Fed<'_>, field: &str, of: AgeOf) -> (Option<i64>, Option<i64>) {
    let dots = fed.seen_for([field]);
    let spans = fed.by.iter().filter(|by| dots.contains(&by.0)).map(|by| match by.3 {
        FedTime::At(at) => (Some(at), Some(at)),
        FedTime::Within(lo, hi) => (lo, hi),
    });
    // What is not known of one of them is not known of all: a missing bound stays missing.
    let spans: Vec<(Option<i64>, Option<i64>)> = spans.collect();
    let bound = |ends: Vec<Option<i64>>| {
        let known: Option<Vec<i64>> = ends.into_iter().collect();
        known.and_then(|ends| match of {
            AgeOf::Youngest => ends.into_iter().max(),
            AgeOf::Oldest => ends.into_iter().min(),
        })
    };
    (bound(spans.iter().map(|s| s.0).collect()), bound(spans.iter().map(|s| s.1).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOTS: [&str; 3] = [
        "11111111111111111111111111111111:1:1111111111111111",
        "22222222222222222222222222222222:1:2222222222222222",
        "33333333333333333333333333333333:1:3333333333333333",
    ];

    type Span = (Option<i64>, Option<i64>);

    fn found(third: &str, filter: &ConflictFilter) -> Vec<(String, Span, f64)> {
        let [a, b, c] = DOTS;
        let body: Arc<str> = format!(
            r#"{{"alt":{{"severity":[{{"by":[1],"v":"grave","why":"by_time"}}],"title":[{{"by":[2],"v":"x","why":"by_time"}}]}},"by":[["{a}","p","other",30],["{b}","q","other",10],["{c}","r","other",{third}]],"f":{{"severity":"minor","title":"y"}},"id":"f","k":"finding","open":["severity"],"s":"440811070201/inspection"}}"#
        )
        .into();
        let fed = Fed::read(&body).unwrap();
        contests(&body, &fed, None, filter).into_iter().map(|c| (c.field, c.age, c.weight)).collect()
    }

    #[test]
    fn open_fields_and_outranked_ones_are_two_lists() {
        let outranked = ConflictFilter { state: Beside::Outranked, ..ConflictFilter::default() };
        assert_eq!(found("5", &ConflictFilter::default()), [("severity".to_owned(), (Some(30), Some(30)), 1.0)]);
        assert_eq!(found("5", &outranked), [("title".to_owned(), (Some(30), Some(30)), 0.0)]);
        let named = |field: &str| ConflictFilter { field: Some(field.to_owned()), ..ConflictFilter::default() };
        assert_eq!((found("5", &named("severity")).len(), found("5", &named("title")).len()), (1, 0));
        let heavy = |min| ConflictFilter { min_weight: Some(min), ..ConflictFilter::default() };
        assert_eq!((found("5", &heavy(1.0)).len(), found("5", &heavy(1.5)).len()), (1, 0));
    }

    #[test]
    fn the_age_is_that_of_the_youngest_or_oldest_value_as_far_as_known() {
        let of = |age_of| ConflictFilter { state: Beside::Outranked, age_of, ..ConflictFilter::default() };
        let age = |third: &str, age_of| found(third, &of(age_of))[0].1;
        assert_eq!(age("5", AgeOf::Oldest), (Some(5), Some(5)));
        assert_eq!(age("[5,50]", AgeOf::Youngest), (Some(30), Some(50)));
        assert_eq!(age("[null,50]", AgeOf::Oldest), (None, Some(30)));
        let since = |from, third: &str| found(third, &ConflictFilter { from: Some(from), ..of(AgeOf::Oldest) }).len();
        assert_eq!((since(5, "5"), since(6, "5"), since(0, "[null,50]")), (1, 0, 0));
    }
}
