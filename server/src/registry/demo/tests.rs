//! The demo's data is what the demo promises.
