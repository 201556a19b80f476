//! What the office does: decisions, settlements, approvals, all as operations.
