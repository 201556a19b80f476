//! Whether what is kept of an install is what it signed: the check that anyone with the public keys can make later (P11). Pure, over
//! plain values, so that a database, the shipped log and a folder of evidence are checked by the same rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    chain,
    ids::{Hash, InstallId, short},
    push::{self, Header},
    sign::PublicKey,
};

/// A push as somebody keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Seq of its first line, as kept beside it.
    pub first: u64,
    /// The header line, exact.
    pub header: &'a [u8],
    /// The hashes of its lines, in order.
    pub hashes: &'a [Hash],
    /// Head before its first line.
    pub before: Hash,
    /// Head after its last line.
    pub after: Hash,
    /// The signature.
    pub sig: &'a str,
}

/// What of a push does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Its header and its last head are not what was signed together: one of them, or the signature, was changed.
    Seal,
    /// The hashes of its lines do not add up to the head that was signed.
    Hashes,
    /// The head before it is another than the one it was signed upon.
    Before,
    /// The head after it is another than the one that was signed.
    After,
    /// Its first seq is another than the signed header says.
    First,
}

/// What a look at one push showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// What does not hold.
    pub fault: Option<Fault>,
    /// Lines before it of which no push is kept: (from, to).
    pub gap: Option<(u64, u64)>,
}

/// The chain of one install, followed push by push.
pub struct Custody {
    key: PublicKey,
    /// Where the signed chains of this install have been.
    heads: BTreeSet<(u64, Hash)>,
    /// Contents that they name, by seq.
    named: BTreeMap<u64, Vec<Hash>>,
    /// Seqs of which it cannot be told what the chain names.
    unsure: Vec<(u64, u64)>,
}

impl Custody {
    /// Of an install whose certificate names that key. It is followed from its first line.
    pub fn new(install: InstallId, key: PublicKey) -> Self {
        let heads = [(0, chain::genesis(install))].into();
        Self { key, heads, named: BTreeMap::new(), unsure: Vec::new() }
    }

    /// Looks at a push. They come in the order of the seqs in their headers ([`first_of`]).
    pub fn look(&mut self, push: Kept<'_>) -> Looked {
        let first = first_of(push.header).unwrap_or(push.first);
        let (before, fault) = self.check(push, first);
        let last = first + push.hashes.len() as u64 - 1;
        let gap = (!self.heads.contains(&(first - 1, before))).then(|| {
            let reached = self.heads.range(..(first, Hash::default())).next_back().map_or(0, |(seq, _)| *seq);
            ((reached + 1).min(first - 1), first - 1)
        });
        // What is signed says where the chain goes on, whatever was done to what leads there.
        self.unsure.extend(gap);
        self.heads.insert((first - 1, before));
        self.heads.insert((last, push.after));
        if fault == Some(Fault::Hashes) {
            self.unsure.push((first, last));
        } else {
            let mut head = before;
            for (seq, hash) in (first..).zip(push.hashes) {
                head = chain::next(&head, hash);
                self.heads.insert((seq, head));
                let here = self.named.entry(seq).or_default();
                if !here.contains(hash) {
                    here.push(*hash);
                }
            }
        }
        Looked { fault, gap }
    }

    /// The head that the push follows, and what of it does not hold.
    fn check(&self, push: Kept<'_>, first: u64) -> (Hash, Option<Fault>) {
        let signed = |head: &Hash| push::verify(push.header, head, push.sig, &self.key);
        let upon = |before: Hash| push.hashes.iter().fold(before, |head, hash| chain::next(&head, hash));
        let computed = upon(push.before);
        if computed == push.after {
            return (
                push.before,
                if !signed(&computed) { Some(Fault::Seal) } else { (first != push.first).then_some(Fault::First) },
            );
        }
        if signed(&computed) {
            return (push.before, Some(Fault::After));
        }
        if !signed(&push.after) {
            return (push.before, Some(Fault::Seal));
        }
        let known = self.heads.range((first - 1, Hash::default())..(first, Hash::default())).map(|(_, head)| *head);
        match known.clone().find(|head| upon(*head) == push.after) {
            Some(before) => (before, Some(Fault::Before)),
            None => (push.before, Some(Fault::Hashes)),
        }
    }

    /// Notes that no push is kept of these lines.
    pub fn lacks(&mut self, from: u64, to: u64) {
        self.unsure.push((from, to));
    }

    /// Whether a signed chain passes through that head.
    pub fn reaches(&self, seq: u64, head: &Hash) -> bool {
        self.heads.contains(&(seq, *head))
    }

    /// The highest seq that a push reaches.
    pub fn end(&self) -> u64 {
        self.heads.last().map_or(0, |(seq, _)| *seq)
    }

    /// The contents that signed chains name at that seq. None where that cannot be told: a push is missing or damaged there.
    pub fn named(&self, seq: u64) -> Option<&[Hash]> {
        let unsure = self.unsure.iter().any(|(from, to)| (from..=to).contains(&&seq));
        (!unsure).then(|| self.named.get(&seq).map_or(&[][..], Vec::as_slice))
    }

    /// The seqs that signed chains name, in order.
    pub fn seqs(&self) -> impl Iterator<Item = u64> {
        self.named.keys().copied()
    }

    /// The lowest seq with two contents.
    pub fn fork_seq(&self) -> Option<u64> {
        self.named.iter().find(|(_, here)| here.len() > 1).map(|(seq, _)| *seq)
    }

    /// The heads known after that seq whose first 8 bytes are these, as hex: a push names no more of the one it follows.
    pub fn head_named(&self, seq: u64, begins: &str) -> Option<Hash> {
        let at = self.heads.range((seq, Hash::default())..(seq + 1, Hash::default()));
        at.map(|(_, head)| *head).find(|head| hex::encode(short(head)) == begins)
    }
}

/// The seq of a push's first line, as its header says; none where that cannot be read.
pub fn first_of(header: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Header>(header).ok().map(|header| header.first).filter(|first| *first > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::sha256, sign::PrivateKey};

    struct Owned {
        first: u64,
        header: Vec<u8>,
        hashes: Vec<Hash>,
        before: Hash,
        after: Hash,
        sig: String,
    }

    impl Owned {
        fn kept(&self) -> Kept<'_> {
            let Self { first, header, hashes, before, after, sig } = self;
            Kept { first: *first, header, hashes, before: *before, after: *after, sig }
        }
    }

    const INSTALL: InstallId = InstallId([7; 16]);

    fn key() -> PrivateKey {
        PrivateKey::from_bytes(&[9; 32]).unwrap()
    }

    /// Three pushes of two lines each.
    fn pushes() -> Vec<Owned> {
        let mut before = chain::genesis(INSTALL);
        let one = |n: u64| {
            let lines = [format!("{n} a"), format!("{n} b")];
            let header = push::header(INSTALL, 2 * n + 1, &before, None, None);
            let made = push::make(&header, &before, &lines, &key());
            let hashes = lines.iter().map(|line| sha256(&[line.as_bytes()])).collect();
            let was = std::mem::replace(&mut before, made.head);
            Owned { first: 2 * n + 1, header: made.header, hashes, before: was, after: made.head, sig: made.sig }
        };
        (0..3).map(one).collect()
    }

    fn look(pushes: &[Owned]) -> (Vec<Looked>, Custody) {
        let mut custody = Custody::new(INSTALL, key().public());
        (pushes.iter().map(|push| custody.look(push.kept())).collect(), custody)
    }

    fn only_the_second(looked: &[Looked], fault: Fault) {
        let faults: Vec<Option<Fault>> = looked.iter().map(|l| l.fault).collect();
        assert_eq!(faults, [None, Some(fault), None]);
        assert!(looked.iter().all(|l| l.gap.is_none()), "{looked:?}");
    }

    #[test]
    fn each_change_to_a_push_is_named_for_what_it_is_and_nothing_else_is() {
        let (looked, custody) = look(&pushes());
        assert!(looked.iter().all(|l| *l == Looked::default()));
        assert_eq!((custody.end(), custody.fork_seq()), (6, None));

        let changed = |change: fn(&mut Owned)| {
            let mut all = pushes();
            change(&mut all[1]);
            look(&all).0
        };
        only_the_second(
            &changed(|p| p.sig.replace_range(..1, if p.sig.starts_with('A') { "B" } else { "A" })),
            Fault::Seal,
        );
        only_the_second(&changed(|p| p.header.insert(1, b' ')), Fault::Seal);
        only_the_second(&changed(|p| p.hashes[0][0] ^= 1), Fault::Hashes);
        only_the_second(&changed(|p| p.hashes.swap(0, 1)), Fault::Hashes);
        only_the_second(&changed(|p| p.before[9] ^= 1), Fault::Before);
        only_the_second(&changed(|p| p.first = 4), Fault::First);
        let mut all = pushes();
        all[1].after[9] ^= 1;
        only_the_second(&look(&all).0, Fault::After);
    }

    #[test]
    fn a_push_that_is_not_there_leaves_a_gap_and_nobody_guesses_what_stood_in_it() {
        let mut all = pushes();
        all.remove(1);
        let (looked, custody) = look(&all);
        assert_eq!(looked[1], Looked { fault: None, gap: Some((3, 4)) });
        assert_eq!(
            (custody.named(2).map(<[Hash]>::len), custody.named(3), custody.named(5).map(<[Hash]>::len)),
            (Some(1), None, Some(1))
        );
        all.remove(1);
        let (_, custody) = look(&all);
        assert!(!custody.reaches(6, &pushes()[2].after));
    }

    #[test]
    fn of_a_fork_both_branches_hold() {
        let mut all = pushes();
        let other = push::header(INSTALL, 3, &all[1].before, None, None);
        let made = push::make(&other, &all[1].before, &["x"], &key());
        let fork = Owned {
            first: 3,
            header: made.header,
            hashes: vec![sha256(&[b"x"])],
            before: all[1].before,
            after: made.head,
            sig: made.sig,
        };
        all.insert(2, fork);
        let (looked, custody) = look(&all);
        assert!(looked.iter().all(|l| *l == Looked::default()));
        assert_eq!((custody.fork_seq(), custody.named(3).map(<[Hash]>::len)), (Some(3), Some(2)));
    }
}
