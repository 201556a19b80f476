//! New ids of records, from a clock and random bytes that are given. Pure.

use sync_protocol::InstallId;

/// A UUIDv7 (RFC 9562) of this moment.
pub fn uuid_v7(now_ms: u64, mut random: [u8; 10]) -> String {
    random[0] = random[0] & 0x0f | 0x70;
    random[2] = random[2] & 0x3f | 0x80;
    let time = hex::encode(&now_ms.to_be_bytes()[2..]);
    let rest = hex::encode(random);
    format!("{}-{}-{}-{}-{}", &time[..8], &time[8..], &rest[..4], &rest[4..8], &rest[8..])
}

/// The id of evidence: the creating install and its own count, in base 36.
pub fn own_id(install: InstallId, mut count: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(count % 36) as usize]);
        count /= 36;
        if count == 0 {
            break;
        }
    }
    let count: String = digits.iter().rev().map(|d| char::from(*d)).collect();
    format!("{install}.{count}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let id = uuid_v7(1_645_557_742_000, [0xff; 10]);
        assert_eq!(id, "017f22e2-79b0-7fff-bfff-ffffffffffff");
        let install = InstallId([0x11; 16]);
        assert_eq!(own_id(install, 0), format!("{install}.0"));
        assert_eq!(own_id(install, 36 * 36 + 35), format!("{install}.10z"));
        assert_eq!(sync_protocol::judge::creator(&own_id(install, 1)), Some(install));
    }
}
