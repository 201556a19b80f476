//! Playing a story, one step after the other, on one thread. The same story comes to the same end.

use std::path::{Path, PathBuf};

use futures::FutureExt as _;
use serde_json::Value;
use zhucun::{auth::bootstrap, testing};
use zhucun_client::{Budget, Error};

use crate::{
    cast::{self, DISTRICT, OFFICE, PEOPLE, START_MS, Stage},
    net::{Link, Net, Shared},
    office::{self, Asked},
    oracle::name,
    phone::Phone,
    story::{Fate, Lanes, Step, Story},
    trouble::{Result, Trouble, unexpected},
};

/// All there is.
pub struct World {
    pub folder: PathBuf,
    pub seed: u64,
    pub now_ms: i64,
    pub net: Shared,
    /// The phones in use.
    pub phones: Vec<Phone>,
    /// How many phones there ever were.
    pub made: usize,
    /// Whether the servers' database was ever put back.
    pub restored: bool,
    /// What happened, a line each.
    pub trace: Vec<String>,
}

/// Each step takes so long.
const STEP_MS: u64 = 7_000;

/// Plays a story to its end, and holds it to all that is promised. Gives what happened.
pub fn play(stage: &Stage, story: &Story) -> Result<Vec<String>> {
    let folder = stage.copy()?;
    let mut world = World::begin(folder.path(), story.seed)?;
    for step in &story.steps {
        world.take(step)?;
    }
    world.calm()?;
    let end = world.end()?;
    world.trace.push(end);
    Ok(std::mem::take(&mut world.trace))
}

impl World {
    /// Nothing yet, in that folder.
    pub fn empty(folder: &Path, seed: u64) -> Result<Self> {
        testing::set_now(Some(START_MS));
        testing::set_dice(Some(seed));
        testing::hold(false);
        testing::fail_commits(0, 0);
        zhucun::storage::broken::forget();
        let net = Shared::new(Net::new(folder));
        Ok(Self {
            folder: folder.to_owned(),
            seed,
            now_ms: START_MS,
            net,
            phones: Vec::new(),
            made: 0,
            restored: false,
            trace: Vec::new(),
        })
    }

    /// What the first chapter left in that folder.
    fn begin(folder: &Path, seed: u64) -> Result<Self> {
        let mut world = Self::empty(folder, seed)?;
        for owner in 0..PEOPLE {
            let phone = world.open_phone(owner)?;
            world.phones.push(phone);
        }
        world.pass(60_000);
        Ok(world)
    }

    pub fn open_phone(&mut self, owner: usize) -> Result<Phone> {
        self.made += 1;
        Phone::open(&self.folder, (self.made, owner), self.seed, self.now_ms)
    }

    /// The office appoints, and phones enrol.
    pub fn first_chapter(&mut self) -> Result<()> {
        let begun = self
            .net
            .lock()
            .server(0)
            .run(None, async |app| bootstrap::first_admin(&app, DISTRICT, OFFICE, Some("办公室")).await)?;
        begun.transpose().map_err(|p| unexpected(format!("{p:?}")))?;
        self.must(office::district())?;
        self.must(office::template(1))?;
        for person in 0..PEOPLE {
            self.must(office::person(person))?;
            if let Some(right) = cast::RIGHTS[person] {
                let since = serde_json::json!({"from": START_MS - 86_400_000});
                self.must(office::grant(person, right, since))?;
            }
            let phone = self.open_phone(person)?;
            self.enrol(&phone, 0)?;
            self.phones.push(phone);
        }
        self.calm()
    }

    /// Ends everything, so that its files can be copied.
    pub fn close(mut self) -> Result<()> {
        self.phones.clear();
        let mut net = self.net.lock();
        net.servers.iter_mut().for_each(crate::server::Server::stop);
        net.servers[0].at_rest()
    }

    fn must(&mut self, asked: Asked) -> Result<Value> {
        self.net.lock().office_must(asked)
    }

    /// A phone enrols with a code from the office.
    pub fn enrol(&mut self, phone: &Phone, server: u8) -> Result<()> {
        let code = self.must(office::code(phone.owner))?;
        let code = code["code"].as_str().ok_or_else(|| unexpected("no code"))?.to_owned();
        let link = Link::new(&self.net, (phone.n, phone.owner), server, &[], Vec::new());
        let enrolled = phone.engine()?.enrol(&link, &code).now_or_never();
        enrolled.ok_or_else(|| unexpected("enrolling waits"))?.map_err(unexpected)?;
        Ok(())
    }

    /// Time passes for all.
    pub fn pass(&mut self, ms: u64) {
        self.now_ms += ms as i64;
        testing::set_now(Some(self.now_ms));
        self.phones.iter().for_each(|phone| phone.pass(ms));
    }

    pub fn at(&self, phone: u8) -> usize {
        usize::from(phone) % self.phones.len()
    }

    /// Takes one step, and looks at what holds at any moment.
    fn take(&mut self, step: &Step) -> Result<()> {
        self.pass(STEP_MS);
        self.act(step)?;
        self.net.lock().seen()?;
        for phone in 0..self.phones.len() {
            self.note(phone)?;
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Write { phone, what, which, value } => self.phones[self.at(*phone)].write(*what, *which, *value),
            Step::Sync { phone, server, lanes, steps, page, fates } => {
                let budget = budget(*lanes, *steps, *page);
                self.sync(self.at(*phone), *server, &budget, fates, Vec::new()).map(drop)
            }
            Step::PullUnderWrites { reader, writer, server, writes } => {
                self.pull_under_writes(*reader, *writer, *server, *writes)
            }
            Step::Held { writer, reader, server, dies } => self.held(*writer, *reader, *server, *dies),
            Step::Burst { phones, server, fails, dies } => self.burst(*phones, *server, *fails, *dies),
            Step::Apart { phones, servers } => {
                self.net.lock().apart = (*phones, *servers);
                Ok(())
            }
            Step::CopyDatabase => self.copy_database(),
            Step::PutBackDatabase => self.put_back_database(),
            Step::Arrive { nth, server } => {
                let status = self.net.lock().arrive(usize::from(*nth), *server)?;
                self.tell(format!("late: {status:?}"))
            }
            Step::Office { server, act, dies } => self.office(*server, *act, *dies),
            Step::Pass { minutes } => {
                self.pass(u64::from(*minutes) * 60_000);
                Ok(())
            }
            Step::Clock { phone, years } => {
                self.phones[self.at(*phone)].set_clock(self.now_ms, *years);
                Ok(())
            }
            Step::Reboot { phone } => {
                self.phones[self.at(*phone)].device.reboot();
                Ok(())
            }
            Step::Sky { phone, open } => {
                let time = u64::try_from(self.now_ms).ok().filter(|_| *open);
                self.phones[self.at(*phone)].device.set_satellite(time);
                Ok(())
            }
            Step::Kill { server } => {
                self.net.lock().server(*server).kill();
                self.look()
            }
            Step::Courier { from, by } => self.courier(*from, *by),
            Step::Answers { by, to } => self.answers(*by, *to),
            Step::Clone { phone } => self.copy(*phone),
            Step::Backup { phone } => {
                let at = self.at(*phone);
                self.phones[at].back_up()
            }
            Step::PutBack { phone } => {
                let at = self.at(*phone);
                self.phones[at].put_back()
            }
            Step::NewPhone { phone, server } => self.new_phone(*phone, *server),
            Step::Jobs { server } => self.jobs(*server),
            Step::Sweep { server } => self.sweep(*server),
            Step::Look => self.look(),
        }
    }

    pub fn tell(&mut self, what: impl Into<String>) -> Result<()> {
        self.trace.push(what.into());
        Ok(())
    }

    /// A phone syncs. Gives the report, if the phone lived to make one.
    pub fn sync(
        &mut self,
        phone: usize,
        server: u8,
        budget: &Budget,
        fates: &[Fate],
        between: Vec<Vec<u8>>,
    ) -> Result<Option<zhucun_client::Report>> {
        let who = (self.phones[phone].n, self.phones[phone].owner);
        let link = Link::new(&self.net, who, server, fates, between);
        let report = self.phones[phone].sync(&link, budget)?;
        self.net.lock().seen()?;
        self.note(phone)?;
        if fates.iter().any(|f| matches!(f, Fate::ServerDies(_) | Fate::ServerDiesAfter)) {
            self.look()?;
        }
        let Some(report) = report else {
            self.tell(format!("phone {phone} died"))?;
            return Ok(None);
        };
        self.tell(format!("phone {phone}: {report:?}"))?;
        // A database that was put back has other records at places that phones have seen.
        if !report.again.is_empty() && !self.restored {
            return Err(Trouble::new(NEVER_SKIPS, format!("phone {phone} had to ask for {:?} anew", report.again)));
        }
        Ok(Some(report))
    }

    /// Remembers what a phone has written.
    pub fn note(&mut self, phone: usize) -> Result<()> {
        let engine = self.phones[phone].engine()?;
        let chain = match engine.chain() {
            Ok(chain) => chain,
            Err(Error::NotEnrolled) => return Ok(()),
            Err(error) => return Err(unexpected(error)),
        };
        let noted = self.phones[phone].noted;
        if chain.seq > noted {
            let install = engine.install().map_err(unexpected)?;
            let lines = engine.lines(noted + 1, chain.seq).map_err(unexpected)?;
            let mut net = self.net.lock();
            for (seq, line) in (noted + 1..).zip(lines) {
                net.oracle.written.insert(name(install, seq, &line), line);
            }
            drop(net);
            self.phones[phone].noted = chain.seq;
        }
        Ok(())
    }
}

/// A pull brings all that changed; a phone whose digest differs was not told something.
pub const NEVER_SKIPS: &str = "a pull never skips";

fn budget(lanes: Lanes, steps: u8, page: u8) -> Budget {
    let (push, pull) = (lanes != Lanes::Pull, lanes != Lanes::Push);
    let (steps, page) = (usize::from(steps).max(1), usize::from(page).max(1));
    Budget { push, pull, media: false, steps, page, ..Budget::THRIFTY }
}
