//! Who takes part: twelve people with a phone each, at six villages, and the office.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use super::clock::Clock;
use crate::{account::Account, ground::Ground, office::Office, phones::Phone, server::Server};

/// The district.
pub const DISTRICT: &str = "zjedz";
/// The password of the demo's accounts.
pub const PASSWORD: &str = "zhucun-demo";

/// What happens to a phone's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// An inspector, on a visit with the next one.
    Inspector,
    /// An inspector whose phone syncs last of all.
    LastInspector,
    /// An inspector whose grant ended at noon.
    GrantEnded,
    /// A member whose phone gives GCJ-02.
    Shifted,
    /// A member 40 m outside the fence, with 60 m accuracy.
    NearFence,
    /// A member whose position is faked by an app.
    Mocked,
    /// A member who works from home, with an old app.
    AtHome,
    /// A member on approved leave.
    OnLeave,
    /// A member whose phone believes it is 2036.
    WrongClock,
    /// A member whose network breaks, and whose phone wrote a line that nobody can read.
    BadNetwork,
    /// A member whose phone sends everything twice, and carries another's lines.
    Twice,
    /// A member without any network, who hands the lines to that colleague.
    NoNetwork,
}

use Part::*;

impl Part {
    /// All of them.
    pub const ALL: [Part; 12] = [
        Inspector,
        LastInspector,
        GrantEnded,
        Shifted,
        NearFence,
        Mocked,
        AtHome,
        OnLeave,
        WrongClock,
        BadNetwork,
        Twice,
        NoNetwork,
    ];

    /// The village, and who of its team it is, in the order of their numbers.
    fn post(self) -> Option<(&'static str, usize)> {
        Some(match self {
            Inspector | LastInspector | GrantEnded => return None,
            WrongClock => (LONGWAN, 0),
            NearFence => (LONGWAN, 1),
            Shifted => (XIWAN, 0),
            BadNetwork => (XIWAN, 1),
            Mocked => (DIAOWEN, 0),
            Twice => (DIAOWEN, 1),
            NoNetwork => (DIAOWEN, 2),
            AtHome => (DONGJIAN, 1),
            OnLeave => (SONGHUANG, 1),
        })
    }

    /// The village where they are posted, or which they inspect.
    pub fn village(self) -> &'static str {
        match self {
            Inspector | LastInspector => LONGWAN,
            GrantEnded => TANBEI,
            member => member.post().map_or("", |(village, _)| village),
        }
    }

    fn inspector(self) -> Option<&'static str> {
        match self {
            Inspector => Some("i-01"),
            LastInspector => Some("i-02"),
            GrantEnded => Some("i-06"),
            _ => None,
        }
    }
}

/// 龙湾, one of the three relatively poor villages.
pub const LONGWAN: &str = "440811072204";
/// 西湾, likewise.
pub const XIWAN: &str = "440811072203";
/// 调文, likewise.
pub const DIAOWEN: &str = "440811070209";
/// 东简.
pub const DONGJIAN: &str = "440811071201";
/// 宋皇, on Naozhou island.
pub const SONGHUANG: &str = "440811173201";
/// 谭北, on Naozhou island.
pub const TANBEI: &str = "440811173203";

/// All that the day is played with.
pub struct World<'s> {
    /// The real server.
    pub server: &'s mut Server,
    /// Who decides.
    pub office: Office,
    /// When.
    pub clock: Clock,
    /// What is told of it.
    pub account: Account,
    /// Names of villages by code.
    pub villages: BTreeMap<String, String>,
    phones: BTreeMap<Part, Phone>,
}

impl<'s> World<'s> {
    /// The demo district as the server has it; every phone enrolled.
    pub async fn assemble(server: &'s mut Server) -> Result<Self> {
        let office = Office::sign_in(&server.url(), "office", PASSWORD).await?;
        let clock = Clock::yesterday_of(office.signed_in_ms)?;
        let names = names(&office).await?;
        let mut world = Self {
            server,
            office,
            clock,
            account: Account::default(),
            villages: BTreeMap::new(),
            phones: BTreeMap::new(),
        };
        for (seed, part) in (1..).zip(Part::ALL) {
            let village = part.village();
            if !world.villages.contains_key(village) {
                let place = world.office.record((&format!("{village}/roster"), "place", village)).await?;
                let name = place["f"]["name"].as_str().unwrap_or(village).trim_end_matches("委会").to_owned();
                world.villages.insert(village.to_owned(), name);
            }
            let person = match part.inspector() {
                Some(number) => format!("{DISTRICT}.p.{number}"),
                None => member(&world.office, part).await?,
            };
            let name = names.get(&person).with_context(|| format!("{person} has no name"))?;
            let (url, folder) = (world.server.url(), world.server.scratch());
            let phone = Phone::enrol(&world.office, &url, (&person, name), seed, folder).await?;
            world.phones.insert(part, phone);
        }
        Ok(world)
    }

    /// A phone.
    pub fn phone(&self, part: Part) -> &Phone {
        &self.phones[&part]
    }

    /// A phone, to live on.
    pub fn phone_mut(&mut self, part: Part) -> &mut Phone {
        self.phones.get_mut(&part).expect("every part has a phone")
    }

    /// All phones.
    pub fn phones(&self) -> impl Iterator<Item = (Part, &Phone)> {
        self.phones.iter().map(|(part, phone)| (*part, phone))
    }

    /// The office signs in again: after a restart, or when its token ran out.
    pub async fn sign_in_again(&mut self) -> Result<()> {
        self.office = Office::sign_in(&self.server.url(), "office", PASSWORD).await?;
        Ok(())
    }

    /// What a phone's owner is called, and where they are posted or inspect.
    pub fn who(&self, part: Part) -> String {
        format!("{} ({})", self.phone(part).name, self.villages[part.village()])
    }

    /// The fence of the village, as the phone knows it.
    pub fn ground(&self, part: Part) -> Result<Ground> {
        let fences = self.phone(part).all(&format!("{}/roster", part.village()), "fence")?;
        let (_, fence) = fences.first().with_context(|| format!("{part:?} knows no fence of {}", part.village()))?;
        Ground::of(&fence["geometry"])
    }
}

/// The scope of a village's lane.
pub fn scope(village: &str, lane: &str) -> String {
    format!("{village}/{lane}")
}

async fn names(office: &Office) -> Result<BTreeMap<String, String>> {
    let people = office.records(&format!("{DISTRICT}/roster"), Some("person")).await?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Ok(people.iter().map(|p| (text(&p["id"]), text(&p["f"]["name"]))).collect())
}

async fn member(office: &Office, part: Part) -> Result<String> {
    let (village, nth) = part.post().context("not a member")?;
    let stations = office.records(&scope(village, "roster"), Some("station")).await?;
    let mut persons: Vec<&str> = stations.iter().filter_map(|s| s["f"]["person"].as_str()).collect();
    persons.sort_unstable();
    persons.get(nth).map(|p| (*p).to_owned()).with_context(|| format!("{village} has no member {nth}"))
}
