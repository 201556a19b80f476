//! The longer steps of a story.

use sync_protocol::courier;
use zhucun::{
    app::{App, job_handlers},
    jobs,
    sync::sweep,
    testing,
};
use zhucun_client::{Budget, Error, calls};

use crate::{
    cast::PEOPLE,
    run::World,
    story::{Act, What},
    trouble::{Result, unexpected},
};

impl World {
    pub fn pull_under_writes(&mut self, reader: u8, writer: u8, server: u8, writes: u8) -> Result<()> {
        let (reader, writer) = (self.at(reader), self.at(writer));
        let push = Budget { steps: 12, ..Budget::PUSH };
        self.sync(writer, server, &push, &[], Vec::new())?;
        let mut bodies = Vec::new();
        let engine = self.phones[writer].engine()?;
        for n in 0..writes % 8 {
            // Each a push of its own, after those before.
            self.phones[writer].write(What::Title, 0, n)?;
            self.phones[writer].write(What::WorkLog, 0, n)?;
            let file = engine.export_push().map_err(unexpected)?;
            let part = courier::read(&file[..]).next().transpose().map_err(unexpected)?;
            bodies.extend(part.map(|(_, body)| body));
        }
        self.note(writer)?;
        let pull = Budget { page: 1, steps: 400, ..Budget::PULL };
        self.sync(reader, server, &pull, &[], bodies).map(drop)
    }

    pub fn held(&mut self, writer: u8, reader: u8, server: u8, dies: bool) -> Result<()> {
        let (writer, reader) = (self.at(writer), self.at(reader));
        let file = self.phones[writer].engine()?.export_push().map_err(unexpected)?;
        let part = courier::read(&file[..]).next().transpose().map_err(unexpected)?;
        let Some((_, body)) = part else { return Ok(()) };
        let push = calls::push(&body);
        // A server that begins writes (its keys, what is new of the schema), and would wait for the push that is held.
        self.net.lock().server(server ^ 1).app()?;
        let held = self.net.lock().hold(server, &push)?;
        let pull = Budget { steps: 6, ..Budget::PULL };
        self.sync(reader, server ^ 1, &pull, &[], Vec::new())?;
        if dies {
            self.net.lock().server(server).kill();
            testing::hold(false);
            return self.look();
        }
        let who = (self.phones[writer].n, self.phones[writer].owner);
        self.net.lock().go_on(who, server, &push, held)
    }

    pub fn burst(&mut self, phones: u8, server: u8, fails: u8, dies: Option<u8>) -> Result<()> {
        let mut pushes = Vec::new();
        for at in (0..self.phones.len()).filter(|at| phones >> (at % 8) & 1 == 1) {
            let phone = &self.phones[at];
            phone.write(What::WorkLog, 0, fails)?;
            let file = phone.engine()?.export_push().map_err(unexpected)?;
            let part = courier::read(&file[..]).next().transpose().map_err(unexpected)?;
            pushes.extend(part.map(|(_, body)| ((phone.n, phone.owner), calls::push(&body))));
            self.note(at)?;
        }
        // What another server has begun is done by then.
        self.net.lock().server(server ^ 1);
        let told = self.net.lock().burst(server, pushes, fails, dies)?;
        self.tell(format!("burst: {told:?}"))?;
        // What could not be worked in is stored and held.
        self.sweep(server)?;
        self.look()
    }

    pub fn copy_database(&mut self) -> Result<()> {
        let copy = self.folder.join("copied.db");
        let mut net = self.net.lock();
        net.server(1).kill();
        net.server(0).copy(&copy)
    }

    /// What was acknowledged since the copy is forgotten here. What phones keep must come back: their lines are looked for at the end.
    pub fn put_back_database(&mut self) -> Result<()> {
        let copy = self.folder.join("copied.db");
        if !copy.exists() {
            return Ok(());
        }
        {
            let mut net = self.net.lock();
            net.server(1).kill();
            net.server(0).put_back(&copy)?;
        }
        self.restored = true;
        let here = self.lines()?;
        self.net.lock().oracle.put_back(|name| here.contains_key(name));
        Ok(())
    }

    pub fn office(&mut self, server: u8, act: Act, dies: Option<u8>) -> Result<()> {
        let mut installs = Vec::new();
        for phone in &self.phones {
            installs.push(phone.engine()?.install().map_err(unexpected)?.to_string());
        }
        let told = {
            let mut net = self.net.lock();
            let asked = net.asked(server, act, &installs, self.now_ms)?;
            asked.map(|asked| net.office(server, &asked, dies)).transpose()?
        };
        self.tell(format!("{act:?}: {told:?}"))?;
        if dies.is_some() { self.look() } else { Ok(()) }
    }

    pub fn courier(&mut self, from: u8, by: u8) -> Result<()> {
        let (from, by) = (self.at(from), self.at(by));
        if from != by {
            let file = self.phones[from].engine()?.export_push().map_err(unexpected)?;
            self.phones[by].engine()?.carry(&file[..]).map_err(unexpected)?;
        }
        Ok(())
    }

    pub fn answers(&mut self, by: u8, to: u8) -> Result<()> {
        let file = self.phones[self.at(by)].engine()?.carried_answers().map_err(unexpected)?;
        match self.phones[self.at(to)].engine()?.import_answers(&file[..]) {
            // A phone that was put back to an earlier day has another chain than the answers are of.
            Ok(_) | Err(Error::BadReceipt(_)) => Ok(()),
            Err(error) => Err(unexpected(error)),
        }
    }

    pub fn copy(&mut self, phone: u8) -> Result<()> {
        if self.phones.len() >= 2 * PEOPLE {
            return Ok(());
        }
        self.made += 1;
        let at = self.at(phone);
        let copy = self.phones[at].cloned(&self.folder, self.made, self.seed, self.now_ms)?;
        self.phones.push(copy);
        Ok(())
    }

    /// The old phone is laid aside for good.
    pub fn new_phone(&mut self, phone: u8, server: u8) -> Result<()> {
        let at = self.at(phone);
        let new = self.open_phone(self.phones[at].owner)?;
        self.enrol(&new, server)?;
        let over = new.engine()?.carry_over(self.phones[at].engine()?).map_err(unexpected)?;
        self.phones[at] = new;
        self.tell(format!("carried over: {over:?}"))
    }

    pub fn jobs(&mut self, server: u8) -> Result<()> {
        self.run(server, async |app| {
            let handlers = job_handlers(&app);
            while jobs::once(&app.db, &handlers).await? > 0 {}
            Ok(())
        })
    }

    pub fn sweep(&mut self, server: u8) -> Result<()> {
        self.run(server, async |app| Ok(sweep::sweep(&app).await.map(drop)?))
    }

    fn run(&mut self, server: u8, what: impl AsyncFnOnce(App) -> anyhow::Result<()>) -> Result<()> {
        let done = self.net.lock().server(server).run(None, what)?;
        done.ok_or_else(|| unexpected("the server died"))?.map_err(unexpected)
    }
}
