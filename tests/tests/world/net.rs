//! The network between phones and servers. What it does to each request is in the story; it also looks at what goes by ([`Seen`]).

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::body::{Body, Bytes};
use zhucun_client::transport::{self, Method, Request, Transport, TransportError};

use crate::{
    oracle::{Oracle, Who},
    server::{Answered, Held, Server, request},
    story::Fate,
    trouble::{Result, Trouble},
};

/// Two server processes on one database, what is on its way, and what is remembered of what went by.
pub struct Net {
    pub servers: [Server; 2],
    /// The one that was used last.
    last: usize,
    /// Requests that were kept back, with whose they are.
    late: VecDeque<(Who, Request)>,
    /// Which phones reach which servers no more, a bit each.
    pub apart: (u8, u8),
    pub oracle: Oracle,
    /// The first trouble seen on the way. What carries requests cannot return it.
    trouble: Option<Trouble>,
}

impl Net {
    /// On the database in that folder.
    pub fn new(folder: &Path) -> Self {
        let servers = [Server::new(folder, 0), Server::new(folder, 1)];
        Self { servers, last: 0, late: VecDeque::new(), apart: (0, 0), oracle: Oracle::default(), trouble: None }
    }

    /// The server of that number.
    pub fn server(&mut self, n: u8) -> &mut Server {
        let next = usize::from(n) % 2;
        let before = std::mem::replace(&mut self.last, next);
        if before != next {
            // In truth both run at once: what the one has begun does not stand still while the other works.
            self.servers[before].breathe();
        }
        &mut self.servers[next]
    }

    /// How many requests are kept back.
    pub fn late(&self) -> usize {
        self.late.len()
    }

    /// What was kept back arrives; nobody waits for its answer any more.
    pub fn arrive(&mut self, nth: usize, server: u8) -> Result<Option<u16>> {
        let at = nth % self.late.len().max(1);
        let Some((phone, request)) = self.late.remove(at) else { return Ok(None) };
        self.deliver(phone, server, &request, Body::from(request.body.clone()), None).map(|a| a.map(|a| a.status))
    }

    /// A push arrives, and its server is left standing before it commits.
    pub fn hold(&mut self, server: u8, push: &Request) -> Result<Held> {
        let headers: Vec<(&str, &str)> = push.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let body = Body::from(push.body.clone());
        self.server(server).ask_and_hold(request(axum::http::Method::POST, &push.target, &headers, body))
    }

    /// It goes on, and answers.
    pub fn go_on(&mut self, phone: Who, server: u8, push: &Request, held: Held) -> Result<()> {
        let answer = self.server(server).go_on(held)?;
        let Self { servers, oracle, .. } = self;
        oracle.went_by(&mut servers[usize::from(server) % 2], phone, push, &answer)
    }

    /// These pushes come at one moment. Gives what each was answered, as far as the server lived to answer.
    pub fn burst(&mut self, server: u8, pushes: Vec<(Who, Request)>, fails: u8, dies: Option<u8>) -> Result<Vec<u16>> {
        let sent = |push: &Request| {
            let headers: Vec<(&str, &str)> = push.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            request(axum::http::Method::POST, &push.target, &headers, Body::from(push.body.clone()))
        };
        let requests = pushes.iter().map(|(_, push)| sent(push)).collect();
        let answers = self.server(server).ask_together(requests, fails, dies)?;
        let Self { servers, oracle, .. } = self;
        for ((phone, push), answer) in pushes.iter().zip(&answers) {
            oracle.went_by(&mut servers[usize::from(server) % 2], *phone, push, answer)?;
        }
        Ok(answers.iter().map(|answer| answer.status).collect())
    }

    /// Whether nothing of that phone gets to that server. Who enrols is at the office.
    fn is_apart(&self, phone: Who, server: u8, target: &str) -> bool {
        let (phones, servers) = self.apart;
        phones >> (phone.0 % 8) & 1 == 1 && servers >> (server % 2) & 1 == 1 && target != "/v1/enrolments"
    }

    /// Takes the trouble that was seen.
    pub fn seen(&mut self) -> Result<()> {
        self.trouble.take().map_or(Ok(()), Err)
    }

    fn deliver(
        &mut self,
        phone: Who,
        server: u8,
        sent: &Request,
        body: Body,
        dies: Option<u8>,
    ) -> Result<Option<Answered>> {
        let method = match sent.method {
            Method::Get => axum::http::Method::GET,
            Method::Head => axum::http::Method::HEAD,
            Method::Post => axum::http::Method::POST,
            Method::Patch => axum::http::Method::PATCH,
        };
        let token = sent.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers: Vec<(&str, &str)> = sent.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        headers.extend(token.as_deref().map(|token| ("authorization", token)));
        let answer = self.server(server).ask(request(method, &sent.target, &headers, body), dies)?;
        if let Some(answer) = &answer {
            let Self { servers, oracle, .. } = self;
            oracle.went_by(&mut servers[usize::from(server) % 2], phone, sent, answer)?;
        }
        Ok(answer)
    }
}

/// The network, shared by those who use it.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Net>>);

impl Shared {
    pub fn new(net: Net) -> Self {
        Self(Arc::new(Mutex::new(net)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Net> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One phone's way to a server, during one sync.
pub struct Link {
    net: Shared,
    phone: Who,
    server: u8,
    fates: Mutex<VecDeque<Fate>>,
    /// Pushes of another phone: one arrives after each page of a pull.
    between: Mutex<VecDeque<Vec<u8>>>,
}

impl Link {
    pub fn new(net: &Shared, phone: Who, server: u8, fates: &[Fate], between: Vec<Vec<u8>>) -> Self {
        let fates = Mutex::new(fates.iter().copied().collect());
        Self { net: net.clone(), phone, server, fates, between: Mutex::new(between.into()) }
    }

    fn next<T>(queue: &Mutex<VecDeque<T>>) -> Option<T> {
        queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// What the server answered; an error where it died of it, or trouble was seen.
    fn deliver(&self, sent: &Request, body: Body, dies: Option<u8>) -> Result<Answered, TransportError> {
        let mut net = self.net.lock();
        match net.deliver(self.phone, self.server, sent, body, dies) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(cut("the server died")),
            Err(trouble) => {
                net.trouble.get_or_insert(trouble);
                Err(cut("trouble"))
            }
        }
    }

    fn pass(&self, sent: &Request) -> Result<Answered, TransportError> {
        self.deliver(sent, Body::from(sent.body.clone()), None)
    }

    fn write_between(&self) {
        if let Some(body) = Self::next(&self.between) {
            // Whether it was taken shows when its phone syncs.
            let _ = self.pass(&zhucun_client::calls::push(&body));
        }
    }
}

fn cut(what: &str) -> TransportError {
    TransportError::Cut(what.to_owned())
}

/// Such a part of it.
fn part(of: &Bytes, n256: u8) -> Bytes {
    of.slice(..of.len() * usize::from(n256) / 256)
}

/// A body that ends early, as one does whose connection breaks.
fn broken_off(sent: &Request, n256: u8) -> Body {
    let begun = part(&sent.body, n256);
    let lost = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the connection broke");
    Body::from_stream(futures::stream::iter([Ok(begun), Err(lost)]))
}

impl Transport for Link {
    type Answer = Reply;

    async fn send(&self, sent: Request) -> Result<Reply, TransportError> {
        if self.net.lock().is_apart(self.phone, self.server, &sent.target) {
            return Err(TransportError::Unreachable("apart".to_owned()));
        }
        let answer = match Self::next(&self.fates).unwrap_or(Fate::Pass) {
            Fate::Pass => self.pass(&sent)?,
            Fate::Lost => return Err(TransportError::Unreachable("no network".to_owned())),
            Fate::Unanswered => {
                self.pass(&sent)?;
                return Err(cut("the answer was lost"));
            }
            Fate::Twice => {
                self.pass(&sent)?;
                self.pass(&sent)?
            }
            Fate::Late => {
                self.net.lock().late.push_back((self.phone, sent));
                return Err(TransportError::Timeout);
            }
            Fate::Cut(n256) => {
                // The server may answer; the phone has no connection to hear it on.
                let _ = self.deliver(&sent, broken_off(&sent, n256), None);
                return Err(cut("the request was cut"));
            }
            Fate::AnswerCut(n256) => {
                let answer = self.pass(&sent)?;
                let begun = part(&answer.body, n256);
                return Ok(Reply { parts: VecDeque::from([Ok(begun), Err(cut("the answer was cut"))]), answer });
            }
            Fate::ServerDies(n) => self.deliver(&sent, Body::from(sent.body.clone()), Some(n))?,
            Fate::ServerDiesAfter => {
                let answer = self.pass(&sent);
                self.net.lock().server(self.server).kill();
                answer?
            }
            Fate::PhoneDies => {
                // What becomes of the request is another's story; the phone never hears.
                let _ = self.pass(&sent);
                std::future::pending().await
            }
        };
        if sent.target == "/v1/sync/pull" {
            self.write_between();
        }
        Ok(Reply { parts: VecDeque::from([Ok(answer.body.clone())]), answer })
    }
}

/// An answer as the phone hears it.
pub struct Reply {
    answer: Answered,
    parts: VecDeque<Result<Bytes, TransportError>>,
}

impl transport::Answer for Reply {
    fn status(&self) -> u16 {
        self.answer.status
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(name)
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        // An empty part is no end.
        while let Some(part) = self.parts.pop_front() {
            if !part.as_ref().is_ok_and(Bytes::is_empty) {
                return part.map(Some);
            }
        }
        Ok(None)
    }
}
