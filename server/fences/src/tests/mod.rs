//! Shapes against geo's geodesics, vectors against the plain way, good and hostile files, what is found of drawings.

mod examine;
mod files;
mod prepared;
mod references;
mod shapes;
mod union;
