//! Enrolment codes: how they look and travel. Pure.

use qrcode::{EcLevel, QrCode, render};
use sha2::{Digest as _, Sha256};

/// Crockford's alphabet: no letter that is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code of 60 random bits in three groups, such as `7QK2-M0XF-9ZTB`: too many to guess before it expires, few enough to read out.
pub fn code(random: [u8; 8]) -> String {
    let bits = u64::from_be_bytes(random);
    let digit = |i: u32| char::from(ALPHABET[(bits >> (5 * i) & 31) as usize]);
    let group = |g: u32| (4 * g..4 * g + 4).map(digit).collect::<String>();
    [group(0), group(1), group(2)].join("-")
}

/// What is kept of a code. Typed with small letters, other groups, or O for 0 it is the same code.
pub fn hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    Sha256::digest(plain.as_bytes()).into()
}

/// What the QR code says: `zhucun:enrol?server=…&code=…`.
pub fn url(server: &str, code: &str) -> String {
    format!("zhucun:enrol?server={}&code={code}", percent_encoded(server))
}

fn percent_encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn qr(text: &str) -> QrCode {
    // Medium: read from creased paper too.
    QrCode::with_error_correction_level(text, EcLevel::M).expect("an address fits into a QR code")
}

/// A QR code as SVG.
pub fn svg(text: &str) -> String {
    qr(text).render::<render::svg::Color>().min_dimensions(240, 240).build()
}

/// A QR code for a terminal, dark on light whatever its colours.
pub fn terminal(text: &str) -> String {
    use render::unicode::Dense1x2;
    qr(text).render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let made = code([0x0f, 0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43, 0x21]);
        assert_eq!(made.len(), 14);
        assert_eq!(hash(&made), hash(&made.to_lowercase().replace('-', " ")));
        assert_eq!(hash("0O1l-IL10"), hash("0011 1110"));
        assert_ne!(hash(&made), hash(&code([0; 8])));
    }

    #[test]
    fn the_address_and_its_picture() {
        let url = url("https://zc.example.cn:8443", "7QK2-M0XF-9ZTB");
        assert_eq!(url, "zhucun:enrol?server=https%3A%2F%2Fzc.example.cn%3A8443&code=7QK2-M0XF-9ZTB");
        assert!(svg(&url).contains("<svg") && !svg(&url).contains("http://zc"));
        assert!(terminal(&url).lines().count() > 10);
        // The longest address a server may have still fits.
        svg(&super::url(&format!("https://{}", "a".repeat(250)), "7QK2-M0XF-9ZTB"));
    }
}
