//! Which services a batch reaches: where nobody answers any more, nothing else is tried.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::transfer::{End, Job};

/// How many transfers may reach nobody, one after the other, for each that runs at a time. It is more than one, since all
/// that run may fail by a single hiccup.
const ROUNDS_UNREACHED: usize = 2;

/// What has become of transfers, by the elements at their two ends: where one service is down, others may answer.
#[derive(Debug)]
pub(crate) struct Reach {
    /// So many that reached nobody, one after the other, are enough.
    enough: usize,
    routes: RefCell<BTreeMap<Route, Fate>>,
}

/// The fullNames of the elements at both ends; none for what is on this machine.
type Route = (Option<String>, Option<String>);

#[derive(Debug, Default)]
struct Fate {
    /// How many have reached nobody since the last one that reached somebody.
    unreached: usize,
    not_tried: Option<NotTried>,
}

/// Transfers that were not tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotTried {
    not_tried: u64,
    /// The elements at both ends, as they are typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

impl Reach {
    pub(crate) fn new(parallel: usize) -> Self {
        Self { enough: ROUNDS_UNREACHED * parallel, routes: RefCell::default() }
    }

    /// Whether a transfer is worth a try. One that is not is counted.
    pub(crate) fn admits(&self, job: &Job) -> bool {
        let mut routes = self.routes.borrow_mut();
        let fate = routes.entry(route(job)).or_default();
        if fate.unreached < self.enough {
            return true;
        }
        fate.not_tried.get_or_insert_with(|| NotTried::between(job)).not_tried += 1;
        false
    }

    /// Takes in how a transfer has ended. One that began before others failed may still show that the service is there.
    pub(crate) fn note(&self, job: &Job, is_unreached: bool) {
        let mut routes = self.routes.borrow_mut();
        let fate = routes.entry(route(job)).or_default();
        fate.unreached = if is_unreached { fate.unreached + 1 } else { 0 };
    }

    /// What was not tried, by the elements that it was meant for.
    pub(crate) fn not_tried(&self) -> Vec<NotTried> {
        self.routes.borrow().values().filter_map(|fate| fate.not_tried.clone()).collect()
    }
}

impl NotTried {
    fn between(job: &Job) -> Self {
        let element = |end: &End| match end {
            End::Object(place) => Some(place.shown_at("")),
            End::Local(_) | End::Standard => None,
        };
        Self { not_tried: 0, from: element(&job.from), to: element(&job.to) }
    }
}

impl fmt::Display for NotTried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = if self.not_tried == 1 { "object is" } else { "objects are" };
        let mut elements: Vec<_> = [&self.from, &self.to].into_iter().flatten().map(|it| format!("`{it}`")).collect();
        elements.dedup();
        write!(f, "{} is not reached any more, so {} {objects} not tried", elements.join(" or "), self.not_tried)
    }
}

fn route(job: &Job) -> Route {
    let name = |end: &End| match end {
        End::Object(place) => Some(place.element.full_name().to_string()),
        End::Local(_) | End::Standard => None,
    };
    (name(&job.from), name(&job.to))
}
