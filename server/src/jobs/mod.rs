//! Work done after a commit.
