//! The code that is drawn into a copy. It is a keyed hash of the note of who took the copy, and of what: whoever types it in learns that the
//! copy was made here, of which photo, for whom and when; nobody can make one up. Pure.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{keys::ServerKeys, storage::entities::photo_view};

/// Letters and digits that are not taken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Of them, so many: 50 bits.
const LENGTH: usize = 10;

/// The code of that note, `XXXXX-XXXXX`.
pub fn of(keys: &ServerKeys, view: &photo_view::Model) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&keys.token.to_bytes()).expect("a key has any length");
    mac.update(b"zhucun photo code v1\n");
    // Of fixed lengths but for the last.
    for part in [&view.id, &view.record, &view.sha256, view.person.as_bytes()] {
        mac.update(part);
    }
    spelt(&mac.finalize().into_bytes())
}

/// The beginning of a keyed hash as a code, `XXXXX-XXXXX`.
pub fn spelt(mac: &[u8]) -> String {
    let bits = mac[..8].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let letter = |nth: usize| char::from(ALPHABET[(bits >> (5 * nth) & 31) as usize]);
    let text: String = (0..LENGTH).map(letter).collect();
    format!("{}-{}", &text[..LENGTH / 2], &text[LENGTH / 2..])
}

/// What somebody typed, as it was drawn: case, spaces and what looks alike do not matter.
pub fn typed(text: &str) -> String {
    let alike = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let mut code: String = text.chars().filter(char::is_ascii_alphanumeric).take(LENGTH + 1).map(alike).collect();
    if code.len() == LENGTH {
        code.insert(LENGTH / 2, '-');
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_of_one_note_and_one_server_and_forgives_how_it_is_typed() {
        let mut seed = 0;
        let mut keys = || {
            ServerKeys::generate("e", || {
                seed += 1;
                [seed; 32]
            })
        };
        let (ours, theirs) = (keys(), keys());
        let view = photo_view::Model {
            id: vec![1; 16],
            at_ms: 1,
            person: "zjedz.p.a".into(),
            install: None,
            record: vec![2; 20],
            scope: "s".into(),
            sha256: vec![3; 32],
            what: "watermarked".into(),
            why: None,
            code: None,
        };
        let code = of(&ours, &view);
        assert_eq!(code.len(), 11);
        assert_ne!(code, of(&theirs, &view));
        assert_ne!(code, of(&ours, &photo_view::Model { person: "zjedz.p.b".into(), ..view }));
        assert_eq!(typed(&format!(" {} ", code.to_lowercase().replace('-', " "))), code);
        assert_eq!(typed("o1234-56789"), "01234-56789");
        assert_eq!(typed(&"9".repeat(1_000)).len(), 11);
    }
}
