//! `zhucun user`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args as Arguments, Subcommand};

use super::{
    input::{Password, PasswordArgs},
    with_app,
};
use crate::{
    app::App,
    auth::{bootstrap, people, store},
    config::Config,
};

/// Accounts: who signs in with name and password.
#[derive(Debug, Arguments)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add an account for a person.
    Add(Add),
    /// Give an account another password.
    Password(Other),
    /// List accounts: name, person, and when the password was set.
    List,
}

/// An account.
#[derive(Debug, Arguments)]
struct Add {
    /// The name to sign in with.
    name: String,
    /// The person, DISTRICT.p.NAME.
    #[arg(long)]
    person: String,
    /// Make the person too, of this name as people read it, where there is none yet. What they may do is in grants.
    #[arg(long, value_name = "NAME")]
    new_person: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Another password.
#[derive(Debug, Arguments)]
struct Other {
    /// Name of the account.
    name: String,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Does it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let time_zone = config.time_zone.clone();
    with_app(config, async |app| match args.what {
        What::Add(asked) => add(app, asked).await,
        What::Password(asked) => {
            let password = asked.password.read()?;
            people::change_password(&app.db, &app.gate.passwords, &asked.name, password.text.clone()).await?;
            tell(&asked.name, &password);
            Ok(())
        }
        What::List => {
            for account in store::accounts(&app.db).await? {
                let at = jiff::Timestamp::from_millisecond(account.changed_ms)?.to_zoned(time_zone.clone());
                println!("{}\t{}\t{}", account.name, account.person, at.strftime("%Y-%m-%d %H:%M"));
            }
            Ok(())
        }
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

async fn add(app: &App, asked: Add) -> anyhow::Result<()> {
    if !store::person_exists(&app.db, &asked.person).await? {
        let Some(name) = &asked.new_person else {
            bail!("there is no person {}; import people first, or make one with --new-person NAME", asked.person);
        };
        let district =
            asked.person.split_once(".p.").map(|(district, _)| district).context("--person is DISTRICT.p.NAME")?;
        let admin = bootstrap::admin_of(app, district).await?;
        let admin = admin.with_context(|| format!("{district} has no administrator; see `zhucun init`"))?;
        bootstrap::person(app, &admin, &asked.person, name).await?;
    }
    let password = asked.password.read()?;
    people::add(&app.db, &app.gate.passwords, &asked.name, &asked.person, password.text.clone()).await?;
    tell(&asked.name, &password);
    Ok(())
}

fn tell(name: &str, password: &Password) {
    println!("Account: {name}");
    if password.made {
        println!("Password: {}   (not shown again)", password.text);
    }
}
