//! A story: what happens, step by step. It is data, so that a story can be shortened, kept as a file, and told again for ever.

use serde::{Deserialize, Serialize};

/// What happens from one seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// From which dice of phones and server are thrown.
    pub seed: u64,
    /// The steps. One that cannot be (of a phone that is not there) is passed over, so that any part of a story is a story.
    pub steps: Vec<Step>,
}

/// One step. Phones, servers and things are named by number, modulo how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A person writes something on their phone.
    Write { phone: u8, what: What, which: u8, value: u8 },
    /// A phone syncs. Each request meets the next fate, and passes when there are none left.
    Sync { phone: u8, server: u8, lanes: Lanes, steps: u8, page: u8, fates: Vec<Fate> },
    /// A phone pulls in the smallest pages while pushes of another arrive between them.
    PullUnderWrites { reader: u8, writer: u8, server: u8, writes: u8 },
    /// A push stands written and not committed while another phone pulls from the other server; then it goes on, or its server dies.
    Held { writer: u8, reader: u8, server: u8, dies: bool },
    /// Some phones (a bit each) push at one moment: while the first push is written the others wait, and share the next commit. Of the
    /// commits behind the first so many fail.
    Burst { phones: u8, server: u8, fails: u8, dies: Option<u8> },
    /// From now on some phones (a bit each) reach one server (1 or 2, by bit) or none (3) no more; with no phones all reach both again.
    Apart { phones: u8, servers: u8 },
    /// Someone copies the servers' database.
    CopyDatabase,
    /// Someone puts the copy back, and tells nobody.
    PutBackDatabase,
    /// A request that the network kept back arrives at last.
    Arrive { nth: u8, server: u8 },
    /// The office acts. With `dies`, the server dies after so many statements of it.
    Office { server: u8, act: Act, dies: Option<u8> },
    /// Time passes.
    Pass { minutes: u16 },
    /// Someone, or something, sets the wall clock of a phone.
    Clock { phone: u8, years: i8 },
    /// A phone is switched off and on.
    Reboot { phone: u8 },
    /// A phone sees satellites, or loses sight of them.
    Sky { phone: u8, open: bool },
    /// A server dies between requests.
    Kill { server: u8 },
    /// A phone's queue travels as a file by another phone.
    Courier { from: u8, by: u8 },
    /// Answers to what was carried come back as a file.
    Answers { by: u8, to: u8 },
    /// A phone is copied, chain and key and all.
    Clone { phone: u8 },
    /// A backup is made of a phone's store; or the last one is put back.
    Backup { phone: u8 },
    /// See [`Step::Backup`].
    PutBack { phone: u8 },
    /// A person takes a new phone; what the old one could not deliver goes over.
    NewPhone { phone: u8, server: u8 },
    /// The server's worker looks for jobs.
    Jobs { server: u8 },
    /// The server looks at what is held again.
    Sweep { server: u8 },
    /// All that holds at any moment is looked at.
    Look,
}

/// Which lanes a sync drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lanes {
    Push,
    Pull,
    Both,
}

/// What the network, or death, does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Nothing.
    Pass,
    /// It never arrives.
    Lost,
    /// Its answer never arrives.
    Unanswered,
    /// It arrives twice.
    Twice,
    /// It is kept back; the phone hears nothing.
    Late,
    /// It is cut after so many 256ths.
    Cut(u8),
    /// Its answer is cut after so many 256ths.
    AnswerCut(u8),
    /// The server dies after so many statements.
    ServerDies(u8),
    /// The server dies when it has answered.
    ServerDiesAfter,
    /// The phone dies waiting for the answer.
    PhoneDies,
}

/// What a person writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Title of a finding.
    Title,
    /// How bad it is: differing values go to the office.
    Severity,
    /// A tag of a finding.
    Tag,
    /// No more that tag.
    Untag,
    /// A finding is deleted.
    Delete,
    /// Remarks on a visit.
    Note,
    /// Evidence: who was there.
    RollCall,
    /// A correction of someone's evidence.
    Correction,
    /// An answer of a checklist that two fill together.
    Answer,
    /// How many people a household has: differing values go to the office.
    HeadCount,
    /// A member's day.
    WorkLog,
    /// A request for leave: the server notes when it heard of it.
    Leave,
    /// A line of a kind that no one knows.
    UnknownKind,
    /// A line that only a server may write.
    Usurped,
    /// Bytes that nobody can read.
    Garbage,
    /// What time it is.
    Time,
}

/// What the office does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Gives a role at a place, from so many minutes ago.
    Grant { person: u8, right: u8, since_min: u16 },
    /// Ends it, so many minutes ago.
    Revoke { person: u8, right: u8, since_min: u16 },
    /// Settles the n-th open conflict.
    Settle { nth: u8, value: u8 },
    /// Accepts the n-th operation in quarantine.
    Accept { nth: u8 },
    /// Refuses the n-th operation that counts.
    Refuse { nth: u8 },
    /// Publishes a version of the checklist.
    Template { version: u8 },
    /// Adds the other town to the district.
    Town,
    /// Ends a phone, so many minutes ago.
    End { phone: u8, since_min: u16 },
    /// Declares a phone lost where it is known.
    Lose { phone: u8 },
    /// Writes a severity over all.
    Severity { which: u8, value: u8 },
}
