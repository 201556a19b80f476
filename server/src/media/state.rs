//! The states of a photo. Pure.

use serde::Serialize;
use utoipa::ToSchema;

/// Where a photo stands. "On phone" is what its phone knows alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhotoState {
    /// A record promises it; nothing is here.
    Promised,
    /// The preview is complete, the original is not here.
    Preview,
    /// All bytes of the original are here, but not yet verified.
    Received,
    /// The original is verified and durable, and there is a signed receipt.
    Complete,
    /// Declared, with a reason, never to come.
    GivenUp,
}

/// What is here of one promised file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Here {
    /// Nothing, or a part.
    #[default]
    No,
    /// All its bytes, not yet verified.
    Received,
    /// Verified and durable.
    Complete,
}

/// The state of a photo from what is here of its two files. Bytes that came after all count for more than their having been given up.
pub fn of(original: Here, preview: Here, given_up: bool) -> PhotoState {
    match (original, preview) {
        (Here::Complete, _) => PhotoState::Complete,
        (Here::Received, _) => PhotoState::Received,
        (Here::No, _) if given_up => PhotoState::GivenUp,
        (Here::No, Here::Complete) => PhotoState::Preview,
        (Here::No, _) => PhotoState::Promised,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_is_not_complete() {
        assert_eq!(of(Here::No, Here::No, false), PhotoState::Promised);
        assert_eq!(of(Here::No, Here::Received, false), PhotoState::Promised);
        assert_eq!(of(Here::No, Here::Complete, false), PhotoState::Preview);
        assert_eq!(of(Here::Received, Here::Complete, false), PhotoState::Received);
        assert_eq!(of(Here::Complete, Here::No, false), PhotoState::Complete);
    }

    #[test]
    fn given_up_holds_until_the_bytes_come_after_all() {
        assert_eq!(of(Here::No, Here::Complete, true), PhotoState::GivenUp);
        assert_eq!(of(Here::Complete, Here::No, true), PhotoState::Complete);
    }
}
