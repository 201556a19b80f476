//! Every route, on one page.
