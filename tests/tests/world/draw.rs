//! Draws a story from a seed.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::{
    cast,
    story::{Act, Fate, Lanes, Step, Story, What},
};

/// Shortest and longest story; a quarrel may lengthen it.
const STEPS: std::ops::RangeInclusive<usize> = 24..=44;

/// The story of that seed.
pub fn story(seed: u64) -> Story {
    let mut dice = Dice(StdRng::seed_from_u64(seed));
    let count = dice.0.random_range(STEPS);
    let mut steps = Vec::new();
    while steps.len() < count {
        match dice.n(192) {
            0..8 => steps.extend(dice.quarrel()),
            8 => steps.extend(dice.restore()),
            9..12 => steps.push(dice.burst()),
            12..14 => steps.push(Step::Apart { phones: dice.0.random(), servers: 1 + dice.n(3) }),
            14 | 15 => steps.push(Step::Apart { phones: 0, servers: 0 }),
            16..18 => steps.extend(dice.moved()),
            18..20 => steps.extend(dice.replaced()),
            _ => steps.push(dice.step()),
        }
    }
    Story { seed, steps }
}

struct Dice(StdRng);

impl Dice {
    fn n(&mut self, below: u8) -> u8 {
        self.0.random_range(0..below)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.random_range(0..of.len())]
    }

    /// Mostly the two inspectors, who meet in the same records. Clones have numbers from 5 on.
    fn phone(&mut self) -> u8 {
        self.one(&[0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 6])
    }

    fn step(&mut self) -> Step {
        let (phone, server) = (self.phone(), self.n(2));
        match self.0.random_range(0..100) {
            0..34 => Step::Write { phone, what: self.what(), which: self.one(&[0, 0, 0, 1, 2, 3]), value: self.n(8) },
            34..62 => self.sync(phone, server),
            62..74 => {
                let dies = (self.n(6) == 0).then(|| self.n(30));
                Step::Office { server, act: self.act(), dies }
            }
            74 => Step::PullUnderWrites { reader: phone, writer: self.phone(), server, writes: 2 + self.n(6) },
            75 | 76 => Step::Held { writer: phone, reader: self.phone(), server, dies: self.n(3) == 0 },
            77 | 78 => Step::Arrive { nth: self.n(4), server },
            79..83 => Step::Pass { minutes: self.one(&[1, 5, 20, 61, 600]) },
            83..85 => Step::Clock { phone, years: self.one(&[-46, -1, 0, 1, 10]) },
            85..86 => Step::Reboot { phone },
            86..88 => Step::Sky { phone, open: self.n(3) > 0 },
            88..89 => Step::Kill { server },
            89..91 => Step::Courier { from: phone, by: self.phone() },
            91..92 => Step::Answers { by: phone, to: self.phone() },
            92..93 => Step::Clone { phone },
            93..94 => Step::Backup { phone },
            94..95 => Step::PutBack { phone },
            95..96 => Step::NewPhone { phone, server },
            96..98 => Step::Jobs { server },
            98..99 => Step::Sweep { server },
            _ => Step::Look,
        }
    }

    /// Two inspectors write into one field without having seen each other, one by a wrong clock; then one sees both, and writes again.
    fn quarrel(&mut self) -> Vec<Step> {
        let (what, server, a) = (self.one(&[What::Severity, What::HeadCount, What::Title]), self.n(2), self.n(2));
        let write = |phone, value| Step::Write { phone, what, which: 0, value };
        let sync = |phone| Step::Sync { phone, server, lanes: Lanes::Both, steps: 40, page: 200, fates: Vec::new() };
        let clock = Step::Clock { phone: a, years: self.one(&[0, 1, 10]) };
        vec![clock, write(a, 0), write(1 - a, 1), sync(a), sync(1 - a), sync(a), write(a, 2), sync(a)]
    }

    /// The database is copied, things happen, and the copy is put back.
    fn restore(&mut self) -> Vec<Step> {
        let between = 3 + self.n(8);
        let mut steps = vec![Step::CopyDatabase];
        steps.extend((0..between).map(|_| self.step()));
        steps.push(Step::PutBackDatabase);
        steps
    }

    /// Someone who looks at one place is sent to another.
    fn moved(&mut self) -> Vec<Step> {
        let (person, server, right) = (self.n(4), self.n(2), self.n(8));
        let sync = || Step::Sync { phone: person, server, lanes: Lanes::Both, steps: 40, page: 200, fates: Vec::new() };
        let act = |act| Step::Office { server, act, dies: None };
        let gives = act(Act::Grant { person, right, since_min: 0 });
        let held = cast::RIGHTS[usize::from(person)].unwrap_or_default();
        vec![sync(), gives, act(Act::Revoke { person, right: held, since_min: 0 }), sync()]
    }

    /// Someone writes on a phone that then breaks; whether that was sent is not known. The office takes up what the next phone brings.
    fn replaced(&mut self) -> Vec<Step> {
        let (phone, server) = (self.n(4), self.n(2));
        let write = |what, value| Step::Write { phone, what, which: 0, value };
        let sync = |fates| Step::Sync { phone, server, lanes: Lanes::Push, steps: 12, page: 200, fates };
        let what = self.one(&[What::Severity, What::Title, What::Tag, What::RollCall, What::Note]);
        let mut steps = vec![write(what, 0), write(what, 1), sync(vec![self.fate(), self.fate()])];
        steps.extend([write(what, self.n(3)), Step::NewPhone { phone, server }, sync(Vec::new())]);
        steps.extend((0..3).map(|_| Step::Office { server, act: Act::Accept { nth: self.n(3) }, dies: None }));
        steps
    }

    fn burst(&mut self) -> Step {
        let dies = (self.n(6) == 0).then(|| self.n(60));
        Step::Burst { phones: self.0.random(), server: self.n(2), fails: self.one(&[0, 1, 1, 2, 3, 4]), dies }
    }

    fn sync(&mut self, phone: u8, server: u8) -> Step {
        let lanes = self.one(&[Lanes::Push, Lanes::Push, Lanes::Pull, Lanes::Both, Lanes::Both, Lanes::Both]);
        let (steps, page) = (self.one(&[1, 3, 12, 40]), self.one(&[2, 5, 200]));
        let troubled = self.n(3) > 0;
        let fates = if troubled { (0..self.n(6)).map(|_| self.fate()).collect() } else { Vec::new() };
        Step::Sync { phone, server, lanes, steps, page, fates }
    }

    fn fate(&mut self) -> Fate {
        match self.n(16) {
            0..5 => Fate::Pass,
            5 => Fate::Lost,
            6 | 7 => Fate::Unanswered,
            8 => Fate::Twice,
            9 => Fate::Late,
            10 => Fate::Cut(self.0.random()),
            11 | 12 => Fate::AnswerCut(self.0.random()),
            13 => Fate::ServerDies(self.one(&[1, 2, 3, 5, 8, 12, 17, 22, 30])),
            14 => Fate::ServerDiesAfter,
            _ => Fate::PhoneDies,
        }
    }

    fn what(&mut self) -> What {
        const OFTEN: [What; 8] = [
            What::Title,
            What::Severity,
            What::Severity,
            What::Tag,
            What::Note,
            What::RollCall,
            What::HeadCount,
            What::WorkLog,
        ];
        const SELDOM: [What; 10] = [
            What::Untag,
            What::Delete,
            What::Correction,
            What::Answer,
            What::Answer,
            What::Leave,
            What::UnknownKind,
            What::Usurped,
            What::Garbage,
            What::Time,
        ];
        if self.n(5) < 3 { self.one(&OFTEN) } else { self.one(&SELDOM) }
    }

    fn act(&mut self) -> Act {
        let since_min = self.one(&[0, 1, 10, 300]);
        match self.n(17) {
            0..3 => Act::Grant { person: self.n(5), right: self.n(8), since_min },
            3..6 => {
                let person = self.n(5);
                let held = cast::RIGHTS[usize::from(person)].filter(|_| self.n(3) > 0);
                Act::Revoke { person, right: held.unwrap_or_else(|| self.n(8)), since_min }
            }
            6..8 => Act::Settle { nth: self.n(3), value: self.n(3) },
            8 | 9 => Act::Accept { nth: self.n(4) },
            10 => Act::Refuse { nth: self.n(4) },
            11 => Act::Template { version: self.n(3) },
            12 => Act::Town,
            13 if self.n(2) == 0 => Act::End { phone: self.phone(), since_min },
            14 if self.n(2) == 0 => Act::Lose { phone: self.phone() },
            _ => Act::Severity { which: self.one(&[0, 0, 1]), value: self.n(3) },
        }
    }
}
