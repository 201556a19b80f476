//! The figures as tables in Markdown.

use std::fmt::{self, Write as _};

use super::figures::{Ingest, OfDatabase};

/// What other systems send up for a standard visit with HTTP headers (see the README for where these come from).
const OTHERS_BYTES_UP: &str = "ODK 1,777; PouchDB 12,525; Kinto 14,712";

/// The figures, for people.
pub struct Tables<'f>(pub &'f [OfDatabase]);

impl fmt::Display for Tables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| standard visits a second | visits a push | connections | durable | **finished** | spread | p50 ms | p99 ms |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        self.each(f, |of| of.visits.iter().map(|i| ingest(i, &i.visits_a_push.to_string())).collect())?;
        writeln!(
            f,
            "\n| small operations a second | lines a push | connections | durable | **finished** | spread | p50 ms | p99 ms |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        self.each(f, |of| of.notes.iter().map(|i| ingest(i, "1")).collect())?;
        writeln!(f, "\n| rows a second | visits a push | rows | commits | server | bare insert_many | **share** |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        self.each(f, |of| {
            let row = |s: &super::figures::Share| {
                let (server, bare) = (whole(s.server_rows_a_second), whole(s.bare_rows_a_second));
                format!(
                    "{} | {} | {} | {server} | {bare} | **{:.2}**",
                    s.visits_a_push,
                    whole(s.rows as f64),
                    s.commits,
                    s.share
                )
            };
            of.shares.iter().map(row).collect()
        })?;
        writeln!(f, "\n| pull of 10,000 records | encoding | ms | bytes |")?;
        writeln!(f, "|---|---|---|---|")?;
        self.each(f, |of| {
            of.pulls.iter().map(|p| format!("{} | {:.0} | {}", p.encoding, p.ms, whole(p.bytes as f64))).collect()
        })?;
        writeln!(f, "\n| bytes up for a standard visit ({OTHERS_BYTES_UP}) | |")?;
        writeln!(f, "|---|---|")?;
        self.each(f, |of| {
            let of = &of.weight;
            let total = format!("**{}**, the first of a phone {}", whole(of.later as f64), whole(of.first as f64));
            let parts = [("HTTP headers", of.headers)].into_iter().chain(of.parts.iter().copied());
            [total].into_iter().chain(parts.map(|(name, bytes)| format!("{name} {bytes}"))).collect()
        })
    }
}

impl Tables<'_> {
    fn each(&self, f: &mut fmt::Formatter<'_>, rows: impl Fn(&OfDatabase) -> Vec<String>) -> fmt::Result {
        self.0
            .iter()
            .flat_map(|of| rows(of).into_iter().map(|row| (&of.database, row)))
            .try_for_each(|(database, row)| writeln!(f, "| {database} | {row} |"))
    }
}

fn ingest(i: &Ingest, size: &str) -> String {
    let (durable, finished) = (whole(i.durable_a_second), whole(i.finished_a_second));
    let (lowest, highest) = (whole(i.spread.0), whole(i.spread.1));
    format!(
        "{size} | {} | {durable} | **{finished}** | {lowest}–{highest} | {:.1} | {:.1}",
        i.connections, i.p50_ms, i.p99_ms
    )
}

/// Without a fraction, thousands apart.
fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            out.push(',');
        }
        let _ = out.write_char(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_apart() {
        assert_eq!(["0", "999", "1,000", "12,345,678"], [0.4, 999.0, 1000.0, 12_345_678.0].map(super::whole));
    }
}
