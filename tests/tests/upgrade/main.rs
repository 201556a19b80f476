//! Old and new apps (P10): whatever an app of whatever age wrote is taken, kept and shown.

mod fixture;
mod held;
mod templates;
mod unknown;
