//! Lines that another install carries (`PROTOCOL.md`, section 7): once the office has accepted one, it is the write that the old line was.

use crate::{
    broken, erase,
    ids::{Dot, InstallId},
    judge::{Decision, Facts, content, form},
    line::{self, Line, Op},
    standing::{Code, Standing},
    time::Corrected,
};

/// The kind of operations that carry a line.
pub const KIND: &str = "carried";
/// Its field that holds the line.
pub const LINE: &str = "line";

/// The old install, the seq there, and the line; none where the operation carries none or does not say whose it is.
pub fn read(op: &Op) -> Option<(InstallId, u64, Line)> {
    let (install, seq, text) = text(op)?;
    Some((install, seq, line::read(install, seq, text.as_bytes())))
}

fn text(op: &Op) -> Option<(InstallId, u64, String)> {
    let text = |field| serde_json::from_str::<String>(op.field(field)?.get()).ok();
    let install = Some(op).filter(|op| op.kind == KIND).and_then(|_| text("install"))?.parse().ok()?;
    Some((install, op.field("seq")?.get().parse().ok()?, text(LINE)?))
}

/// The operation that it carries, with the fields as its author wrote them.
pub(crate) fn as_written(op: &Op) -> Option<Op> {
    let (install, seq, text) = text(op)?;
    match line::as_written(install, seq, text.as_bytes()) {
        Line::Op(old) => Some(*old),
        _ => None,
    }
}

/// The name of the operation that it carries, or of the line that it is since it was accepted; none where it carries none.
pub fn name(op: &Op) -> Option<Dot> {
    op.carried.or_else(|| if op.erased { erase::left(op) } else { old(op) }.map(|old| old.dot))
}

fn old(op: &Op) -> Option<Op> {
    match read(op)? {
        (.., Line::Op(old)) => Some(*old),
        _ => None,
    }
}

/// The write that this operation is once it is accepted: under its own dot, in the place of the old line. None where it is no good
/// `carried` operation, or what it carries is no operation; then it is accepted as what it is.
pub fn write(op: &Op) -> Option<Op> {
    // What is left of an erased one is a line that was good.
    let old = if op.erased { erase::left(op)? } else { old(op).filter(|old| fault(old).is_none() && is_sound(op))? };
    let write = Op { dot: op.dot, carried: Some(old.dot), acting: None, erased: false, ..old };
    Some(if op.erased { erase::erased(&write) } else { write })
}

fn is_sound(op: &Op) -> bool {
    form(op).and_then(|(_, spec)| content(op, spec.expect("a known kind"), &Facts::default())).is_ok()
}

/// The write that this operation is now: none until the office accepts it, nor where a server wrote it.
pub fn accepted(op: &Op, facts: &Facts) -> Option<Op> {
    is_accepted(op.dot, facts).then(|| write(op))?
}

/// Whether the office accepted what that install carries.
pub fn is_accepted(dot: Dot, facts: &Facts) -> bool {
    facts.decisions.get(&dot) == Some(&Decision::Accept) && !facts.is_server(dot.install)
}

/// Refuses to carry what no phone may write, and what was carried already.
pub(crate) fn check(op: &Op) -> Result<(), Standing> {
    old(op).and_then(|old| fault(&old)).map_or(Ok(()), Err)
}

fn fault(old: &Op) -> Option<Standing> {
    let spec = mobile_schema::kind(&old.kind)?;
    let why = if spec.server_only() { Code::ServerOnly.name() } else { KIND };
    (spec.server_only() || spec.name == KIND).then(|| Standing::with(Code::Schema, format!("line: {why}")))
}

impl Op {
    /// Where it stands among what its author wrote and saw: its dot, or the one that the line had which it carries.
    pub fn place(&self) -> Dot {
        self.carried.filter(|_| !broken::is("carried out of place")).unwrap_or(self.dot)
    }

    /// When it was written, as far as it says itself; none where the other lines of its install are to be asked.
    pub fn own_time(&self) -> Option<Corrected> {
        let unknown = self.carried.map(|_| Corrected::UNKNOWN);
        self.time.own_anchor().map(Corrected::At).or(unknown)
    }
}
