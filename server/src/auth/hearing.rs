//! What listeners may hear of: the scopes they may read, until that changes by itself. Asked for many at once, since rights are looked up
//! again for as long as somebody listens.

use mobile_schema::{Lane, kinds::enrolment::Enrolment};
use sync_protocol::{InstallId, judge::Right};

use super::{
    phones,
    principal::{Districts, is_live},
    scopes::Readable,
    store::{self, many},
};
use crate::{
    error::{ErrorCode, Problem},
    storage::{Db, entities::ruling, scoping::ScopeRange},
};

/// Someone who listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The person.
    pub person: String,
    /// Their phone, if it is one.
    pub install: Option<InstallId>,
}

/// Scopes, kept small: ten thousand listeners have a dozen ranges each, which as [`ScopeRange`]s take 2 kB. A line a range: its first scope,
/// the first behind it, and a letter for each of its lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Box<str>);

impl Scopes {
    /// Of these ranges.
    pub fn of(ranges: &[ScopeRange]) -> Self {
        let line = |range: &ScopeRange| {
            let lanes: String = range.lanes.iter().map(|lane| letter(*lane)).collect();
            format!("{} {} {lanes}\n", range.lo, range.hi)
        };
        Self(ranges.iter().map(line).collect::<String>().into())
    }

    /// Whether that scope is among them.
    pub fn contains(&self, scope: &str) -> bool {
        let Some(lane) = scope.split_once('/').and_then(|(_, lane)| Lane::parse(lane)).map(letter) else {
            return false;
        };
        self.0.lines().any(|line| {
            let mut parts = line.split(' ');
            let (Some(lo), Some(hi), Some(lanes)) = (parts.next(), parts.next(), parts.next()) else { return false };
            lo <= scope && scope < hi && lanes.contains(lane)
        })
    }
}

fn letter(lane: Lane) -> char {
    match lane {
        Lane::Roster => 'r',
        Lane::Presence => 'p',
        Lane::Inspection => 'i',
        Lane::Household => 'h',
        Lane::Own => 'o',
    }
}

/// What they may hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    /// Scopes.
    pub scopes: Scopes,
    /// When a right begins or ends next, as far as is known now, ms.
    pub until_ms: Option<i64>,
}

/// What each of them may hear of, in their order; `no_live_grant` or `install_closed` for who may hear of nothing.
pub async fn of(db: &Db, who: &[Who], now_ms: i64) -> Result<Vec<Result<Hearing, ErrorCode>>, Problem> {
    if who.is_empty() {
        return Ok(Vec::new());
    }
    let mut persons: Vec<String> = who.iter().map(|w| w.person.clone()).collect();
    persons.sort_unstable();
    persons.dedup();
    let installs: Vec<InstallId> = who.iter().filter_map(|w| w.install).collect();
    let (rights, known, districts) =
        tokio::try_join!(many::rights(db, persons), many::phones(db, &installs), store::districts(db))?;
    let of_one = |w: &Who| {
        let rights = rights.get(&w.person).map_or(&[][..], Vec::as_slice);
        let Some(install) = w.install else { return hearing(&w.person, rights, &districts, None, now_ms) };
        let Some((phone, enrolment)) = known.get(&install) else { return Err(ErrorCode::InstallClosed) };
        match phones::closed(phone, enrolment.as_ref(), now_ms) {
            Some(_) => Err(ErrorCode::InstallClosed),
            None => hearing(&w.person, rights, &districts, enrolment.as_ref().and_then(ends), now_ms),
        }
    };
    Ok(who.iter().map(of_one).collect())
}

/// When an enrolment is to end.
fn ends(enrolment: &ruling::Model) -> Option<i64> {
    serde_json::from_str::<Enrolment>(&enrolment.fields).ok()?.ended
}

/// The decision. Pure.
fn hearing(
    person: &str,
    rights: &[Right],
    districts: &Districts,
    phone_ends_ms: Option<i64>,
    now_ms: i64,
) -> Result<Hearing, ErrorCode> {
    let live: Vec<Right> = rights.iter().filter(|right| is_live(right, now_ms)).cloned().collect();
    if live.is_empty() {
        return Err(ErrorCode::NoLiveGrant);
    }
    let turns = rights.iter().flat_map(|right| [Some(right.from), right.to]).chain([phone_ends_ms]).flatten();
    let until_ms = turns.filter(|at| *at > now_ms).min();
    Ok(Hearing { scopes: Scopes::of(Readable::of(person, &live, districts).ranges()), until_ms })
}

#[cfg(test)]
mod tests {
    use mobile_schema::{Place, Role};

    use super::*;

    fn right(from: i64, to: Option<i64>) -> Right {
        let place = Place::parse("440811070201").unwrap();
        Right { role: Role::Member, place, from, to }
    }

    fn hears(rights: &[Right], now_ms: i64) -> Result<Option<i64>, ErrorCode> {
        hearing("d.p.a", rights, &Districts::new(), Some(900), now_ms).map(|hearing| hearing.until_ms)
    }

    #[test]
    fn it_holds_until_a_right_begins_or_ends() {
        let rights = [right(0, Some(500)), right(300, None)];
        assert_eq!(hears(&rights, 100), Ok(Some(300)));
        assert_eq!(hears(&rights, 300), Ok(Some(500)));
        assert_eq!(hears(&rights, 500), Ok(Some(900)));
        assert_eq!(hears(&rights, 900), Ok(None));
        assert_eq!(hears(&rights[..1], 500), Err(ErrorCode::NoLiveGrant));
    }

    #[test]
    fn scopes_kept_small_are_the_same_scopes() {
        let districts = Districts::from([("d".to_owned(), vec!["440811070".to_owned(), "440811071".to_owned()])]);
        let at = |role, place: &str| Right { role, place: Place::parse(place).unwrap(), from: 0, to: None };
        let rights = [at(Role::Member, "440811070201"), at(Role::Inspector, "d"), at(Role::Unit, "4408")];
        let readable = Readable::of("d.p.a", &rights, &districts);
        let small = Scopes::of(readable.ranges());
        let places =
            ["44", "4408", "440811070", "440811070201", "440811072", "d", "d.p.a", "d.p.b", "d.u.x", "e", "e.p.a"];
        let lanes = Lane::ALL.map(Lane::name);
        let all = places.iter().flat_map(|place| lanes.iter().map(move |lane| format!("{place}/{lane}")));
        let (among, not): (Vec<_>, Vec<_>) =
            all.partition(|scope| readable.may_read(&mobile_schema::Scope::parse(scope).unwrap()));
        assert!(among.len() > 5 && not.len() > 5);
        assert!(among.iter().all(|scope| small.contains(scope)) && !not.iter().any(|scope| small.contains(scope)));
        assert!(!small.contains("d") && !small.contains("d/none"));
    }
}
