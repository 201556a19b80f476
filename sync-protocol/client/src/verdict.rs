//! What the answer to a push means for the outbox (`PROTOCOL.md`, section 12). Pure.

use sync_protocol::ids::short;

use crate::{
    engine::PreparedPush,
    error::Error,
    store::Result,
    transport::{Problem, TransportError},
};

/// What to do after a push that was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterPush {
    /// The server lacks what is behind this seq: send on from there, at once.
    Rewind(u64),
    /// The server knows another branch: find the highest head in common and send on from there, at once.
    Branch(Vec<(u64, String)>),
    /// Send less. At once if the size was what was wrong, else after a wait.
    Halve {
        /// Whether to wait first.
        wait: bool,
    },
    /// The server does not know this install: show the certificate, at once.
    ShowCertificate,
    /// The server does not unpack it against earlier lines: send the same without, at once.
    SendPlain,
    /// The key no longer verifies: this phone must enrol anew.
    EnrolAnew,
    /// Send the same again later.
    Wait,
}

/// What the failure of a push means.
pub fn after_failed_push(error: &Error, push: &PreparedPush) -> AfterPush {
    match error {
        // Many a network lets small requests through and cuts long ones.
        Error::Transport(TransportError::Cut(_) | TransportError::Timeout) => AfterPush::Halve { wait: true },
        Error::Problem(problem) => after_problem(problem, push),
        _ => AfterPush::Wait,
    }
}

fn after_problem(problem: &Problem, push: &PreparedPush) -> AfterPush {
    let (first, lines, cert) = (push.from, push.lines(), push.cert);
    match problem.code.as_str() {
        // It was put back to an earlier state, erased such a line, or is of a version that does not know such packing.
        _ if push.earlier.is_some() && (problem.code == "unknown_lines" || problem.status == 415) => {
            AfterPush::SendPlain
        }
        // Each of these goes strictly back, so that an answer that makes no sense cannot turn in circles.
        "gap" => match problem.have {
            Some(have) if have + 1 < first => AfterPush::Rewind(have),
            _ => AfterPush::Wait,
        },
        "unknown_branch" if first > 1 => {
            AfterPush::Branch(problem.heads.iter().filter(|(seq, _)| seq + 1 < first).cloned().collect())
        }
        "unknown_install" if !cert => AfterPush::ShowCertificate,
        "bad_signature" => AfterPush::EnrolAnew,
        // Cut on the way, or too slow for someone between here and there.
        "push_cut" | "timeout" | "http_408" | "http_504" => AfterPush::Halve { wait: true },
        // Something between phone and server may bound bodies too, without our code.
        _ if problem.status == 413 => AfterPush::Halve { wait: lines <= 1 },
        _ => AfterPush::Wait,
    }
}

/// The highest seq whose head the server knows too; 0 if none is common. `own_head` gives this phone's head at a seq.
pub fn highest_common(
    heads: &[(u64, String)],
    mut own_head: impl FnMut(u64) -> Result<Option<sync_protocol::Hash>>,
) -> Result<u64> {
    let mut common = 0;
    for (seq, head) in heads.iter().filter(|(seq, _)| *seq > 0) {
        if *seq > common && own_head(*seq)?.is_some_and(|own| hex::encode(short(&own)) == *head) {
            common = *seq;
        }
    }
    Ok(common)
}

#[cfg(test)]
mod tests {
    use sync_protocol::earlier::Earlier;

    use super::*;

    fn problem(status: u16, code: &str) -> Problem {
        Problem { status, code: code.into(), ..Problem::default() }
    }

    fn push(lines: u64, cert: bool) -> PreparedPush {
        PreparedPush { from: 10, to: 9 + lines, cert, body: Vec::new(), earlier: None }
    }

    fn after(problem: Problem, lines: u64, cert: bool) -> AfterPush {
        after_failed_push(&problem.into(), &push(lines, cert))
    }

    #[test]
    fn each_answer_has_its_way_on() {
        let gap = |have| after(Problem { have: Some(have), ..problem(409, "gap") }, 5, false);
        assert_eq!(gap(3), AfterPush::Rewind(3));
        assert_eq!(gap(0), AfterPush::Rewind(0));
        assert_eq!(gap(9), AfterPush::Wait, "it has what came before, so there is no gap");
        let heads = vec![(12, "a".to_owned()), (9, "b".to_owned()), (4, "c".to_owned())];
        let branch = after(Problem { heads: heads.clone(), ..problem(409, "unknown_branch") }, 5, false);
        assert_eq!(branch, AfterPush::Branch(heads[2..].to_vec()));
        assert_eq!(after(problem(413, "body_too_large"), 5, false), AfterPush::Halve { wait: false });
        assert_eq!(after(problem(413, "http_413"), 1, false), AfterPush::Halve { wait: true });
        assert_eq!(after(problem(503, "push_cut"), 5, false), AfterPush::Halve { wait: true });
        assert_eq!(after(problem(403, "unknown_install"), 5, false), AfterPush::ShowCertificate);
        assert_eq!(after(problem(403, "unknown_install"), 5, true), AfterPush::Wait);
        assert_eq!(after(problem(403, "bad_signature"), 5, true), AfterPush::EnrolAnew);
        assert_eq!(after(problem(500, "internal"), 5, true), AfterPush::Wait);
        let cut = Error::from(TransportError::Cut(String::new()));
        assert_eq!(after_failed_push(&cut, &push(5, true)), AfterPush::Halve { wait: true });
    }

    #[test]
    fn what_is_not_unpacked_against_earlier_lines_goes_without() {
        let install = sync_protocol::InstallId([1; 16]);
        let packed =
            PreparedPush { earlier: Some((Earlier { install, from: 1, to: 9 }, Vec::new())), ..push(5, false) };
        for (status, code) in [(409, "unknown_lines"), (415, "unsupported_media"), (415, "http_415")] {
            assert_eq!(after_failed_push(&problem(status, code).into(), &packed), AfterPush::SendPlain);
            assert_eq!(after(problem(status, code), 5, false), AfterPush::Wait, "it was sent without");
        }
    }

    #[test]
    fn the_highest_head_in_common_is_found() {
        let head = |seq: u64| [seq as u8; 32];
        let own = |seq: u64| Ok((seq <= 7).then(|| head(seq)));
        let known = |seq: u64| (seq, hex::encode(short(&head(seq))));
        assert_eq!(highest_common(&[(7, "0000000000000000".into()), known(5), known(3)], own).unwrap(), 5);
        assert_eq!(highest_common(&[known(9), (2, "ff".into())], own).unwrap(), 0);
    }
}
