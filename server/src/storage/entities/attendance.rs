//! Reserved; written by its feature.
