//! Opens pictures, each when its path comes as a line of stdin, and answers with a line: what came of it, the milliseconds that took, and by how
//! many bytes this process grew for it at most. Tests tell its memory from that of others, and `bench/` its time.

use std::{
    fs, io,
    io::{Error, ErrorKind, Write as _},
    time::Instant,
};

fn main() -> io::Result<()> {
    for path in io::stdin().lines() {
        let file = fs::read(path?)?;
        let (before, began) = (memory("VmRSS:")?, Instant::now());
        let opened = zhucun_pictures::open(&file);
        let took_ms = began.elapsed().as_secs_f64() * 1000.0;
        let came = match &opened.picture {
            Ok(picture) => format!("{}x{}", picture.width, picture.height),
            Err(reason) => reason.code().to_owned(),
        };
        println!("{came} {took_ms:.2} {}", memory("VmHWM:")?.saturating_sub(before));
        io::stdout().flush()?;
    }
    Ok(())
}

/// Resident memory of this process in bytes, as Linux tells it under that name.
fn memory(name: &str) -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok());
    line.map(|kib: u64| kib * 1024).ok_or_else(|| Error::new(ErrorKind::NotFound, name.to_owned()))
}
