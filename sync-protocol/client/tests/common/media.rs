//! Photos.

use serde_json::{Value, json};
use sync_protocol::ids::sha256;
use zhucun_client::{
    transport::{Method, Request, Whole},
    wire::PhotoReceipt,
};

use super::server::{Answered, State, ok};

impl State {
    pub(super) fn media(&mut self, request: &Request) -> Answered {
        self.asker(request)?;
        let header = |name: &str| request.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str());
        let target = request.target.as_str();
        let gone = (410, "upload_gone", Value::Null);
        match request.method {
            Method::Post if target == "/v1/media/missing" => {
                let ask: Value = serde_json::from_slice(&request.body).unwrap();
                let hashes: Vec<String> = serde_json::from_value(ask["hashes"].clone()).unwrap();
                let missing: Vec<&String> =
                    hashes.iter().filter(|h| self.is_promised(h) && !self.photos.contains_key(*h)).collect();
                let uploads: serde_json::Map<String, Value> = self
                    .uploads
                    .iter()
                    .filter(|(_, (hash, ..))| hashes.contains(hash))
                    .map(|(url, (hash, _, bytes))| (hash.clone(), json!({"url": url, "offset": bytes.len()})))
                    .collect();
                let complete: Vec<&String> = hashes.iter().filter(|h| self.photos.contains_key(*h)).collect();
                ok(json!({"missing": missing, "uploads": uploads, "complete": complete}))
            }
            Method::Post if target == "/v1/media/uploads" => {
                let length: u64 = header("upload-length").unwrap().parse().unwrap();
                let hash = header("upload-metadata").and_then(|m| m.strip_prefix("sha256 ")).map(decode).unwrap();
                if !self.is_promised(&hash) {
                    return Err((403, "not_promised", Value::Null));
                }
                let url = format!("/v1/media/uploads/{}", self.next("u"));
                self.uploads.insert(url.clone(), (hash, length, Vec::new()));
                Ok(Whole::new(201, "").header("location", url))
            }
            Method::Head => {
                let (_, _, bytes) = self.uploads.get(target).ok_or(gone)?;
                Ok(Whole::new(200, "").header("upload-offset", bytes.len().to_string()))
            }
            Method::Patch => {
                let (hash, length, bytes) = self.uploads.get_mut(target).ok_or(gone)?;
                if header("upload-offset") != Some(&bytes.len().to_string()) {
                    return Err((409, "wrong_offset", Value::Null));
                }
                bytes.extend_from_slice(&request.body);
                let at = bytes.len();
                if at as u64 == *length {
                    let (hash, bytes) = (hash.clone(), bytes.clone());
                    self.uploads.remove(target);
                    if hex::encode(sha256(&[&bytes])) != hash {
                        return Err((460, "wrong_hash", Value::Null));
                    }
                    self.photos.insert(hash, bytes);
                }
                Ok(Whole::new(204, "").header("upload-offset", at.to_string()))
            }
            Method::Get => {
                let hash =
                    target.strip_prefix("/v1/media/").and_then(|t| t.strip_suffix("/receipt")).unwrap_or_default();
                let bytes = self.photos.get(hash).ok_or((404, "not_found", Value::Null))?;
                ok(json!(PhotoReceipt::issue(&self.key, hash, bytes.len() as u64, self.now_ms, &self.epoch)))
            }
            Method::Post => Err((404, "not_found", Value::Null)),
        }
    }

    fn is_promised(&self, hash: &str) -> bool {
        self.lines.iter().any(|line| String::from_utf8_lossy(&line.bytes).contains(hash))
    }
}

/// Base64 of hex digits.
fn decode(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    let (mut bits, mut n) = (0u32, 0);
    for byte in text.bytes().filter(|b| *b != b'=') {
        bits = bits << 6 | ALPHABET.iter().position(|a| *a == byte).unwrap() as u32;
        n += 6;
        if n >= 8 {
            n -= 8;
            out.push(char::from((bits >> n) as u8));
        }
    }
    out
}
