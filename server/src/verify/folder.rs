//! Files that someone was given: a folder of evidence, a folder of the shipped log, a courier file. No settings, no database, no network.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use sync_protocol::{
    courier::{self, Label},
    ids::sha256,
    sign::PublicKey,
    world::Placed,
};

use super::{
    carried::{self, Carried, Chains},
    finding::{Code, Finding, Report, told_apart},
};
use crate::{
    evidence::{
        manifest::{self, FORM, FileHash, MANIFEST, Manifest, Signature},
        take::lines,
    },
    media::lookup::PhotoReceipt,
    ship::segment,
};

/// Whom the one who checks trusts.
#[derive(Debug, Clone, Default)]
pub struct Anchor {
    /// A file of server keys, as `GET /v1/keys` shows them.
    pub keys: Option<PathBuf>,
    /// Ids of server keys.
    pub kids: Vec<String>,
}

impl Anchor {
    /// The keys that count, of those that came with the files.
    fn trusted(&self, brought: Vec<PublicKey>, report: &mut Report<'_>) -> anyhow::Result<Vec<PublicKey>> {
        if let Some(file) = &self.keys {
            let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
            let keys = manifest::keys(&bytes).with_context(|| format!("{} is no list of keys", file.display()))?;
            ensure!(!keys.is_empty(), "{} has no key", file.display());
            return Ok(keys);
        }
        if !self.kids.is_empty() {
            let keys: Vec<PublicKey> = brought.into_iter().filter(|key| self.kids.contains(&key.kid())).collect();
            ensure!(
                !keys.is_empty(),
                "none of the keys that came with these files has that id: they are not of that server"
            );
            return Ok(keys);
        }
        let kids: Vec<String> = brought.iter().map(PublicKey::kid).collect();
        report.note(match kids.is_empty() {
            true => "no key of the server is known (--keys), so that certificates were not checked: whose phones these are is not proved".to_owned(),
            false => format!(
                "the server's keys were taken from these files themselves ({}): they agree with themselves; that they are of the server that they \
                 name is proved only with --kid or --keys from elsewhere",
                kids.join(", ")
            ),
        });
        Ok(brought)
    }
}

/// Checks what lies there.
pub fn check(path: &Path, anchor: &Anchor, report: &mut Report<'_>) -> anyhow::Result<()> {
    if path.is_dir() && path.join(MANIFEST).is_file() {
        return evidence(path, anchor, report);
    }
    let mut shown = Vec::new();
    if path.is_dir() {
        let segments = Segments::of(path)?;
        segments.each(|_, file| {
            let pushes = segment::decode(&file).map(|(_, pushes)| pushes).unwrap_or_default();
            carried::shown_by(pushes.iter().filter_map(|push| push.cert.as_ref()), &mut shown);
        })?;
        let mut chains = Chains::new(anchor.trusted(shown, report)?);
        log(&segments, &mut chains, report)?;
        chains.count(report);
    } else {
        let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let pushes = framed(&name, BufReader::new(file), report);
        carried::shown_by(pushes.iter().filter_map(|push| push.cert.as_ref()), &mut shown);
        follow(&pushes, anchor.trusted(shown, report)?, report);
    }
    Ok(())
}

fn follow(pushes: &[Carried], servers: Vec<PublicKey>, report: &mut Report<'_>) {
    let mut chains = Chains::new(servers);
    pushes.iter().for_each(|push| chains.take(push, report));
    chains.count(report);
}

/// The pushes of a courier file. A photo among them has the hash that its label says; answers are no evidence, and passed over.
fn framed(name: &str, file: impl BufRead, report: &mut Report<'_>) -> Vec<Carried> {
    let (mut pushes, mut photos) = (Vec::new(), 0);
    for (n, one) in (1..).zip(courier::read(file)) {
        match one {
            Ok((Label { status: Some(_), .. }, _)) => {}
            Ok((Label { photo: Some(named), .. }, bytes)) => {
                photos += 1;
                let hash = hex::encode(sha256(&[&bytes]));
                if hash != named {
                    let expected = format!("part {n}: a photo with the hash {named}");
                    report.find(Finding::new(
                        Code::BlobAltered,
                        file_named(name),
                        expected,
                        format!("the hash {hash}"),
                    ));
                }
            }
            Ok((label, body)) => {
                let before = carried::head(label.before.as_deref());
                pushes.push(Carried { place: (name.to_owned(), n), before, cert: label.cert, body });
            }
            Err(bad) => report.find(Finding::new(Code::LogDamaged, file_named(name), "framed pushes", bad.to_string())),
        }
    }
    if photos > 0 {
        report.count("photos", photos);
    }
    pushes
}

/// The files of a log. They are read one at a time: a log may be larger than memory.
struct Segments {
    folder: PathBuf,
    /// Name, strand, number: in their order.
    files: Vec<(String, String, i64)>,
}

impl Segments {
    fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            files.extend(segment::parse(&name).map(|(strand, number)| (name, strand, number)));
        }
        files.sort_unstable();
        ensure!(!files.is_empty(), "{} is no folder of evidence, and has no segment of a log", folder.display());
        Ok(Self { folder: folder.to_owned(), files })
    }

    fn each(&self, mut take: impl FnMut(&(String, String, i64), Vec<u8>)) -> anyhow::Result<()> {
        for file in &self.files {
            take(file, fs::read(self.folder.join(&file.0)).with_context(|| format!("reading {}", file.0))?);
        }
        Ok(())
    }
}

/// The segments of a log, each of which names the one before.
fn log(segments: &Segments, chains: &mut Chains, report: &mut Report<'_>) -> anyhow::Result<()> {
    let mut newest = BTreeMap::<String, (i64, String)>::new();
    segments.each(|(name, strand, number), file| {
        let before = newest.insert(strand.clone(), (*number, hex::encode(sha256(&[&file]))));
        for missing in before.as_ref().map_or(*number, |(last, _)| last + 1)..*number {
            let missing = segment::name(strand, missing);
            report.find(Finding::new(Code::FileMissing, file_named(&missing), "a segment: others follow it", "none"));
        }
        let (head, pushes) = match segment::decode(&file) {
            Ok(read) => read,
            Err(why) => {
                let expected = "a segment of the log";
                return report.find(Finding::new(Code::LogDamaged, file_named(name), expected, why.to_string()));
            }
        };
        let follows = before.is_none_or(|(last, hash)| last + 1 != *number || hash == head.prev);
        if !follows || (&head.strand, head.segment) != (strand, *number) {
            let expected = "the segment that follows the one before";
            report.find(Finding::new(Code::LogDamaged, file_named(name), expected, "another one under that name"));
        }
        for (n, one) in (1..).zip(pushes) {
            chains.take(&Carried { place: (name.clone(), n), before: None, cert: one.cert, body: one.body }, report);
        }
    })?;
    report.count("segments", segments.files.len() as u64);
    Ok(())
}

fn evidence(folder: &Path, anchor: &Anchor, report: &mut Report<'_>) -> anyhow::Result<()> {
    let text = fs::read(folder.join(MANIFEST))?;
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&text) else {
        report.find(Finding::new(Code::FileAltered, file_named(MANIFEST), "a manifest", "something else"));
        return Ok(());
    };
    ensure!(manifest.evidence == FORM, "the folder has form {}; this build reads form {FORM}", manifest.evidence);
    files(folder, &manifest, report)?;
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_default();
    let brought = manifest::keys(&read(manifest::KEYS)).unwrap_or_default();
    let trusted = anchor.trusted(brought, report)?;
    let signature: Option<Signature> = serde_json::from_slice(&read(manifest::SIGNATURE)).ok();
    if !signature.is_some_and(|signature| signature.is_valid(&text, &trusted)) {
        let found = "one that was changed, or signed by another";
        report.find(Finding::new(Code::ManifestUnsigned, file_named(MANIFEST), "one that a trusted key signed", found));
    }
    let pushes = framed(manifest::PUSHES, &*read(manifest::PUSHES), report);
    let lines = lines(&read(manifest::PUSHES));
    follow(&pushes, trusted.clone(), report);
    records(&read(manifest::RECORDS), &manifest, &lines, &trusted, report);
    photos(&read(manifest::RECEIPTS), &manifest, &trusted, report);
    Ok(())
}

/// Each file is the one that was written, and there are no others.
fn files(folder: &Path, manifest: &Manifest, report: &mut Report<'_>) -> anyhow::Result<()> {
    for (name, expected) in &manifest.files {
        let told = |hash: &FileHash| format!("{} bytes with the hash {}", hash.bytes, hash.sha256);
        match fs::read(folder.join(name)) {
            Ok(bytes) if FileHash::of(&bytes) == *expected => {}
            Ok(bytes) => {
                let found = told(&FileHash::of(&bytes));
                report.find(Finding::new(Code::FileAltered, file_named(name), told(expected), found));
            }
            Err(_) => report.find(Finding::new(Code::FileMissing, file_named(name), told(expected), "none")),
        }
    }
    for (inside, prefix) in [(folder.to_owned(), ""), (folder.join("photos"), "photos/")] {
        for entry in fs::read_dir(inside).into_iter().flatten() {
            let name = format!("{prefix}{}", entry?.file_name().to_string_lossy());
            let ours = manifest.files.contains_key(&name)
                || [MANIFEST, manifest::SIGNATURE, "photos"].contains(&name.as_str());
            if !ours {
                report.find(Finding::new(Code::FileStray, file_named(&name), "no such file", "one"));
            }
        }
    }
    report.count("files", manifest.files.len() as u64);
    Ok(())
}

/// The records are shown as the lines have them, and as many as are not named as unproved.
fn records(shown: &[u8], manifest: &Manifest, lines: &[Placed], trusted: &[PublicKey], report: &mut Report<'_>) {
    let folded = manifest::folded(lines, trusted);
    let mut proved = 0;
    for body in String::from_utf8_lossy(shown).lines() {
        let fed = sync_protocol::record::Fed::read(body).ok();
        let name = fed.map_or_else(String::new, |fed| manifest::name(&fed.s, &fed.k, &fed.id));
        if manifest.unproved.contains_key(&name) {
            continue;
        }
        let expected = folded.get(&name).map_or("no such record", String::as_str);
        if expected == body {
            proved += 1;
        } else {
            let (expected, found) = told_apart(expected, body);
            report.find(Finding::new(Code::RecordDiffers, ("record", vec![("name", name.into())]), expected, found));
        }
    }
    report.count("records", proved);
    for (name, why) in &manifest.unproved {
        report.note(format!("record {name} is shown, but the lines here do not show all of it: {why}"));
    }
}

/// The photos are the ones that they are named after, and the server says that it received them.
fn photos(receipts: &[u8], manifest: &Manifest, trusted: &[PublicKey], report: &mut Report<'_>) {
    let receipts: Vec<PhotoReceipt> = serde_json::from_slice(receipts).unwrap_or_default();
    let files: Vec<(&String, &FileHash)> =
        manifest.files.iter().filter(|(name, _)| name.starts_with("photos/")).collect();
    for (name, file) in &files {
        let named = name.trim_start_matches("photos/").split('.').next().unwrap_or_default();
        let mine = receipts.iter().find(|receipt| receipt.sha256 == named && receipt.is_valid(trusted));
        if named != file.sha256 || mine.is_none_or(|receipt| receipt.size.unsigned_abs() != file.bytes) {
            let expected = "a photo with the hash in its name, and a signed receipt of it";
            report.find(Finding::new(
                Code::BlobAltered,
                file_named(name),
                expected,
                format!("the hash {}", file.sha256),
            ));
        }
    }
    report.count("photos", files.len() as u64);
}

fn file_named(name: &str) -> (&'static str, Vec<(&'static str, serde_json::Value)>) {
    ("file", vec![("name", name.into())])
}
