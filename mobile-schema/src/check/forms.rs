//! The forms of names written as text (`PROTOCOL.md`, section 2).

use crate::place::{Place, VillageCode};
use crate::spec::IdRule;

/// Whether it is a day of the Gregorian calendar written `YYYY-MM-DD`.
pub fn is_date(s: &str) -> bool {
    let b = s.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return false;
    }
    let number = |range: std::ops::Range<usize>| {
        b[range].iter().try_fold(0u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
    };
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether it is an id: 1 to 128 characters of `[A-Za-z0-9._:@-]`.
pub fn is_id(s: &str) -> bool {
    (1..=128).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:@-".contains(&b))
}

impl IdRule {
    /// Whether an id is made by this rule. Of one that is derived only the form can be told: what it was derived from is in the record,
    /// and that it was shows in nobody meeting it otherwise.
    pub fn takes(self, id: &str) -> bool {
        match self {
            IdRule::Free => true,
            IdRule::Own => id.split_once('.').is_some_and(|(install, rest)| is_hex(install, 32) && !rest.is_empty()),
            IdRule::Derived => is_uuid_v8(id),
            IdRule::Dot => is_dot(id),
        }
    }
}

fn is_uuid_v8(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            14 => b == b'8',
            19 => b"89ab".contains(&b),
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
        })
}

/// Whether it is a dot, `install:seq:hash`.
pub fn is_dot(s: &str) -> bool {
    let mut parts = s.split(':');
    let (install, seq, hash) = (parts.next(), parts.next(), parts.next());
    parts.next().is_none()
        && install.is_some_and(|i| is_hex(i, 32))
        && hash.is_some_and(|h| is_hex(h, 16))
        && seq.is_some_and(is_seq)
}

/// Whether it is a SHA-256 in 64 lower-case hex digits.
pub fn is_sha256(s: &str) -> bool {
    is_hex(s, 64)
}

/// Whether it is a key of a template, an item or an option: `[a-z0-9_-]{1,40}`.
pub fn is_key(s: &str) -> bool {
    (1..=40).contains(&s.len()) && s.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

pub(super) fn is_person(s: &str) -> bool {
    s.contains(".p.") && is_place(s)
}

pub(super) fn is_place(s: &str) -> bool {
    Place::parse(s).is_some()
}

pub(super) fn is_village(s: &str) -> bool {
    VillageCode::parse(s).is_some()
}

fn is_hex(s: &str, len: usize) -> bool {
    s.len() == len && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A whole number from 1 to 2^53, written in one way only, so that equal dots are equal texts.
fn is_seq(s: &str) -> bool {
    !s.starts_with(['0', '+']) && s.parse::<u64>().is_ok_and(|n| (1..=1 << 53).contains(&n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        for good in ["2018-04-30", "2024-02-29", "2000-02-29", "1999-12-31", "2026-01-01"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-00-10",
            "2024-13-01",
            "2024-1-01",
            "24-01-01",
            "2024-01-00",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
        for bad in ["", "2024/01/01", "2024-01-01T", "２０２４-01-01", "2024-01-+1", "年24-01-01"] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn a_dot_is_written_in_one_way() {
        let (install, hash) = ("9f86d081884c7d659a2feaa0c55ad015", "2c26b46b68ffc68f");
        assert!(is_dot(&format!("{install}:17:{hash}")));
        for seq in ["0", "017", "+17", "-1", "", "1.0", "9007199254740993"] {
            assert!(!is_dot(&format!("{install}:{seq}:{hash}")), "{seq}");
        }
        assert!(!is_dot(&format!("{install}:17:{hash}:1")));
        assert!(!is_dot(&format!("{}:17:{hash}", install.to_uppercase())));
        assert!(!is_dot(&format!("{install}:17:{install}")));
    }

    #[test]
    fn an_id_is_made_by_the_rule_of_its_kind() {
        let install = "9f86d081884c7d659a2feaa0c55ad015";
        let takes = |rule: IdRule, id: &str| rule.takes(id);
        assert!(takes(IdRule::Free, "anything"));
        assert!(takes(IdRule::Own, &format!("{install}.1.a")));
        for bad in
            [format!("{install}."), install.to_owned(), format!("{}.1", install.to_uppercase()), "x.1".to_owned()]
        {
            assert!(!takes(IdRule::Own, &bad), "{bad}");
        }
        assert!(takes(IdRule::Derived, "0b6c0000-00af-8000-b000-000000000000"));
        for bad in [
            "0b6c0000-00af-4000-b000-000000000000",
            "0b6c0000-00af-8000-7000-000000000000",
            "0B6C0000-00af-8000-b000-000000000000",
            "0b6c0000000af-8000-b000-000000000000",
            "0b6c0000-00af-8000-b000-00000000000",
        ] {
            assert!(!takes(IdRule::Derived, bad), "{bad}");
        }
        assert!(takes(IdRule::Dot, &format!("{install}:1:2c26b46b68ffc68f")) && !takes(IdRule::Dot, install));
    }

    #[test]
    fn ids_and_keys() {
        assert!(is_id("9f86.a:b@c_d-E"));
        assert!(is_id(&"x".repeat(128)));
        for bad in ["", "a b", "a/b", "村", &"x".repeat(129)] {
            assert!(!is_id(bad), "{bad}");
        }
        assert!(is_key("in_village-2"));
        for bad in ["", "A", "a.b", &"k".repeat(41)] {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
