//! `zhucun enroll`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args as Arguments;

use super::with_app;
use crate::{
    app::now_ms,
    auth::{bootstrap, codes, enrolment, store},
    config::Config,
};

/// Make a one-time code by which a phone enrols, and show it, also as a QR code.
#[derive(Debug, Arguments)]
#[command(after_help = "Example:\n  zhucun enroll zjedz.p.wang --svg wang.svg")]
pub struct Args {
    /// Whose phone, DISTRICT.p.NAME.
    person: String,
    /// In whose name; the district's first administrator when missing.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// Write the QR code to this file too, as SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Makes it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let time_zone = config.time_zone.clone();
    let code = with_app(config, async |app| {
        let by = match args.by {
            Some(by) => by,
            None => {
                let district = args.person.split_once(".p.").map_or("", |(district, _)| district);
                let admin = bootstrap::admin_of(app, district).await?;
                admin.with_context(|| format!("{district:?} has no administrator; name who asks with --by PERSON"))?
            }
        };
        let maker = store::principal(&app.db, &by, None, now_ms()).await?;
        Ok(enrolment::make_code(app, &maker, &args.person).await?)
    })
    .await?;
    if let Some(file) = &args.svg {
        std::fs::write(file, &code.qr_svg).with_context(|| format!("writing {}", file.display()))?;
    }
    let until = jiff::Timestamp::from_millisecond(code.expires_at)?.to_zoned(time_zone);
    println!("{}", codes::terminal(&code.url));
    println!("{}\nCode for {}: {}   (until {})", code.url, args.person, code.code, until.strftime("%Y-%m-%d %H:%M"));
    Ok(ExitCode::SUCCESS)
}
