//! Who signs in to the demo with a name and a password. Members of teams use phones, which enrol with a code; only one team's lead
//! and one member have passwords too, to look at what they see.

use mobile_schema::Role;

use super::DISTRICT;

/// The demo's password, the same for all. It is printed at the first start, and is in no other district.
pub const PASSWORD: &str = "zhucun-demo";

/// An account of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Under which name they sign in.
    pub name: &'static str,
    /// Who it is.
    pub person: String,
    /// What they are.
    pub role: Role,
}

/// All of them.
pub fn sign_ins() -> Vec<SignIn> {
    let all = [
        ("admin", "admin-01", Role::Admin),
        ("office", "o-01", Role::Office),
        ("office2", "o-02", Role::Office),
        ("manager", "mgr-01", Role::Manager),
        ("inspector1", "i-01", Role::Inspector),
        ("inspector2", "i-02", Role::Inspector),
        ("inspector3", "i-03", Role::Inspector),
        ("inspector4", "i-04", Role::Inspector),
        ("inspector5", "i-05", Role::Inspector),
        ("inspector6", "i-06", Role::Inspector),
        ("dongshan", "t-dongshan", Role::Town),
        ("dongjian", "t-dongjian", Role::Town),
        ("minan", "t-minan", Role::Town),
        ("naozhou", "t-naozhou", Role::Town),
        ("lead", "m-0001", Role::Lead),
        ("member", "m-0002", Role::Member),
    ];
    let sign_in = |(name, person, role)| SignIn { name, person: format!("{DISTRICT}.p.{person}"), role };
    all.into_iter().map(sign_in).collect()
}
