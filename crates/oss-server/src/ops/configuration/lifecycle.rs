//! The rules for lifecycle rules.

use std::collections::HashSet;

use oss_protocol::code::Code;
use oss_protocol::time::parse_iso8601;
use oss_protocol::xml::{LifecycleAction, LifecycleConfiguration, LifecycleRule};

use crate::failure::Failure;
use crate::ops::write_headers::check_storage_class;

const MOST_RULES: usize = 1000;
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
    for (index, rule) in rules.iter_mut().enumerate() {
        rule.id.get_or_insert_with(|| format!("rule-{}", index + 1));
        check_rule(rule)?;
    }
    let mut names = HashSet::new();
    if let Some(rule) = rules.iter().find(|rule| !names.insert(rule.id.as_deref())) {
        return Err(invalid("Two rules have the same ID", rule));
    }
    if overlap == Overlap::Forbid {
        for (index, rule) in rules.iter().enumerate() {
            if let Some(other) = rules[..index].iter().find(|other| overlaps(rule, other)) {
                let other = other.id.as_deref().unwrap_or_default();
                return Err(invalid(&format!("Its objects overlap with those of rule {other}"), rule));
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
    for action in rule.actions() {
        if moments(action) != 1 {
            return Err(invalid("Each action happens after some days or before a date", rule));
        }
        if action.days == Some(0) || action.noncurrent_days == Some(0) {
            return Err(invalid("Days are counted from 1", rule));
        }
        if let Some(date) = &action.created_before_date
            && !(parse_iso8601(date).is_some() && date.contains("T00:00:00"))
        {
            return Err(invalid("Its CreatedBeforeDate is no midnight in UTC", rule));
        }
    }
    for transition in rule.transitions.iter().chain(&rule.noncurrent_version_transitions) {
        let class = transition.storage_class.as_deref();
        check_storage_class(class.ok_or_else(|| invalid("A transition has no StorageClass", rule))?)?;
    }
    Ok(())
}

fn moments(action: &LifecycleAction) -> usize {
    usize::from(action.days.is_some())
        + usize::from(action.noncurrent_days.is_some())
        + usize::from(action.created_before_date.is_some())
        + usize::from(action.expired_object_delete_marker.is_some())
}

fn overlaps(rule: &LifecycleRule, other: &LifecycleRule) -> bool {
    let same_action = (rule.expiration.is_some() && other.expiration.is_some())
        || (rule.abort_multipart_upload.is_some() && other.abort_multipart_upload.is_some())
        || (rule.noncurrent_version_expiration.is_some() && other.noncurrent_version_expiration.is_some())
        || (!rule.transitions.is_empty() && !other.transitions.is_empty())
        || (!rule.noncurrent_version_transitions.is_empty() && !other.noncurrent_version_transitions.is_empty());
    let same_objects = rule.prefix.starts_with(&other.prefix) || other.prefix.starts_with(&rule.prefix);
    same_action && same_objects && rule.tags == other.tags
}

fn invalid(reason: &str, rule: &LifecycleRule) -> Failure {
    let id = rule.id.as_deref().unwrap_or_default();
    Failure::with_message(Code::InvalidRequest, format!("{reason}.")).detail("ID", id)
}
