//! Listening: the server says when there is something to pull (`PROTOCOL.md`, section 16). What it says are hints: an app that never
//! listens misses nothing, it only learns later.

use serde::Deserialize;

use crate::{
    error::Error,
    transport::{Answer, TransportError},
};

/// Something the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Which life of the server this is.
    Epoch(String),
    /// These scopes moved; none named: something may have.
    Poke(Vec<String>),
    /// Standings of own operations changed.
    Standing,
    /// It ends here, for that reason: an error's code.
    Bye(String),
    /// Something that this version does not know.
    Other(String),
}

/// A connection on which the server says what moved.
pub struct Events<A> {
    answer: A,
    reader: Reader,
}

impl<A: Answer> Events<A> {
    /// On the answer to [`crate::calls::events`], which was a success.
    pub fn of(answer: A) -> Self {
        Self { answer, reader: Reader::default() }
    }

    /// The next event; none where the server ended. Waits as long as nothing happens, but not on a connection that is dead.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.reader.next()? {
                return Ok(Some(event));
            }
            match self.answer.chunk().await {
                Ok(Some(chunk)) => self.reader.add(&chunk),
                Ok(None) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// After how long the server wants us back once this ended, ms.
    pub fn retry_ms(&self) -> u64 {
        self.reader.retry_ms.unwrap_or(USUAL_RETRY_MS)
    }
}

/// Where the server did not say.
const USUAL_RETRY_MS: u64 = 5_000;
/// No event is longer: fifty scopes are some 4 kB.
const MAX_EVENT_BYTES: usize = 64 << 10;

/// Takes events out of bytes as they come: the format of server-sent events, of the HTML standard. Pure.
#[derive(Debug, Default)]
struct Reader {
    bytes: Vec<u8>,
    name: String,
    data: String,
    retry_ms: Option<u64>,
}

impl Reader {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next event that is whole.
    fn next(&mut self) -> Result<Option<Event>, Error> {
        while let Some(end) = self.bytes.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            if !line.is_empty() {
                self.line(&line);
                continue;
            }
            let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
            if !data.is_empty() {
                return event(&name, &data).map(Some);
            }
        }
        match self.bytes.len() + self.data.len() > MAX_EVENT_BYTES {
            true => Err(TransportError::Cut("an event without end".into()).into()),
            false => Ok(None),
        }
    }

    fn line(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push_str(value),
            "retry" => self.retry_ms = value.parse().ok().or(self.retry_ms),
            // Nothing before the colon: a comment, the server's sign of life. Fields that are not known are skipped.
            _ => {}
        }
    }
}

fn event(name: &str, data: &str) -> Result<Event, Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Data {
        epoch: String,
        scopes: Vec<String>,
        code: String,
    }
    let data: Data = serde_json::from_str(data).map_err(|_| Error::BadAnswer("the data of an event"))?;
    Ok(match name {
        "epoch" => Event::Epoch(data.epoch),
        "poke" => Event::Poke(data.scopes),
        "standing" => Event::Standing,
        "bye" => Event::Bye(data.code),
        other => Event::Other(other.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "retry: 3210\nevent: epoch\ndata: {\"epoch\":\"e1\",\"now\":5}\n\n:\n\nevent: poke\ndata: {}\n\n\
        event: poke\r\ndata: {\"scopes\":[\"a/own\"]}\r\n\r\nevent: later\ndata: {\"x\":[1]}\n\nevent: standing\ndata: {}\n\nevent: bye\ndata: {\"code\":\"busy\"}\n\n";

    fn expected() -> Vec<Event> {
        vec![
            Event::Epoch("e1".into()),
            Event::Poke(vec![]),
            Event::Poke(vec!["a/own".into()]),
            Event::Other("later".into()),
            Event::Standing,
            Event::Bye("busy".into()),
        ]
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        for size in 1..40 {
            let mut reader = Reader::default();
            let mut events = Vec::new();
            for part in STREAM.as_bytes().chunks(size) {
                reader.add(part);
                while let Some(event) = reader.next().unwrap() {
                    events.push(event);
                }
            }
            assert_eq!(events, expected(), "in parts of {size}");
            assert_eq!(reader.retry_ms, Some(3_210));
        }
    }

    #[test]
    fn what_is_no_event_is_an_error_and_not_a_full_memory() {
        let mut reader = Reader::default();
        reader.add(b"event: poke\ndata: [\n\n");
        assert_eq!(reader.next().unwrap_err().code(), "bad_answer");
        reader.add(&vec![b'x'; MAX_EVENT_BYTES + 1]);
        assert_eq!(reader.next().unwrap_err().code(), "cut");
    }
}
