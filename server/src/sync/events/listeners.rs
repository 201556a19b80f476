//! Who listens at this process. Each has a place here, where what they are to be told is put, and a connection that takes it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::due::{Due, Said};
use crate::{
    auth::hearing::{Hearing, Who},
    error::ErrorCode,
};

/// All of them. Clones share them.
#[derive(Clone)]
pub struct Listeners(Arc<Room>);

struct Room {
    seats: Mutex<Seats>,
    came: Notify,
}

struct Seats {
    most: usize,
    next: u64,
    closed: bool,
    taken: HashMap<u64, Arc<Listener>>,
}

/// One of them.
pub struct Listener {
    /// Number of the place: spreads what is done for all in turn.
    pub seat: u64,
    /// Who it is.
    pub who: Who,
    /// When their token ends, ms.
    pub until_ms: i64,
    own_scope: Box<str>,
    state: Mutex<State>,
    wake: Notify,
}

struct State {
    hearing: Hearing,
    due: Due,
    greeted: bool,
}

impl Listeners {
    /// At most so many.
    pub fn new(most: usize) -> Self {
        let seats = Seats { most, next: 0, closed: false, taken: HashMap::new() };
        Self(Arc::new(Room { seats: Mutex::new(seats), came: Notify::new() }))
    }

    /// From now on at most so many.
    pub fn make_room_for(&self, most: usize) {
        lock(&self.0.seats).most = most;
    }

    /// Lets someone in. `busy` where there is no room.
    pub fn let_in(&self, who: Who, until_ms: i64, hearing: Hearing) -> Result<Attending, ErrorCode> {
        let own_scope = format!("{}/own", who.person).into();
        let mut seats = lock(&self.0.seats);
        if seats.closed || seats.taken.len() >= seats.most {
            return Err(ErrorCode::Busy);
        }
        let seat = seats.next;
        seats.next += 1;
        let state = Mutex::new(State { hearing, due: Due::default(), greeted: false });
        let listener = Arc::new(Listener { seat, who, until_ms, own_scope, state, wake: Notify::new() });
        seats.taken.insert(seat, listener.clone());
        drop(seats);
        self.0.came.notify_one();
        Ok(Attending { listeners: self.clone(), listener, over: false })
    }

    /// Everyone who listens now.
    pub fn all(&self) -> Vec<Arc<Listener>> {
        lock(&self.0.seats).taken.values().cloned().collect()
    }

    /// How many listen.
    pub fn count(&self) -> usize {
        lock(&self.0.seats).taken.len()
    }

    /// Waits until somebody came. One waits; who came since counts.
    pub async fn came(&self) {
        self.0.came.notified().await;
    }

    /// Sends everyone away and lets nobody in any more: this process ends.
    pub fn close(&self) {
        lock(&self.0.seats).closed = true;
        self.all().iter().for_each(|listener| listener.tell(|due| due.bye(ErrorCode::Busy)));
    }
}

impl Listener {
    /// Puts something down to be told.
    pub fn tell(&self, what: impl FnOnce(&mut Due)) {
        what(&mut lock(&self.state).due);
        self.wake.notify_one();
    }

    /// Pokes them with those of the scopes that they may hear of.
    pub fn poke(&self, moved: &[Arc<str>]) {
        let mut state = lock(&self.state);
        let State { hearing, due, .. } = &mut *state;
        let heard = moved.iter().filter(|scope| hearing.scopes.contains(scope));
        let told = heard.map(|scope| due.poke(scope)).count();
        drop(state);
        if told > 0 {
            self.wake.notify_one();
        }
    }

    /// Pokes who came since the last look: what moved while they were away, they have to ask for.
    pub fn greet(&self) {
        if !std::mem::replace(&mut lock(&self.state).greeted, true) {
            self.tell(|due| due.poke_anything());
        }
    }

    /// What they may hear of was looked up again; who may hear of nothing is sent away.
    pub fn hears(&self, hearing: Result<Hearing, ErrorCode>) {
        match hearing {
            Ok(hearing) => lock(&self.state).hearing = hearing,
            Err(why) => self.tell(|due| due.bye(why)),
        }
    }

    /// Whether their rights must be looked up again by then.
    pub fn is_due_for_check(&self, now_ms: i64) -> bool {
        lock(&self.state).hearing.until_ms.is_some_and(|until| until <= now_ms)
    }

    /// The scope of their own.
    pub fn own_scope(&self) -> &str {
        &self.own_scope
    }
}

/// The listener's side: what a connection holds. Dropped, they have left.
pub struct Attending {
    listeners: Listeners,
    listener: Arc<Listener>,
    over: bool,
}

impl Attending {
    /// What is said next; none when it is over.
    pub async fn next(&mut self) -> Option<Said> {
        if self.over {
            return None;
        }
        loop {
            let said = lock(&self.listener.state).due.take();
            if let Some(said) = said {
                self.over = said.last;
                return Some(said);
            }
            self.listener.wake.notified().await;
        }
    }
}

impl Drop for Attending {
    fn drop(&mut self) {
        lock(&self.listeners.0.seats).taken.remove(&self.listener.seat);
    }
}

/// What is held under these locks is whole at any moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mobile_schema::Lane;

    use super::*;
    use crate::{auth::hearing::Scopes, storage::scoping::ScopeRange};

    fn hearing(place: &str) -> Hearing {
        let range = ScopeRange::exactly(place, BTreeSet::from([Lane::Presence]));
        Hearing { scopes: Scopes::of(&[range]), until_ms: Some(500) }
    }

    fn enter(listeners: &Listeners, place: &str) -> Result<Attending, ErrorCode> {
        listeners.let_in(Who { person: "d.p.a".into(), install: None }, 1_000, hearing(place))
    }

    async fn said(attending: &mut Attending) -> String {
        let said = attending.next().await.map(|said| said.bytes.to_vec());
        said.map_or_else(|| "over".to_owned(), |bytes| String::from_utf8(bytes).unwrap())
    }

    #[tokio::test]
    async fn everyone_hears_of_what_they_may_read_and_of_nothing_else() {
        let listeners = Listeners::new(10);
        let mut here = enter(&listeners, "440811070201").unwrap();
        for _ in 0..2 {
            listeners.all().iter().for_each(|listener| listener.greet());
        }
        assert_eq!(said(&mut here).await, "event: poke\ndata: {}\n\n", "whoever comes is poked");
        let moved: [Arc<str>; 3] =
            ["440811070201/inspection".into(), "440811070201/presence".into(), "440811070202/presence".into()];
        listeners.all().iter().for_each(|listener| listener.poke(&moved));
        assert_eq!(said(&mut here).await, "event: poke\ndata: {\"scopes\":[\"440811070201/presence\"]}\n\n");
        let [listener] = &listeners.all()[..] else { panic!("one listens") };
        assert!(!listener.is_due_for_check(499) && listener.is_due_for_check(500));
        listener.hears(Err(ErrorCode::NoLiveGrant));
        listener.poke(&moved);
        assert!(said(&mut here).await.contains("no_live_grant"));
        assert_eq!(said(&mut here).await, "over");
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_and_none_once_it_is_closed() {
        let listeners = Listeners::new(1);
        let mut first = enter(&listeners, "440811070201").unwrap();
        assert_eq!(enter(&listeners, "440811070201").err(), Some(ErrorCode::Busy));
        listeners.close();
        assert!(said(&mut first).await.contains("bye"));
        drop(first);
        assert_eq!(listeners.count(), 0);
        assert_eq!(enter(&listeners, "440811070201").err(), Some(ErrorCode::Busy));
    }
}
