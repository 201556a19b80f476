//! What a disk's faults, or a store's, mean to a client.

use std::io::{Error, ErrorKind};

use crate::{
    error::{ErrorCode, Problem},
    storage::trouble::Trouble,
};

/// How long a client waits for a store that cannot now.
const STORE_RETRY_S: u64 = 30;

/// A full disk, or a store that cannot now, is no fault of the request and will pass: 503, send again; what was received is kept. Anything
/// else is a fault of the server.
pub fn problem(error: Error) -> Problem {
    if error.kind() == ErrorKind::ResourceBusy {
        tracing::error!(%error, "the store of photos cannot now");
        let detail = "The store of photos cannot be reached now; what was received is kept.";
        return Problem { retry_after_s: Some(STORE_RETRY_S), ..Problem::new(ErrorCode::StoreUnavailable, detail) };
    }
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return Problem { cause: Some(error.into()), ..Trouble::Full.into() };
    }
    Problem::internal(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_says_send_again_and_nothing_else_does() {
        let full = problem(ErrorKind::StorageFull.into());
        assert_eq!((full.code, full.retry_after_s), (ErrorCode::StorageFull, Some(60)));
        let away = problem(ErrorKind::ResourceBusy.into());
        assert_eq!((away.code, away.retry_after_s), (ErrorCode::StoreUnavailable, Some(STORE_RETRY_S)));
        assert_eq!(problem(ErrorKind::PermissionDenied.into()).code, ErrorCode::Internal);
    }
}
