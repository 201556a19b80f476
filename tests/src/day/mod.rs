//! The simulated day: the main job from beginning to end. Twelve phones work offline in villages of the demo district, come back with
//! every trouble that a real day has, and the server takes it all in, reconciles it, and says who was in the village.
//!
//! The day is yesterday in Shanghai. The server's clock is the machine's, which nobody sets; so phones live the day by their
//! satellites, in a boot that heard of no server, and come to the server today. What they captured is dated by satellite time, as it would be
//! on a mountain without a network ([`crate::phones`]).
//!
//! [`cast`]: who takes part. [`eve`], [`members`], [`inspectors`], [`evening`], [`settling`]: what happens, in that order.
//! [`presence`]: who was there. [`ending`]: that nothing is left, and all agree.

pub mod cast;
pub mod clock;
pub mod ending;
pub mod eve;
pub mod evening;
pub mod inspectors;
pub mod members;
pub mod presence;
pub mod settling;

use anyhow::Result;

use crate::{account::Account, server::Server};

/// Plays the day on a server of the demo district, running. At its end the server is stopped, in good order.
pub async fn play(server: &mut Server) -> Result<Account> {
    let mut world = cast::World::assemble(server).await?;
    let begun = eve::play(&mut world).await?;
    let captured = members::play(&mut world, &begun)?;
    let inspected = inspectors::play(&mut world, &begun)?;
    evening::play(&mut world, &captured).await?;
    settling::play(&mut world, &begun, &inspected).await?;
    ending::play(&mut world, &captured).await?;
    Ok(world.account)
}
