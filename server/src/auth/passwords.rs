//! Hashing passwords: argon2id, off the async threads, few at a time.

use std::sync::Arc;

use anyhow::anyhow;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// What an unknown name's password is compared with, so that it takes as long as a known one's. It is the hash of no known password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Longest password taken: hashing more is work for nothing.
pub const MAX_BYTES: usize = 256;
/// Shortest password taken (NIST SP 800-63B).
pub const MIN_CHARS: usize = 8;

/// Does the hashing. Each hash takes 19 MiB and some 20 ms of a core (the parameters OWASP names), so only as many run as there are
/// cores.
#[derive(Debug, Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from))))
    }
}

impl Passwords {
    /// The hash of a password, as a PHC string.
    pub async fn hash(&self, password: String) -> anyhow::Result<String> {
        self.work(move || {
            let hash = Argon2::default().hash_password(password.as_bytes());
            hash.map(|h| h.to_string()).map_err(|e| anyhow!("hashing: {e}"))
        })
        .await?
    }

    /// Whether it is the password of that hash. Without a hash: no, after as much work.
    pub async fn verify(&self, password: String, hash: Option<String>) -> anyhow::Result<bool> {
        self.work(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok() && known
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
        let permit = self.0.clone().acquire_owned().await?;
        Ok(tokio::task::spawn_blocking(move || {
            // Held until the work is done, even where the request that asked was given up.
            let _permit = permit;
            work()
        })
        .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = Passwords::default();
        let hash = passwords.hash("驻村工作队".into()).await.unwrap();
        assert!(passwords.verify("驻村工作队".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("驻村工作组".into(), Some(hash.clone())).await.unwrap());
        assert_ne!(hash, passwords.hash("驻村工作队".into()).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_name_costs_the_same_work() {
        let passwords = Passwords::default();
        let hash = passwords.hash("x".into()).await.unwrap();
        let parameters = |h: &str| h.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(parameters(&hash), parameters(NOBODY));
        assert_eq!(hash.len(), NOBODY.len());
        assert!(!passwords.verify("x".into(), None).await.unwrap());
    }
}
