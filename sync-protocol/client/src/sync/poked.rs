//! Syncing when the server says so.

use super::{Budget, Report, Run};
use crate::{
    calls::{self, Read},
    engine::Engine,
    listen::{Event, Events},
    store::Result,
    transport::{Answer as _, Transport},
};

impl Engine {
    /// Listens to the server, signing in first where that is needed. The first event comes at once, so that what happened before is not
    /// missed. When it ends, listen again after [`Events::retry_ms`].
    pub async fn listen<T: Transport>(&self, transport: &T) -> Result<Events<T::Answer>> {
        let mut run = Run::new(self, transport, &Budget::PULL);
        if !run.is_signed_in() {
            run.sign_in().await?;
        }
        let answer = transport.send(calls::events(&run.token()?)).await?;
        if answer.status() != 200 {
            let refused = Read::all(answer).await?;
            if refused.status == 401 {
                // It ran out while it lay here; the next attempt gets a new one.
                self.live().session = None;
            }
            refused.success()?;
            return Err(crate::Error::BadAnswer("its status"));
        }
        Ok(Events::of(answer))
    }

    /// Waits until the server pokes, then syncs; none where the server ended. While it waits nothing is sent, and nothing is read but the
    /// server's signs of life.
    pub async fn sync_when_poked<T: Transport>(
        &self,
        transport: &T,
        budget: &Budget,
        events: &mut Events<T::Answer>,
    ) -> Result<Option<Report>> {
        loop {
            match events.next().await? {
                Some(Event::Poke(_) | Event::Standing) => return self.sync(transport, budget).await.map(Some),
                Some(Event::Epoch(_) | Event::Other(_)) => {}
                Some(Event::Bye(_)) | None => return Ok(None),
            }
        }
    }
}
