//! People, installs, tokens, and what a principal may do.
