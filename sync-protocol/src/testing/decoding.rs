//! What must hold of any bytes whatever, a function a decoder: the fuzzer (`sync-protocol/fuzz/`) calls them with what it makes up, `tests/corpus.rs`
//! with what it found. Each panics where something does not hold.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::reader;
use crate::{
    chain, courier,
    ids::InstallId,
    line::{self, Line, LineDraft, Op},
    pull::{Cursor, Extent},
    push::{self, Push},
    sign::{Certificate, PrivateKey, PublicKey, Receipt},
    upload,
};

/// What holds of a decoder for any bytes.
pub type Property = fn(&[u8]);

/// All of them, by the name of the fuzzer's target.
pub const TARGETS: [(&str, Property); 8] = [
    ("push", push),
    ("seal", seal),
    ("line", line),
    ("cursor", cursor),
    ("certificate", certificate),
    ("receipt", receipt),
    ("metadata", metadata),
    ("courier", courier),
];

const INSTALL: InstallId = InstallId([1; 16]);

fn key() -> PrivateKey {
    PrivateKey::from_bytes(&[7; 32]).expect("a number below the curve's order")
}

/// A push that is framed is nothing but its header, its lines and its seal, byte by byte; and each of them is read from what it is written
/// as.
pub fn push(body: &[u8]) {
    let Ok(push) = Push::read(body) else { return };
    let mut framed = push.header_bytes.to_vec();
    for line in &push.lines {
        framed.push(b'\n');
        framed.extend_from_slice(line);
    }
    framed.push(b'\n');
    let rest = body.strip_prefix(&framed[..]).expect("a push is header and lines as they came, and the seal");
    let seal = rest.strip_suffix(b"\n").unwrap_or(rest);
    assert_eq!(serde_json::from_slice::<push::Seal>(seal).expect("the seal is the last line"), push.seal);
    assert_written_as_read(&push.header);
    assert_written_as_read(&push.seal);
    (1..).zip(&push.lines).for_each(|(seq, bytes)| drop(line::read(push.header.install, seq, bytes)));
}

/// A push of these lines is taken whole, and neither one that was cut nor one that was damaged is taken for a push of other lines.
pub fn seal(lines: &[u8]) {
    let lines: Vec<&[u8]> = lines.split(|b| *b == b'\n').collect();
    let genesis = chain::genesis(INSTALL);
    let made = push::make(&push::header(INSTALL, 1, &genesis, None, None), &genesis, &lines, &key());
    let public = key().public();
    let taken = |body: &[u8]| {
        let push = Push::read(body).ok()?;
        push.verify(&push.head_after(&genesis), &public).ok()?;
        Some((push.header_bytes.to_vec(), push.lines.iter().map(|line| line.to_vec()).collect::<Vec<_>>()))
    };
    let whole = taken(&made.body).expect("what was made is taken");
    assert_eq!(whole, (made.header.clone(), lines.iter().map(|line| line.to_vec()).collect()));
    for cut in 0..made.body.len() - 1 {
        assert_eq!(taken(&made.body[..cut]), None, "cut at {cut}");
    }
    // Where it is damaged, and how, hangs on the lines.
    let dice = made.head.chunks_exact(4).map(|four| u32::from_le_bytes(four.try_into().expect("four bytes")));
    for die in dice {
        let (at, bit) = ((die >> 3) as usize % made.body.len(), die & 7);
        let mut damaged = made.body.clone();
        damaged[at] ^= 1 << bit;
        assert!(taken(&damaged).is_none_or(|lines| lines == whole), "bit {bit} of byte {at} is another");
    }
}

/// A line is given up for the reason that the second reader gives; and an operation, written anew, is the same operation.
pub fn line(bytes: &[u8]) {
    let read = line::read(INSTALL, 1, bytes);
    let code = if let Line::Unreadable(why) = &read { Some(why.code()) } else { None };
    let is_json = std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<&RawValue>(text).is_ok());
    // Of what is no JSON the second reader does not tell how deep it is.
    if is_json || code.is_none() {
        assert_eq!(code, reader::unreadable(bytes));
    }
    if let Line::Op(op) = read {
        let Line::Op(again) = line::read(INSTALL, 1, &written(&op)) else { panic!("an operation, written, is none") };
        assert_eq!(unnamed(&op), unnamed(&again));
    }
}

fn written(op: &Op) -> Vec<u8> {
    let member = |(name, value): &(String, Box<RawValue>)| {
        format!("{}:{}", serde_json::to_string(name).expect("a text serialises"), value.get())
    };
    let fields = format!("{{{}}}", op.fields.iter().map(member).collect::<Vec<_>>().join(","));
    LineDraft::of(op, &RawValue::from_string(fields).expect("values as they were read")).bytes()
}

/// All that an operation says; its name is that of its bytes.
fn unnamed(op: &Op) -> String {
    let mut op = op.clone();
    op.dot.hash = [0; 8];
    format!("{op:?}")
}

/// A cursor is read from what it is written as; and whatever a client claims by one, the pull that it begins or goes on with stays within
/// what the client may read now, and ends.
pub fn cursor(bytes: &[u8]) {
    let plain = Cursor::decode(&B64.encode(bytes));
    let coded = std::str::from_utf8(bytes).ok().and_then(Cursor::decode);
    for cursor in plain.into_iter().chain(coded) {
        assert_eq!(Cursor::decode(&cursor.encode()).as_ref(), Some(&cursor));
        let named = cursor.at.keys().chain(cursor.pulling.iter().flat_map(|p| p.until.keys()));
        // Every other scope may be read, and one that the client has not heard of. Feeds have forgotten nothing, something, or all.
        let extents = (0..).map(|n| Extent { horizon: n % 3 * 2, newest: 5 });
        let mut readable: BTreeMap<String, Extent> = named.step_by(2).cloned().zip(extents).collect();
        readable.insert("440811/roster".to_owned(), Extent { horizon: 1, newest: 3 });
        for (epoch, again) in
            [(&*cursor.epoch, &[][..]), ("another", &[]), (&cursor.epoch, &["440811/roster".to_owned()])]
        {
            pull(Cursor::begin(Some(cursor.clone()), epoch, &readable, again), &readable);
        }
    }
}

fn pull(mut cursor: Cursor, readable: &BTreeMap<String, Extent>) {
    for stretch in cursor.stretches() {
        assert!(stretch.after < stretch.until && stretch.until <= readable[&stretch.scope].newest, "{stretch:?}");
        cursor.sent(&stretch.scope, stretch.until);
    }
    assert_eq!(cursor.stretches(), []);
    let (cursor, told) = cursor.finish();
    assert!(cursor.pulling.is_none() && told.left.iter().all(|scope| !cursor.at.contains_key(scope)));
}

/// A certificate is read from what it is written as; signed by a server, what it says holds, and nothing else under that signature does.
pub fn certificate(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Certificate>(bytes) else { return };
    assert_written_as_read(&read);
    let server = key();
    let known = [server.public()];
    let Some(of_phone) = PublicKey::parse(&read.key) else { return };
    assert_eq!(PublicKey::parse(&of_phone.text()), Some(of_phone));
    let issued = Certificate::issue(&server, read.install, &read.person, &of_phone, read.role, read.at);
    assert_eq!(issued.is_valid(&known), !read.person.contains('\n'), "a part with a line feed could pass for two");
    assert_written_as_read(&issued);
    let others = [
        Certificate { person: format!("{}x", read.person), ..issued.clone() },
        Certificate { at: read.at.wrapping_add(1), ..issued.clone() },
        Certificate { install: InstallId(read.install.0.map(|b| !b)), ..issued.clone() },
        Certificate { kid: of_phone.kid(), ..issued.clone() },
    ];
    assert!(of_phone == server.public() || others.iter().all(|other| !other.is_valid(&known)), "{issued:?}");
}

/// A receipt is read from what it is written as; signed by a server, what it says holds, and nothing else under that signature does.
pub fn receipt(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Receipt>(bytes) else { return };
    assert_written_as_read(&read);
    let server = key();
    let (known, head) = ([server.public()], crate::ids::sha256(&[read.head.as_bytes()]));
    let issued = Receipt::issue(&server, read.install, (read.from, read.to), &head, read.at, &read.epoch);
    assert_eq!(issued.is_valid(&known), !read.epoch.contains('\n'), "a part with a line feed could pass for two");
    assert_written_as_read(&issued);
    let others = [
        Receipt { from: read.from.wrapping_add(1), ..issued.clone() },
        Receipt { to: read.to.wrapping_add(1), ..issued.clone() },
        Receipt { head: hex::encode([0; 32]), ..issued.clone() },
        Receipt { epoch: format!("{}x", read.epoch), ..issued.clone() },
        Receipt { install: InstallId(read.install.0.map(|b| !b)), ..issued.clone() },
    ];
    assert!(others.iter().all(|other| !other.is_valid(&known)), "{issued:?}");
}

/// A hash that metadata promise is the one that they would be written for.
pub fn metadata(bytes: &[u8]) {
    let Some(promise) = std::str::from_utf8(bytes).ok().and_then(|text| upload::promise(text).ok()) else { return };
    assert_eq!(upload::promise(&upload::metadata(&hex::encode(promise.sha256))), Ok(promise.sha256.into()));
}

/// The parts of a file, written anew, are the same parts; of one that was cut come those before the cut, and then an error if any.
pub fn courier(file: &[u8]) {
    let parts = |file| courier::read(file).filter_map(Result::ok).collect::<Vec<_>>();
    let read = parts(file);
    assert!(courier::read(file).count() <= read.len() + 1, "behind what cannot be read nothing is");
    let mut again = Vec::new();
    read.iter().for_each(|(label, body)| courier::add(&mut again, label, body));
    assert_eq!(parts(&again), read);
    for cut in 0..file.len().min(512) {
        let before = parts(&file[..cut]);
        assert_eq!(before[..], read[..before.len()], "cut at {cut}");
    }
}

fn assert_written_as_read<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_vec(value).expect("plain values serialise");
    assert_eq!(&serde_json::from_slice::<T>(&text).expect("what was written can be read"), value);
}
