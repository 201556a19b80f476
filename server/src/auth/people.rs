//! People with a name and a password.

use std::sync::{Mutex, PoisonError};

use super::{
    passwords::{self, Passwords},
    store,
    throttle::Throttle,
    tokens::{self, Audience},
    wire::{SignIn, Token},
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    storage::{Db, entities::account},
};

/// What stands before sign-in.
#[derive(Debug, Default)]
pub struct Gate {
    /// The hashing.
    pub passwords: Passwords,
    throttle: Mutex<Throttle>,
}

impl Gate {
    fn throttle(&self) -> std::sync::MutexGuard<'_, Throttle> {
        // A panic while it was held left at worst a count half noted.
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Longest name taken.
const MAX_NAME: usize = 64;

/// A token for a person who knows the password. An unknown name gets the same answer, after the same work.
pub async fn sign_in(app: &App, asked: SignIn) -> Result<Token, Problem> {
    let now = now_ms();
    if asked.name.len() > MAX_NAME || asked.password.len() > passwords::MAX_BYTES {
        return Err(ErrorCode::BadCredentials.into());
    }
    if let Err(wait_ms) = app.gate.throttle().attempt(&asked.name, now) {
        let wait_s = (wait_ms as u64).div_ceil(1000);
        return Err(Problem { retry_after_s: Some(wait_s), ..ErrorCode::TooManyRequests.into() });
    }
    let account = store::account(&app.db, &asked.name).await?;
    let hash = account.as_ref().map(|a| a.password_hash.clone());
    let right = app.gate.passwords.verify(asked.password, hash).await?;
    let Some(account) = account.filter(|_| right) else { return Err(ErrorCode::BadCredentials.into()) };
    app.gate.throttle().succeeded(&asked.name);
    let ttl_s = app.config.token_ttl_s;
    let token = tokens::issue(&app.keys.token, &account.person, None, Audience::Api, now, ttl_s);
    Ok(Token { token, expires_in_s: ttl_s, now, closed: None })
}

/// Adds an account for a person. The person must be known already; see `zhucun import people`.
pub async fn add(db: &Db, passwords: &Passwords, name: &str, person: &str, password: String) -> Result<(), Problem> {
    if !(1..=MAX_NAME).contains(&name.len()) || !name.chars().all(|c| c.is_alphanumeric() || "-_.@".contains(c)) {
        let right = format!("a name has 1 to {MAX_NAME} letters, digits, - _ . @");
        return Err(Problem::new(ErrorCode::Invalid, right));
    }
    let hash = passwords.hash(acceptable(password)?).await?;
    add_hashed(db, name, person, hash).await
}

/// Adds an account whose password is hashed already.
pub async fn add_hashed(db: &Db, name: &str, person: &str, password_hash: String) -> Result<(), Problem> {
    let account =
        account::Model { name: name.to_owned(), person: person.to_owned(), password_hash, changed_ms: now_ms() };
    match store::add_account(db, account).await? {
        true => Ok(()),
        false => Err(Problem::new(ErrorCode::NameTaken, name)),
    }
}

/// Gives an account another password.
pub async fn change_password(db: &Db, passwords: &Passwords, name: &str, password: String) -> Result<(), Problem> {
    let hash = passwords.hash(acceptable(password)?).await?;
    match store::set_password(db, name, hash, now_ms()).await? {
        true => Ok(()),
        false => Err(Problem::new(ErrorCode::NotFound, format!("there is no account {name}"))),
    }
}

fn acceptable(password: String) -> Result<String, Problem> {
    if password.chars().count() < passwords::MIN_CHARS || password.len() > passwords::MAX_BYTES {
        let right = format!("a password has {} characters to {} bytes", passwords::MIN_CHARS, passwords::MAX_BYTES);
        return Err(Problem::new(ErrorCode::Invalid, right));
    }
    Ok(password)
}
