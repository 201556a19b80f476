//! What a disk's faults mean to a client.

use std::io::{Error, ErrorKind};

use crate::{error::Problem, storage::trouble::Trouble};

/// A full disk is no fault of the request and will pass: 503, send again; what was received is kept. Anything else is a fault of the server.
pub(super) fn problem(error: Error) -> Problem {
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return Problem { cause: Some(error.into()), ..Trouble::Full.into() };
    }
    Problem::internal(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_full_disk_says_send_again_and_nothing_else_does() {
        let full = problem(ErrorKind::StorageFull.into());
        assert_eq!((full.code, full.retry_after_s), (ErrorCode::StorageFull, Some(60)));
        assert_eq!(problem(ErrorKind::PermissionDenied.into()).code, ErrorCode::Internal);
    }
}
