//! Reading the server's log for what must not be in it. Pure.

/// Lines that tell of a fault of the server's own: at level ERROR, a panic, a stack trace. A client's fault makes none of them.
pub(super) fn faults(log: &str) -> Vec<String> {
    log.lines().map(plain).filter(|line| is_fault(line)).collect()
}

fn is_fault(line: &str) -> bool {
    let level = line.split_whitespace().take(3).any(|word| word == "ERROR") || line.contains(r#""level":"ERROR""#);
    level || line.contains("panicked at") || line.contains("stack backtrace") || is_frame(line)
}

/// A frame of a stack trace, such as `  12: core::panicking::panic` or `             at src/main.rs:4:5`.
fn is_frame(line: &str) -> bool {
    let Some((number, function)) = line.trim_start().split_once(": ") else { return false };
    number.len() < 4 && number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty() && function.contains("::")
}

/// Without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, escape)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = escape.split_once('m').map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_from_talk() {
        let log = "2026-11-23T03:00:00Z  INFO zhucun: listening\n\
                   2026-11-23T03:00:01Z  WARN zhucun: a phone sent bad_request; ERROR is its word\n\
                   \u{1b}[2m2026-11-23T03:00:02Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m zhucun: request failed\n\
                   {\"timestamp\":\"x\",\"level\":\"ERROR\",\"message\":\"y\"}\n\
                   thread 'main' panicked at src/main.rs:1:1:\n  12: core::panicking::panic";
        let found = faults(log);
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found[0], "2026-11-23T03:00:02Z ERROR zhucun: request failed");
    }
}
