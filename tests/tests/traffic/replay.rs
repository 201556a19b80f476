//! Recorded requests, to today's server.

use crate::{
    lab::Lab,
    likeness,
    tape::{Answer, Bytes, Exchange, Request, Step, Tape},
};

/// Sends them all, in order; gives where an answer is not like the recorded one.
pub fn to_the_server(tape: &Tape) -> Vec<String> {
    let lab = Lab::new(&tape.server);
    let (mut unlike, mut drawn) = (Vec::new(), Drawn::default());
    for story in &tape.stories {
        for exchange in story.exchanges() {
            let today = lab.ask(exchange.at, &drawn.put_into(&exchange.request));
            let where_ = format!("{}: {} {}", story.name, exchange.request.method, exchange.request.target);
            unlike.extend(likeness::unlike(exchange, &today).into_iter().map(|how| format!("{where_}: {how}")));
            drawn.note(exchange, &today);
        }
        unlike.extend(story.steps.iter().filter_map(|step| readable(&story.name, step)));
    }
    unlike
}

/// The text beside packed bytes must be theirs: it is what people review.
fn readable(name: &str, step: &Step) -> Option<String> {
    let (Step::Sync { exchanges, .. } | Step::Sent(exchanges)) = step else { return None };
    let same = |body: &Bytes, encoding: Option<&String>| {
        *body == Bytes::of(&body.wire(), encoding.map(String::as_str)) || body.text.is_empty()
    };
    let unlike = exchanges.iter().find(|exchange| {
        let Exchange { request, answer, .. } = exchange;
        !same(&request.body, request.headers.get("content-encoding"))
            || !same(&answer.body, answer.headers.get("content-encoding"))
    });
    unlike.map(|exchange| format!("{name}: {}: the text is not that of the bytes", exchange.request.target))
}

/// What a server draws at random and a client says again: as recorded, and as today's server drew it.
#[derive(Default)]
struct Drawn(Vec<(String, String)>);

impl Drawn {
    fn note(&mut self, exchange: &Exchange, today: &Answer) {
        let member = |answer: &Answer, name: &str| {
            let json: serde_json::Value = serde_json::from_str(&answer.body.text).ok()?;
            json[name].as_str().map(str::to_owned)
        };
        let location = |answer: &Answer| answer.headers.get("location").cloned();
        let pairs = [
            location(&exchange.answer).zip(location(today)),
            member(&exchange.answer, "token").zip(member(today, "token")),
            member(&exchange.answer, "ticket").zip(member(today, "ticket")),
            member(&exchange.answer, "code").zip(member(today, "code")).filter(|_| today.status == 200),
        ];
        self.0.extend(pairs.into_iter().flatten().filter(|(was, now)| was != now));
    }

    fn put_into(&self, request: &Request) -> Request {
        let mut request = request.clone();
        for (was, now) in &self.0 {
            request.target = request.target.replace(was, now);
            request.headers.values_mut().for_each(|value| *value = value.replace(was, now));
            if request.body.base64.is_empty() {
                request.body.text = request.body.text.replace(was, now);
            }
        }
        request
    }
}
