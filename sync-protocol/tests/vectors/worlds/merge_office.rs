//! The policy `office` (section 8).

use super::{Told, tell};
use crate::story::{LEAVE, Who::*, at};

pub fn told() -> Told {
    vec![
        tell("without the authority", "", |s| {
            s.write(Member, LEAVE, r#"{"approval":"approved"}"#, &[], &at(1));
        }),
        tell("town and office", "The office's shows; the other is beside it.", |s| {
            s.write(Member, LEAVE, r#"{"reason":"a"}"#, &[], &at(0));
            s.write(Town, LEAVE, r#"{"approval":"approved"}"#, &[], &at(2));
            s.write(Office, LEAVE, r#"{"approval":"rejected"}"#, &[], &at(1));
        }),
        tell("the town over the office, having seen it", "", |s| {
            let a = s.write(Office, LEAVE, r#"{"approval":"rejected"}"#, &[], &at(1));
            s.write(Town, LEAVE, r#"{"approval":"approved"}"#, &[a], &at(2));
        }),
        tell("the whole operation waits", "Also its fields of other policies.", |s| {
            s.write(Member, LEAVE, r#"{"reason":"a","approval":"approved"}"#, &[], &at(1));
        }),
    ]
}
