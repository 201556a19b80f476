//! The task that ships: looks every second, writes segments until it has caught up.

use std::time::Duration;

use anyhow::Context as _;
use sync_protocol::ids::sha256;

use super::{
    depot::{self, Depot},
    holes::Holes,
    segment::{self, Head},
    store,
};
use crate::{
    app::{App, now_ms, random_bytes},
    storage::Db,
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Ships what is committed on this database into that place.
pub struct Shipper {
    db: Db,
    depot: Box<dyn Depot>,
    holes: Holes,
    /// Whether the newest segment has been seen to be there.
    checked: bool,
}

/// Ships until the server stops.
pub async fn run(app: App) {
    let Some(mut shipper) = Shipper::of(&app).await else { return };
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        shipper.catch_up().await;
    }
}

/// Ships what is there once more: at the end of a server.
pub async fn finish(app: &App) {
    if let Some(mut shipper) = Shipper::of(app).await {
        shipper.catch_up().await;
    }
}

impl Shipper {
    /// As the settings say; none where nothing is to be shipped, or the folder cannot be made (which is logged).
    pub async fn of(app: &App) -> Option<Self> {
        let place = app.config.ship.as_ref()?;
        match depot::open(place, &app.config).await {
            Ok(depot) => Some(Self::new(app.db.clone(), depot)),
            Err(error) => {
                tracing::error!(%error, %place, "nothing is shipped: the folder cannot be made");
                None
            }
        }
    }

    /// From that database into that place.
    pub fn new(db: Db, depot: Box<dyn Depot>) -> Self {
        Self { db, depot, holes: Holes::default(), checked: false }
    }

    /// Ships until nothing is behind the mark. What fails is logged, and tried again with the next look.
    async fn catch_up(&mut self) {
        loop {
            match self.segment().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    self.checked = false;
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the log could not be shipped; it will be tried again"
                    );
                    return;
                }
            }
        }
    }

    /// Ships one segment; gives whether there was anything to ship.
    pub async fn segment(&mut self) -> anyhow::Result<bool> {
        let known = store::mark(&self.db.read).await?;
        let behind = known.as_ref().map_or(0, |row| row.mark);
        if self.checked && !store::any_behind(&self.db, behind).await? {
            return Ok(false);
        }
        let Some(mut turn) = store::turn(&self.db).await? else { return Ok(false) };
        let begun = !self.checked && self.check(&mut turn).await?;
        let batch = store::batch(&self.db, turn.row.mark, &mut self.holes).await?;
        let Some(to) = batch.pushes.last().map(|push| push.id) else {
            if begun {
                turn.end(&self.db).await?;
            }
            return Ok(false);
        };
        let row = &turn.row;
        let range = (row.mark, to);
        let head = Head::new(&row.strand, row.segment + 1, batch.epoch, range, now_ms(), &row.sha256);
        let file = segment::encode(&head, &batch.pushes).context("packing")?;
        let (name, hash) = (segment::name(&row.strand, head.segment), hex::encode(sha256(&[&file])));
        if self.depot.put_new(&name, file).await.with_context(|| format!("writing {name}"))? {
            (turn.row.segment, turn.row.mark, turn.row.sha256) = (head.segment, to, hash);
        } else {
            self.take_over(&mut turn, &name).await?;
        }
        turn.end(&self.db).await?;
        Ok(true)
    }

    /// At the start: a strand goes on only where its newest segment lies. In another folder, or one that was emptied, all begins anew. Gives
    /// whether it does.
    async fn check(&mut self, turn: &mut store::Turn) -> anyhow::Result<bool> {
        let row = &mut turn.row;
        let newest = segment::name(&row.strand, row.segment);
        let goes_on = row.segment > 0 && self.depot.get(&newest).await?.is_some();
        if !goes_on {
            row.mark = 0;
            begin_strand(row);
        }
        self.checked = true;
        Ok(!goes_on)
    }

    /// The next segment is there already. Either this database wrote it, and ended before it had noted that; or it was put back to an
    /// earlier state, and the segment tells of pushes that it does not have: then a new strand begins.
    async fn take_over(&mut self, turn: &mut store::Turn, name: &str) -> anyhow::Result<()> {
        let file = self.depot.get(name).await?.with_context(|| format!("{name} is there and is not"))?;
        let row = &mut turn.row;
        match segment::decode(&file) {
            Ok((head, pushes)) if head.after == row.mark && store::has(&self.db.read, &pushes).await? => {
                (row.segment, row.mark, row.sha256) = (head.segment, head.to, hex::encode(sha256(&[&file])));
            }
            _ => {
                tracing::warn!(
                    segment = name,
                    "the shipped log is ahead of this database, which was put back to an earlier state: a new strand begins"
                );
                begin_strand(row);
            }
        }
        Ok(())
    }
}

fn begin_strand(row: &mut crate::storage::entities::shipping::Model) {
    row.strand = segment::strand(now_ms(), random_bytes());
    (row.segment, row.sha256) = (0, String::new());
}
