//! Phones that push at once, each as soon as it is answered, until the server is gone.

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::sync::watch;

use crate::{office::Office, raw::RawPhone};

/// Phones of members of the demo district.
pub struct Crowd {
    /// They; each with what was acknowledged as its tip.
    pub phones: Vec<RawPhone>,
    lines: u64,
}

impl Crowd {
    /// So many phones, which write so many lines a push.
    pub async fn enrol(office: &Office, url: &str, phones: u64, lines: u64) -> Result<Self> {
        let mut all = Vec::new();
        for number in 1..=phones {
            all.push(RawPhone::enrol(office, url, &format!("zjedz.p.m-{number:04}"), number).await?);
        }
        Ok(Self { phones: all, lines })
    }

    /// What a phone writes next: each time it is asked the same, as a phone does that was not answered.
    pub fn next_lines(&self, phone: &RawPhone) -> Vec<Vec<u8>> {
        next_lines(phone, self.lines)
    }

    /// All push until the server is gone, for which `meanwhile` sees; it is told how many pushes have been acknowledged.
    pub async fn push_until_gone(
        &mut self,
        meanwhile: impl AsyncFnOnce(watch::Receiver<u64>) -> Result<()>,
    ) -> Result<()> {
        let (acknowledged, seen) = watch::channel(0);
        let lines = self.lines;
        let push = |phone| tokio::spawn(push_until_gone(phone, lines, acknowledged.clone()));
        let pushing: Vec<_> = self.phones.drain(..).map(push).collect();
        meanwhile(seen).await?;
        for task in pushing {
            self.phones.push(task.await.context("a phone failed")??);
        }
        Ok(())
    }
}

fn next_lines(phone: &RawPhone, count: u64) -> Vec<Vec<u8>> {
    let scope = format!("{}/own", phone.person);
    let first = phone.tip.0 + 1;
    let line = |seq: u64| phone.line(&scope, "leave", &format!("l-{seq}"), &json!({"reason": format!("第{seq}行")}));
    (first..first + count).map(line).collect()
}

/// Gives the phone with what was acknowledged as its tip.
async fn push_until_gone(mut phone: RawPhone, lines: u64, acknowledged: watch::Sender<u64>) -> Result<RawPhone> {
    loop {
        let made = phone.made(&next_lines(&phone, lines));
        let Ok(answer) = phone.send(made.body, None).await else { return Ok(phone) };
        let answer = answer.success().context("a server that answers takes the push")?;
        phone.acknowledged(lines, &made.head, &answer).context("a receipt that holds")?;
        acknowledged.send_modify(|n| *n += 1);
    }
}
