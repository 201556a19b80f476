//! Written migrations, in order. A migration that has been released is never edited.

use sea_orm_migration::prelude::*;

mod m0001_core;
mod m0002_auth;
mod m0003_media;
mod m0004_attendance;
mod m0005_registry;
mod m0006_restore;
mod m0007_desk;
mod m0008_erasure;
mod m0009_neighbours;
mod m0010_uploads;
mod m0011_pictures;
mod m0012_signals;
mod m0013_gallery;
mod m0014_views;
mod m0015_rules;
mod m0016_retention;
mod m0017_rules_of_presence;
mod m0018_seals;
mod m0019_ended_villages;
mod m0020_as_one;
mod m0021_asked;

/// All of them.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_core::Migration),
            Box::new(m0002_auth::Migration),
            Box::new(m0003_media::Migration),
            Box::new(m0004_attendance::Migration),
            Box::new(m0005_registry::Migration),
            Box::new(m0006_restore::Migration),
            Box::new(m0007_desk::Migration),
            Box::new(m0008_erasure::Migration),
            Box::new(m0009_neighbours::Migration),
            Box::new(m0010_uploads::Migration),
            Box::new(m0011_pictures::Migration),
            Box::new(m0012_signals::Migration),
            Box::new(m0013_gallery::Migration),
            Box::new(m0014_views::Migration),
            Box::new(m0015_rules::Migration),
            Box::new(m0016_retention::Migration),
            Box::new(m0017_rules_of_presence::Migration),
            Box::new(m0018_seals::Migration),
            Box::new(m0019_ended_villages::Migration),
            Box::new(m0020_as_one::Migration),
            Box::new(m0021_asked::Migration),
        ]
    }
}
