//! What several kinds share: who writes, and types of fields with the reasons for their limits.

use crate::spec::{FieldType, Role};

/// Only server installs: the office in the console, imports and jobs.
pub(super) const SERVER_ONLY: &[Role] = &[];
/// The stationed work team.
pub(super) const TEAM: &[Role] = &[Role::Member, Role::Lead];
/// Who inspects. The office does so too.
pub(super) const INSPECTORS: &[Role] = &[Role::Inspector, Role::Office, Role::Admin];
/// Who writes in other people's own scopes, where their grant covers the person. The person always may (`PROTOCOL.md`, section 7).
pub(super) const OVER_PEOPLE: &[Role] = &[Role::Admin, Role::Office, Role::Town];

/// A name or a title: more than a hundred characters fit no list, stamp or column of a sheet.
pub(super) const NAME: FieldType = FieldType::Text { max: 100 };
/// A word or code that programs read.
pub(super) const WORD: FieldType = FieldType::Text { max: 40 };
/// A remark of some sentences, as forms give it a box: it must fit into a cell of a printed sheet.
pub(super) const NOTE: FieldType = FieldType::Text { max: 1_000 };
/// A text people compose: about four printed pages, so that one field stays far below the 262,144 bytes of a line.
pub(super) const PROSE: FieldType = FieldType::Text { max: 5_000 };
/// A number of people or visits. The largest village has some ten thousand people.
pub(super) const COUNT: FieldType = FieldType::Int { min: 0, max: 100_000, unit: "" };
/// A sequence number of an install, up to what every JSON reader keeps exactly.
pub(super) const SEQ: FieldType = FieldType::Int { min: 1, max: 1 << 53, unit: "" };
/// Degrees north.
pub(super) const LATITUDE: FieldType = FieldType::Number { min: -90.0, max: 90.0, unit: "deg" };
/// Degrees east.
pub(super) const LONGITUDE: FieldType = FieldType::Number { min: -180.0, max: 180.0, unit: "deg" };
/// The radius of a circle that holds the true place with 68 %. A phone that knows only its cell tower gives kilometres; 100 km
/// is beyond any of them.
pub(super) const ACCURACY: FieldType = FieldType::Number { min: 0.0, max: 100_000.0, unit: "m" };
/// What degrees refer to.
pub(super) const DATUM: FieldType = FieldType::Choice { of: crate::datum::Datum::NAMES };
/// What an approver says.
pub(super) const APPROVAL: FieldType = FieldType::Choice { of: &["approved", "rejected", "withdrawn"] };
/// Every role.
pub(super) const ROLE: FieldType =
    FieldType::Choice { of: &["admin", "office", "manager", "inspector", "lead", "member", "town", "unit"] };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_roles_is_every_role() {
        let FieldType::Choice { of } = ROLE else { panic!("not a choice") };
        assert_eq!(of, Role::ALL.map(Role::name));
    }
}
