//! People, installs, tokens, and what a principal may do.
//!
//! Pure: [`throttle`], [`tokens`], [`codes`], [`principal`], [`scopes`], [`permit`]. Acting: [`people`] (names and passwords),
//! [`phones`] (nonce and token), [`hearing`] (what listeners may know), [`enrolment`], [`revocation`], [`bootstrap`] (the first administrator). [`extract`] has the types that
//! handlers take: permission is in them. Accounts, codes and keys are no operations: nothing in the field hangs on them.

pub mod bootstrap;
pub mod codes;
pub mod enrolment;
pub mod extract;
pub mod hearing;
pub mod passwords;
pub mod people;
pub mod permit;
pub mod phones;
pub mod principal;
pub mod revocation;
pub mod routes;
pub mod scopes;
pub mod store;
pub mod throttle;
pub mod tokens;
pub mod wire;

#[cfg(test)]
mod flow_tests;

pub use extract::{Admin, Manager, Office, Puller, SignedIn, Town};
pub use permit::may_write_now;
pub use principal::Principal;
pub use scopes::Readable;
