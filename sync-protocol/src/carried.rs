//! Lines that another install carries (`PROTOCOL.md`, section 7): once the office has accepted one, it is the write that the old line was.

use crate::{
    broken,
    ids::{Dot, InstallId},
    judge::{Decision, Facts, content, form},
    line::{self, Line, Op},
    standing::{Code, Standing},
    time::Corrected,
};

/// The kind of operations that carry a line.
pub const KIND: &str = "carried";

/// The old install, the seq there, and the line; none where the operation carries none or does not say whose it is.
pub fn read(op: &Op) -> Option<(InstallId, u64, Line)> {
    let text = |field| serde_json::from_str::<String>(op.field(field)?.get()).ok();
    let install = text("install").filter(|_| op.kind == KIND)?.parse().ok()?;
    let seq = op.field("seq")?.get().parse().ok()?;
    Some((install, seq, line::read(install, seq, text("line")?.as_bytes())))
}

/// The write that this operation is once it is accepted: under its own dot, in the place of the old line. None where it is no good
/// `carried` operation, or what it carries is no operation; then it is accepted as what it is.
pub fn write(op: &Op) -> Option<Op> {
    let Some((.., Line::Op(old))) = read(op) else { return None };
    let sound = form(op).and_then(|(_, spec)| content(op, spec.expect("a known kind"), &Facts::default()));
    (sound.is_ok() && fault(&old).is_none()).then(|| Op { dot: op.dot, carried: Some(old.dot), acting: None, ..*old })
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
    match read(op) {
        Some((.., Line::Op(old))) => fault(&old).map_or(Ok(()), Err),
        _ => Ok(()),
    }
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
