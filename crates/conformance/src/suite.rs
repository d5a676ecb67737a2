//! The table of cases, and how they run.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::cases;
use crate::outcome::{Outcome, Stop};
use crate::profile::Profile;
use crate::report::{Report, Verdict};
use crate::subject::Subject;

/// A case: a demand on every Type.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) subject: &'static str,
    run: fn(Subject) -> Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

/// Makes the table of cases and, from the same list, the macro that expands to a test for each.
macro_rules! cases {
    ($dollar:tt $($subject:ident { $($case:ident)* })*) => {
        const CASES: &[Case] = &[$($(Case {
            name: stringify!($case),
            subject: stringify!($subject),
            run: |subject| Box::pin(cases::$subject::$case(subject)),
        },)*)*];

        /// Expands to one `#[test]` for each case of the suite, run on the [`Profile`](crate::Profile) that the given
        /// function returns. For several profiles of one Type write each into a module of its own.
        ///
        /// ```
        /// use conformance::{MemoryStorage, Profile};
        /// use std::sync::Arc;
        ///
        /// fn small_memory() -> Profile {
        ///     let make = || Arc::new(MemoryStorage::with_versions(64 << 20, "key")) as Arc<dyn meta::Storage>;
        ///     Profile::of_storage("storages.MemoryType", make)
        ///         .with_abilities(meta::Ability::ALL)
        ///         .with_features(MemoryStorage::FEATURES)
        ///         .with_storage_classes(MemoryStorage::STORAGE_CLASSES.iter().copied())
        ///         .with_parallel_reads()
        ///         .with_versioned_store()
        /// }
        ///
        /// mod small {
        ///     conformance::suite!(super::small_memory);
        /// }
        /// ```
        #[macro_export]
        macro_rules! suite {
            ($dollar profile:expr) => {
                $($(
                    #[test]
                    fn $case() {
                        $crate::__private::test(&($dollar profile)(), stringify!($case));
                    }
                )*)*
            };
        }
    };
}

cases! { $
    verbs {
        five_verbs_round_trip
        receipts_tell_the_truth
        overwriting_replaces_everything
        overwriting_can_be_forbidden
        missing_objects_are_not_found
        deleting_again_changes_nothing
        many_are_deleted_in_one_call
        objects_outlive_the_element
    }
    bodies {
        bodies_of_every_size_round_trip
        files_round_trip
        streams_round_trip
        downloads_stream
        a_stream_that_breaks_stores_nothing
        a_wrong_length_stores_nothing
    }
    ranges {
        ranges_give_just_their_bytes
        ranges_that_hold_no_byte_are_refused
    }
    conditions {
        conditions_on_etags_hold
        conditions_on_times_hold
        a_version_is_never_ignored
    }
    metadata {
        content_types_are_kept
        headers_and_metadata_are_kept
        headers_that_are_none_are_refused
        times_are_of_the_last_write
    }
    names {
        awkward_names_keep_their_own_content
        names_at_the_root_keep_their_own_content
        names_that_the_type_refuses_harm_nothing
        illegal_names_are_refused_by_every_verb
    }
    concurrency {
        of_concurrent_writers_one_wins_whole
        of_writers_that_forbid_overwriting_one_wins
        readers_see_the_old_object_or_the_new_one
        neighbours_are_written_and_deleted_at_once
        writers_that_nobody_polls_hold_up_nobody
    }
    cancellation {
        an_upload_dropped_midway_stores_nothing
        an_upload_dropped_anywhere_leaves_a_whole_object
        other_calls_may_be_dropped
    }
    listing {
        listings_are_in_the_order_of_bytes
        pages_hold_every_name_once
        prefixes_select
        delimiters_roll_up
        listings_start_behind_a_name
        listings_know_sizes_and_etags
        listings_go_on_while_others_write
        deleted_objects_are_not_listed
    }
    copying {
        copies_keep_content_type_and_metadata
        copies_of_missing_objects_change_nothing
        copies_can_forbid_overwriting
        a_copy_onto_itself_keeps_the_object
    }
    appending {
        appends_go_to_the_end
        appends_elsewhere_conflict
        of_concurrent_appends_one_wins
    }
    multipart {
        parts_make_the_object
        parts_show_nothing_before_completion
        uploads_of_one_name_are_apart
        wrong_parts_are_refused
        aborted_uploads_are_gone
        completion_can_forbid_overwriting
    }
    unfinished {
        unfinished_uploads_are_listed_by_page
        unfinished_uploads_are_aborted_together
    }
    linking {
        links_are_followed
        links_to_nothing_are_not_found
        links_of_links_are_refused
        links_are_names_of_their_own
    }
    tagging {
        tags_are_replaced_as_a_whole
        tags_come_with_uploads
    }
    access {
        access_rules_are_kept
        access_rules_come_with_uploads
        access_rules_let_others_read
    }
    classes {
        classes_change_and_all_else_stays
        classes_come_with_uploads
        what_is_not_archived_is_not_restored
    }
    versioning {
        old_versions_can_be_read
        deletions_leave_markers
        deleted_versions_are_gone
        versions_are_listed_by_page
    }
    features {
        what_is_not_declared_is_refused
        what_is_declared_is_taken
    }
    progress {
        progress_of_uploads_grows_to_the_total
        progress_of_what_fails_never_tells_all
        progress_of_downloads_grows_to_the_total
    }
    files {
        files_appear_whole_or_not_at_all
        large_files_come_in_parts
        interrupted_downloads_go_on
        changed_objects_are_never_mixed
        downloads_to_one_file_do_not_disturb_each_other
    }
    signing {
        a_signed_get_reads_without_credentials
        a_signed_put_writes_what_was_agreed
        a_signed_put_binds_its_options
        signed_options_that_mean_nothing_are_refused
        a_signed_request_allows_nothing_else
        a_signed_request_ends
        signing_touches_no_object
    }
    declarations {
        abilities_are_as_declared
        verbs_are_as_declared
    }
    errors {
        errors_name_what_failed
        secrets_appear_nowhere
    }
    model {
        random_operations_agree_with_a_model
    }
    audit {
        an_empty_override_changes_nothing
        an_override_closes_what_writes
        an_override_sees_every_effect
        abilities_do_only_what_they_say
    }
}

/// All cases. A function, since cases that run others could not mention a table that mentions them.
pub(crate) fn all() -> &'static [Case] {
    CASES
}

/// The names of all cases, in the order in which they run.
pub fn case_names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.name)
}

/// Runs all cases, one after the other. Needs a multi-threaded Tokio runtime.
pub async fn run(profile: &Profile) -> Report {
    report(profile, |_| true).await
}

/// Runs one case by its name.
pub async fn run_case(profile: &Profile, name: &str) -> Verdict {
    match CASES.iter().find(|case| case.name == name) {
        Some(case) => judge(profile, case).await,
        None => Verdict::Failed(format!("there is no case `{name}`")),
    }
}

/// Runs the cases about overriding: an empty override over the Type changes nothing but to close the abilities that
/// write and signed PUT, and a recorder over it sees every write, removal and signed URL. They are a part of [`run`].
///
/// After every verb the store is compared with what the recorder saw: all names where the Type lists (of large stores
/// those of the case itself), else the names that the case used.
pub async fn override_audit(profile: &Profile) -> Report {
    report(profile, |case| case.subject == "audit").await
}

async fn report(profile: &Profile, chosen: impl Fn(&Case) -> bool) -> Report {
    let mut report = Report::default();
    for case in CASES.iter().filter(|case| chosen(case)) {
        report.push(case.name, judge(profile, case).await);
    }
    report
}

/// Runs a case for another one.
pub(crate) fn verdict_of<'a>(
    profile: &'a Profile,
    case: &'a Case,
) -> Pin<Box<dyn Future<Output = Verdict> + Send + 'a>> {
    Box::pin(judge(profile, case))
}

async fn judge(profile: &Profile, case: &Case) -> Verdict {
    let subject = match Subject::new(profile).await {
        Ok(subject) => subject,
        Err(stop) => return verdict(Err(stop), Vec::new()),
    };
    // The audit runs other cases within its own.
    let cases = if case.subject == "audit" { 30 } else { 1 };
    let patience = profile.patience().saturating_mul(if subject.is_soaking() { 30 } else { cases });
    let outcome = run_guarded((case.run)(subject.clone()), patience).await;
    let verdict = verdict(outcome, subject.broken_rules());
    // What hangs would hang here too.
    if tokio::time::timeout(patience, subject.clean_up()).await.is_err() && verdict == Verdict::Passed {
        return Verdict::Failed("the objects of the case cannot be deleted: the call does not end".to_owned());
    }
    note_counts(case, &subject);
    verdict
}

/// Runs a case as a task of its own, so that neither a panic nor a call that never ends takes the others with it.
async fn run_guarded(case: Pin<Box<dyn Future<Output = Outcome> + Send>>, patience: Duration) -> Outcome {
    let mut task = tokio::spawn(case);
    match tokio::time::timeout(patience, &mut task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) if error.is_panic() => {
            let panic = error.into_panic();
            let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Stop::Failed(format!("it panicked: {text}")))
        }
        Ok(Err(error)) => Err(Stop::Failed(format!("it was stopped: {error}"))),
        Err(_) => {
            task.abort();
            Err(Stop::Failed(format!("it did not end within {} s", patience.as_secs())))
        }
    }
}

fn verdict(outcome: Outcome, broken_rules: Vec<String>) -> Verdict {
    let rules = broken_rules.join("; ");
    match outcome {
        Err(Stop::Failed(why)) if rules.is_empty() => Verdict::Failed(why),
        Err(Stop::Failed(why)) => Verdict::Failed(format!("{why}; {rules}")),
        // The text of an error that broke a rule may hold the secret that it should not.
        Err(Stop::Refused(error)) if rules.is_empty() => Verdict::Failed(format!("a call was refused: {error}")),
        _ if !rules.is_empty() => Verdict::Failed(rules),
        Err(Stop::NotApplicable(why)) => Verdict::NotApplicable(why),
        Err(Stop::Refused(_)) | Ok(()) => Verdict::Passed,
    }
}

#[expect(clippy::print_stdout, reason = "who soaks wants to see how much was done; tests show it with --nocapture")]
fn note_counts(case: &Case, subject: &Subject) {
    if subject.is_soaking() {
        for count in subject.counts() {
            println!("{}: {count}", case.name);
        }
    }
}

/// What the tests of `suite!` run. No part of the public API.
#[doc(hidden)]
pub mod __private {
    use super::{Profile, Verdict, run_case};

    #[expect(clippy::print_stdout, reason = "a test that asserts nothing says so")]
    pub fn test(profile: &Profile, case: &str) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        match runtime.block_on(run_case(profile, case)) {
            Verdict::Passed => {}
            Verdict::NotApplicable(why) => println!("not applicable: {why}"),
            Verdict::Failed(why) => panic!("{case}: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let names: BTreeSet<_> = case_names().collect();
        assert_eq!(names.len(), CASES.len());
    }
}
