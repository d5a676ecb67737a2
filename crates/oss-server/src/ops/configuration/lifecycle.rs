//! The rules for lifecycle rules.

use std::collections::HashSet;

use oss_protocol::code::Code;
use oss_protocol::time::parse_iso8601;
use oss_protocol::xml::{LifecycleAction, LifecycleConfiguration, LifecycleRule};

use crate::failure::Failure;
use crate::ops::tags;
use crate::ops::write_headers::check_storage_class;

const MOST_RULES: usize = 1000;
/// The classes that objects may change to, by how cold they are.
const COLDER: &[&str] = &["IA", "Archive", "ColdArchive", "DeepColdArchive"];
/// The most bytes of a rule's name.
const ID_LIMIT: usize = 255;

/// Whether rules with the same action may be for the same objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlap {
    Allow,
    Forbid,
}

/// Checks the rules, and names those that have no name.
pub(super) fn check(
    mut configuration: LifecycleConfiguration,
    overlap: Overlap,
) -> Result<LifecycleConfiguration, Failure> {
    let rules = &mut configuration.rules;
    if rules.is_empty() || rules.len() > MOST_RULES {
        return Err(Failure::with_message(Code::MalformedXML, "A lifecycle has 1 to 1000 rules."));
    }
    let taken: HashSet<_> = rules.iter().filter_map(|rule| rule.id.clone()).collect();
    let mut free = (1..).map(|number| format!("rule-{number}")).filter(|name| !taken.contains(name));
    for rule in rules.iter_mut() {
        if rule.id.is_none() {
            rule.id = free.next();
        }
        check_rule(rule)?;
    }
    let mut names = HashSet::new();
    if let Some(rule) = rules.iter().find(|rule| !names.insert(rule.id.as_deref())) {
        return Err(invalid("Two rules have the same ID", rule));
    }
    if overlap == Overlap::Forbid {
        for (index, rule) in rules.iter().enumerate() {
            if let Some(action) = rules[..index].iter().find_map(|other| overlap_of(rule, other)) {
                let id = rule.id.as_deref().unwrap_or_default();
                let message = format!("Overlap for same action type {action}");
                return Err(Failure::with_message(Code::InvalidRequest, message).detail("ID", id));
            }
        }
    }
    Ok(configuration)
}

fn check_rule(rule: &LifecycleRule) -> Result<(), Failure> {
    if rule.id.as_ref().is_some_and(|id| id.len() > ID_LIMIT) {
        return Err(invalid("Its ID is longer than 255 bytes", rule));
    }
    if !matches!(rule.status.as_str(), "Enabled" | "Disabled") {
        return Err(invalid("Its Status is neither Enabled nor Disabled", rule));
    }
    if rule.actions().next().is_none() {
        return Err(invalid("It has no action", rule));
    }
    if let Some((key, _)) = rule.tags.iter().find(|tag| !tags::is_of_objects(tag)) {
        return Err(invalid(&format!("Its tag {key} is one that no object can have"), rule));
    }
    for action in rule.actions() {
        if moments(action) != 1 {
            return Err(invalid("Each action happens after some days or on a date", rule));
        }
        if action.days == Some(0) || action.noncurrent_days == Some(0) {
            return Err(invalid("Days are counted from 1", rule));
        }
        for (name, date) in [("CreatedBeforeDate", &action.created_before_date), ("Date", &action.date)] {
            if date.as_ref().is_some_and(|date| parse_iso8601(date).is_none() || !date.contains("T00:00:00")) {
                return Err(invalid(&format!("Its {name} is no midnight in UTC"), rule));
            }
        }
    }
    for transition in rule.transitions.iter().chain(&rule.noncurrent_version_transitions) {
        let class = transition.storage_class.as_deref();
        check_storage_class(class.ok_or_else(|| invalid("A transition has no StorageClass", rule))?)?;
    }
    check_order(rule)
}

/// Objects become colder, then they go; and a rule counts either in days or by dates.
fn check_order(rule: &LifecycleRule) -> Result<(), Failure> {
    let of_objects = || rule.expiration.iter().chain(&rule.transitions);
    let counts = of_objects().any(|action| action.days.is_some());
    let dates = of_objects().any(|action| action.created_before_date.is_some() || action.date.is_some());
    if counts && dates {
        return Err(invalid("It counts in days and by dates at once", rule));
    }
    let late = |class: &str, days: u32| {
        let message = "Objects change to a colder class with time, and expire after that.";
        Failure::argument("Days", days.to_string(), message).detail("StorageClass", class)
    };
    let expires = rule.expiration.as_ref().and_then(|expiration| expiration.days);
    let old_expire = rule.noncurrent_version_expiration.as_ref().and_then(|expiration| expiration.noncurrent_days);
    for (transitions, expires) in [(&rule.transitions, expires), (&rule.noncurrent_version_transitions, old_expire)] {
        let mut steps = Vec::new();
        for transition in transitions {
            let class = transition.storage_class.as_deref().unwrap_or_default();
            let Some(coldness) = COLDER.iter().position(|known| *known == class) else {
                let message = "Objects cannot change to this class by themselves.";
                return Err(Failure::argument("StorageClass", class, message));
            };
            let Some(days) = transition.days.or(transition.noncurrent_days) else { continue };
            let is_disordered = |(other, when): &(usize, u32)| (coldness > *other) != (days > *when);
            if expires.is_some_and(|expires| days >= expires) || steps.iter().any(is_disordered) {
                return Err(late(class, days));
            }
            steps.push((coldness, days));
        }
    }
    Ok(())
}

fn moments(action: &LifecycleAction) -> usize {
    usize::from(action.days.is_some())
        + usize::from(action.noncurrent_days.is_some())
        + usize::from(action.created_before_date.is_some())
        + usize::from(action.date.is_some())
        + usize::from(action.expired_object_delete_marker.is_some())
}

/// The action that two rules have for the same objects.
fn overlap_of(rule: &LifecycleRule, other: &LifecycleRule) -> Option<&'static str> {
    let same_objects = rule.prefix.starts_with(&other.prefix) || other.prefix.starts_with(&rule.prefix);
    if !same_objects || rule.tags != other.tags {
        return None;
    }
    let actions = |rule: &LifecycleRule| {
        [
            ("Expiration", rule.expiration.is_some()),
            ("AbortMultipartUpload", rule.abort_multipart_upload.is_some()),
            ("NoncurrentVersionExpiration", rule.noncurrent_version_expiration.is_some()),
            ("Transition", !rule.transitions.is_empty()),
            ("NoncurrentVersionTransition", !rule.noncurrent_version_transitions.is_empty()),
        ]
    };
    actions(rule).into_iter().zip(actions(other)).find(|((_, one), (_, two))| *one && *two).map(|((name, _), _)| name)
}

fn invalid(reason: &str, rule: &LifecycleRule) -> Failure {
    let id = rule.id.as_deref().unwrap_or_default();
    Failure::with_message(Code::InvalidRequest, format!("{reason}.")).detail("ID", id)
}
