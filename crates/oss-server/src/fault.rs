//! Scripted faults, for the tests of clients: off unless a test asks for one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::body::Damage;
use crate::request::Request;

/// A fault that meets the next matching requests.
///
/// ```
/// use std::time::Duration;
/// use oss_server::Fault;
///
/// let twice_busy = Fault::answer(503, "ServiceUnavailable").on_method("PUT").times(2);
/// let torn = Fault::cut_body(1000).on_key("big.bin");
/// let slow = Fault::delay(Duration::from_millis(200));
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    effect: Effect,
    method: Option<String>,
    key: Option<String>,
    parameter: Option<String>,
    skip: u64,
    times: u64,
}

/// What a fault does.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Answer { status: u16, code: String, retry_after: Option<u64> },
    Raw { status: u16, content_type: String, body: Vec<u8> },
    Delay(Duration),
    Damage(Damage),
    WrongCrc,
    Disconnect,
    LoseAnswer,
}

impl Fault {
    /// The request is not looked at, but answered with this status and an error document with this code.
    #[must_use]
    pub fn answer(status: u16, code: &str) -> Self {
        Self::new(Effect::Answer { status, code: code.to_owned(), retry_after: None })
    }

    /// As [`answer`](Self::answer), with a `Retry-After` header in seconds.
    #[must_use]
    pub fn busy(status: u16, code: &str, retry_after: Duration) -> Self {
        Self::new(Effect::Answer { status, code: code.to_owned(), retry_after: Some(retry_after.as_secs()) })
    }

    /// The request is not looked at, but answered with any body at all, such as the page of a proxy.
    #[must_use]
    pub fn garbage(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Effect::Raw { status, content_type: content_type.to_owned(), body: body.into() })
    }

    /// The request is served after a wait.
    #[must_use]
    pub fn delay(by: Duration) -> Self {
        Self::new(Effect::Delay(by))
    }

    /// The connection breaks after this many bytes of the answer's body.
    #[must_use]
    pub fn cut_body(after: u64) -> Self {
        Self::new(Effect::Damage(Damage::Cut(after)))
    }

    /// One bit of the byte at this offset of the answer's body is flipped.
    #[must_use]
    pub fn flip_bit(at: u64) -> Self {
        Self::new(Effect::Damage(Damage::Flip(at)))
    }

    /// The answer's `x-oss-hash-crc64ecma` is wrong.
    #[must_use]
    pub fn wrong_crc() -> Self {
        Self::new(Effect::WrongCrc)
    }

    /// The connection breaks before the request is looked at.
    #[must_use]
    pub fn disconnect() -> Self {
        Self::new(Effect::Disconnect)
    }

    /// The request is served, but the connection breaks before the answer: the client cannot know.
    #[must_use]
    pub fn lose_answer() -> Self {
        Self::new(Effect::LoseAnswer)
    }

    /// Meets only requests of this method.
    #[must_use]
    pub fn on_method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Meets only requests for this key.
    #[must_use]
    pub fn on_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Meets only requests whose query has this name, such as `uploadId`.
    #[must_use]
    pub fn on_parameter(mut self, name: &str) -> Self {
        self.parameter = Some(name.to_owned());
        self
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Meets this many matching requests, one by default.
    #[must_use]
    pub fn times(mut self, requests: u64) -> Self {
        self.times = requests;
        self
    }

    pub(crate) fn new(effect: Effect) -> Self {
        Self { effect, method: None, key: None, parameter: None, skip: 0, times: 1 }
    }

    fn matches(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| request.method == method.as_str())
            && self.key.as_ref().is_none_or(|key| request.key.as_ref() == Some(key))
            && self.parameter.as_ref().is_none_or(|name| request.has(name))
    }
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: AtomicBool,
    waiting: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(fault);
        self.armed.store(true, Ordering::Release);
    }

    pub(crate) fn clear(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.armed.store(false, Ordering::Release);
    }

    /// The effect of the first fault that meets the request.
    pub(crate) fn meet(&self, request: &Request) -> Option<Effect> {
        if !self.armed.load(Ordering::Acquire) {
            return None;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = waiting.iter_mut().filter(|fault| fault.matches(request)).find_map(|fault| {
            if fault.skip == 0 {
                return Some(fault);
            }
            fault.skip -= 1;
            None
        })?;
        let effect = fault.effect.clone();
        fault.times = fault.times.saturating_sub(1);
        waiting.retain(|fault| fault.times > 0);
        Some(effect)
    }
}
