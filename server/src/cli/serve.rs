//! `zhucun serve`.

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Args as Arguments;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    app, attendance,
    config::Config,
    connections, open_files, routes,
    s3::{Access, Bucket, bucket::Unusable},
};

/// Serve: take what phones send, answer what they and people ask.
///
/// Ends on SIGTERM or Ctrl-C, after the pushes under way.
#[derive(Debug, Arguments)]
pub struct Args {
    /// Load the demo district first, where there is nothing yet.
    #[arg(long)]
    demo: bool,
}

/// How long requests under way have to end.
const GRACE: Duration = Duration::from_secs(30);

/// Serves until told to end.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let listen = config.listen;
    // First the port: a second server on the same machine should say so, and not touch the data.
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("listening on {listen} (setting \"listen\"); is another server running?"))?;
    let at = listener.local_addr().context("the address listened on")?;
    let database = crate::config::load::mask(&config.database_url);
    usable_stores(&config).await?;
    let mut running = app::start(config).await?;
    if crate::backup::store::marks::under_way(&running.app.db.read).await?.is_some() {
        running.stop().await;
        anyhow::bail!("a restore into this database has not ended; run `zhucun restore` with the same backup again");
    }
    if args.demo {
        super::demo::load(&running.app).await?;
    }
    attendance::store::engine::catch_up(&running.app.db, app::now_ms()).await.context("days of an earlier version")?;
    // The rest is for pushes, pulls, the database and photos: who only listens must not keep out who has something to say.
    running.app.listeners.make_room_for(open_files::raise() / 4 * 3);
    running.work();
    println!("zhucun {}: http://{at}/ (API: http://{at}/v1/docs), data in {database}", env!("CARGO_PKG_VERSION"));
    let (told, end) = oneshot::channel();
    let listeners = running.app.listeners.clone();
    let serving = connections::serve(listener, routes::router(running.app.clone()), async move {
        signal().await;
        tracing::info!("told to end; finishing what is under way");
        listeners.close();
        // Nobody listens any more only where serving has ended already.
        let _ = told.send(());
    });
    let too_long = async {
        match end.await {
            Ok(()) => tokio::time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = serving => {}
        () = too_long => tracing::warn!("some requests did not end within {} s", GRACE.as_secs()),
    }
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// A store that refuses us is a wrong setting. One that is down is not: phones' lines go on, and photos wait.
async fn usable_stores(config: &Config) -> anyhow::Result<()> {
    for at in config.s3_places() {
        match Bucket::open(at, Access::of(config)).await.check().await {
            Ok(()) => {}
            Err(Unusable::Now(why)) => tracing::warn!(why, "a store cannot be reached; it will be tried again"),
            Err(Unusable::Wrong(why)) => anyhow::bail!("{why} (settings \"media_store\", \"ship\", \"s3_…\")"),
        }
    }
    Ok(())
}

/// SIGTERM or SIGINT.
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be listened for");
            // Without either signal there is only kill, which is safe at any moment.
            let _ = interrupted.await;
        }
    }
}
