//! What the engine takes from the phone: clocks and random bytes. Everything else it decides from what it stores.

use std::{
    sync::{Mutex, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::StdRng};

/// Time as a satellite receiver gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Satellite {
    /// Milliseconds since 1970, UTC.
    pub time_ms: u64,
    /// Monotonic time since that measurement, in the same boot.
    pub age_ms: u64,
}

/// The phone. Its wall clock may say anything (1980, 2036, before 1970): it is written down, and decides nothing.
pub trait Device: Send + Sync {
    /// The wall clock, in ms since 1970, UTC.
    fn wall_ms(&self) -> i64;

    /// An id of this boot, at most 64 characters: another boot has another. Monotonic clocks are compared only within one.
    fn boot_id(&self) -> String;

    /// A clock that only goes forward while the phone is on, sleep included (Android's `elapsedRealtime`), in ms.
    fn mono_ms(&self) -> u64;

    /// The latest satellite time of this boot, if there is one.
    fn satellite(&self) -> Option<Satellite> {
        None
    }

    /// Fills the bytes from a source fit for keys.
    fn random(&self, out: &mut [u8]);
}

impl<D: Device + ?Sized> Device for std::sync::Arc<D> {
    fn wall_ms(&self) -> i64 {
        (**self).wall_ms()
    }

    fn boot_id(&self) -> String {
        (**self).boot_id()
    }

    fn mono_ms(&self) -> u64 {
        (**self).mono_ms()
    }

    fn satellite(&self) -> Option<Satellite> {
        (**self).satellite()
    }

    fn random(&self, out: &mut [u8]) {
        (**self).random(out);
    }
}

/// A random number.
pub(crate) fn random_u64(device: &dyn Device) -> u64 {
    let mut bytes = [0; 8];
    device.random(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// The machine this runs on. Where Linux tells its boot id and uptime (Android among them) they are used; elsewhere each process
/// counts as a boot of its own, which is safe: less is then known of the time of lines, never something wrong.
#[derive(Debug)]
pub struct SystemDevice {
    boot: String,
    linux: bool,
    started: Instant,
}

impl SystemDevice {
    /// This machine.
    pub fn new() -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned());
        match boot.filter(|id| (1..=64).contains(&id.len()) && uptime_ms().is_some()) {
            Some(boot) => Self { boot, linux: true, started: Instant::now() },
            None => {
                let process: [u8; 16] = rand::rng().random();
                Self { boot: hex::encode(process), linux: false, started: Instant::now() }
            }
        }
    }
}

impl Default for SystemDevice {
    fn default() -> Self {
        Self::new()
    }
}

fn uptime_ms() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1_000 + hundredths.parse::<u64>().ok()? * 10)
}

impl Device for SystemDevice {
    #[expect(clippy::disallowed_methods, reason = "this is where the phone's clock comes in")]
    fn wall_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        }
    }

    fn boot_id(&self) -> String {
        self.boot.clone()
    }

    fn mono_ms(&self) -> u64 {
        let process = || u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if self.linux { uptime_ms().unwrap_or_else(process) } else { process() }
    }

    fn random(&self, out: &mut [u8]) {
        rand::rng().fill_bytes(out);
    }
}

/// A phone whose clocks and randomness a test or a simulation sets. From one seed come the same bytes, keys among them.
#[derive(Debug)]
pub struct ScriptedDevice(Mutex<Script>);

#[derive(Debug)]
struct Script {
    wall_ms: i64,
    mono_ms: u64,
    boot: u64,
    satellite: Option<(u64, u64)>,
    random: StdRng,
}

impl ScriptedDevice {
    /// A phone just switched on, whose wall clock says this.
    pub fn new(seed: u64, wall_ms: i64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self(Mutex::new(Script { wall_ms, mono_ms: 1_000, boot: 1, satellite: None, random }))
    }

    /// Lets time pass.
    pub fn advance(&self, ms: u64) {
        self.with(|s| {
            s.mono_ms += ms;
            s.wall_ms = s.wall_ms.saturating_add_unsigned(ms);
        });
    }

    /// Sets the wall clock, as people and networks do.
    pub fn set_wall(&self, wall_ms: i64) {
        self.with(|s| s.wall_ms = wall_ms);
    }

    /// Switches off and on: the monotonic clock begins anew, satellite time is gone.
    pub fn reboot(&self) {
        self.with(|s| {
            s.boot += 1;
            s.mono_ms = 1_000;
            s.satellite = None;
        });
    }

    /// The receiver gives this time now; `None`: the sky is out of sight.
    pub fn set_satellite(&self, time_ms: Option<u64>) {
        self.with(|s| s.satellite = time_ms.map(|time| (time, s.mono_ms)));
    }

    fn with<T>(&self, f: impl FnOnce(&mut Script) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Device for ScriptedDevice {
    fn wall_ms(&self) -> i64 {
        self.with(|s| s.wall_ms)
    }

    fn boot_id(&self) -> String {
        self.with(|s| format!("boot-{}", s.boot))
    }

    fn mono_ms(&self) -> u64 {
        self.with(|s| s.mono_ms)
    }

    fn satellite(&self) -> Option<Satellite> {
        self.with(|s| s.satellite.map(|(time_ms, at)| Satellite { time_ms, age_ms: s.mono_ms.saturating_sub(at) }))
    }

    fn random(&self, out: &mut [u8]) {
        self.with(|s| s.random.fill_bytes(out));
    }
}
