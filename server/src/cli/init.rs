//! `zhucun init`.

use std::process::ExitCode;

use clap::Args as Arguments;

use super::{input::PasswordArgs, with_app};
use crate::{
    auth::{bootstrap, people, store},
    config::Config,
};

/// Make a server of your own: data folder, keys, and the first administrator of a district, with an account.
///
/// Done again it changes nothing that is there. More people come by `zhucun import people` and `zhucun user add`.
#[derive(Debug, Arguments)]
#[command(after_help = "Example:\n  zhucun init --district zjedz --person zjedz.p.li --person-name 李明 --name li")]
pub struct Args {
    /// The district: a small letter, then small letters, digits and -.
    #[arg(long)]
    district: String,
    /// The administrator's place name; DISTRICT.p.admin when missing.
    #[arg(long)]
    person: Option<String>,
    /// The administrator's name as people read it.
    #[arg(long)]
    person_name: Option<String>,
    /// The name to sign in with.
    #[arg(long, default_value = "admin")]
    name: String,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Makes it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let person = args.person.unwrap_or_else(|| format!("{}.p.admin", args.district));
    with_app(config, async |app| {
        let made = bootstrap::first_admin(app, &args.district, &person, args.person_name.as_deref()).await?;
        // Cut short between the grant and the account, it goes on where it was.
        let theirs = bootstrap::admin_of(app, &args.district).await?.as_deref() == Some(person.as_str());
        if !made && (!theirs || store::account(&app.db, &args.name).await?.is_some()) {
            println!("{} has an administrator already; nothing was changed.", args.district);
            return Ok(());
        }
        println!("{person} is the first administrator of {}.", args.district);
        let password = args.password.read()?;
        people::add(&app.db, &app.gate.passwords, &args.name, &person, password.text.clone()).await?;
        println!("Account: {}", args.name);
        if password.made {
            println!(
                "Password: {}   (not shown again; `zhucun user password {}` makes another)",
                password.text, args.name
            );
        }
        println!("Next: `zhucun import places …`, `zhucun import people …`, `zhucun serve`.");
        Ok(())
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}
