//! Types with one fault each: every one must turn the suite red, in the cases named here and for the reason named here.

mod abilities;
mod beside;
mod mutant;
mod overriding;
mod tenant;

use std::sync::Arc;
use std::time::Duration;

use conformance::{MemoryStorage, Profile, Verdict, case_names, override_audit, run_case};
use meta::{Ability, Feature, Operation, SignMethod, Storage};

use self::mutant::{Fault, Mutant, SECRET};
use self::tenant::Tenant;

/// What options of calls may ask of `storages.MemoryType`.
const FEATURES: &[Feature] = MemoryStorage::FEATURES;

/// What a store that keeps every version needs in a soak.
const ROOM: u64 = 8 * MemoryStorage::DEFAULT_MAX_BYTES;

/// What holds of the Type without a fault.
fn profile_of(fault: Fault) -> Profile {
    let storage = MemoryStorage::with_versions(ROOM, SECRET);
    let sent = storage.clone();
    let made: Arc<dyn Storage> = Arc::new(Mutant::new(storage, fault));
    Profile::of_storage("storages.MutantType", move || Arc::clone(&made))
        .with_abilities(Ability::ALL)
        .with_features(FEATURES)
        .with_storage_classes(MemoryStorage::STORAGE_CLASSES.iter().copied())
        .with_parallel_reads()
        .with_versioned_store()
        .with_secrets([SECRET])
        .with_large_bodies(1 << 20)
        .with_fetch(move |mut request, body| {
            let storage = sent.clone();
            async move {
                if fault == Fault::PutTypeUnbound {
                    request.headers.clear();
                }
                let answer = storage.send(&request, body.clone()).await;
                if fault == Fault::SignatureIgnoresMethod && answer.0 == 403 {
                    request.method = match request.method {
                        SignMethod::Get => SignMethod::Put,
                        _ => SignMethod::Get,
                    };
                    return storage.send(&request, body).await;
                }
                answer
            }
        })
}

/// The wrapper without a fault: what turns red below does so because of the fault.
mod unbroken {
    fn profile() -> conformance::Profile {
        super::profile_of(super::Fault::None)
    }

    conformance::suite!(profile);
}

/// Demands that each of the cases fails, and tells this reason.
fn caught(profile: &Profile, by: &[(&str, &str)]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    let runtime = runtime.expect("a runtime");
    for (case, reason) in by {
        match runtime.block_on(run_case(profile, case)) {
            Verdict::Failed(why) => assert!(why.contains(reason), "{case} does not tell {reason:?} but: {why}"),
            verdict => panic!("{case} does not see the fault: {verdict:?}"),
        }
    }
}

/// A test for each mutant: its fault, and the cases that catch it with the reasons that they tell.
macro_rules! mutants {
    ($($mutant:ident: $fault:expr => [$($case:ident: $reason:literal),* $(,)?];)*) => {
        $(
            #[test]
            fn $mutant() {
                caught(&profile_of($fault), &[$((stringify!($case), $reason)),*]);
            }
        )*

        #[test]
        fn the_cases_named_here_exist() {
            let known: Vec<_> = case_names().collect();
            for case in [$($(stringify!($case)),*),*] {
                assert!(known.contains(&case), "{case}");
            }
        }
    };
}

mutants! {
    // Contents.
    a_lost_last_byte: Fault::DropsLastByte => [
        five_verbs_round_trip: "is said to have",
        bodies_of_every_size_round_trip: "has 0 bytes of 1",
        files_round_trip: "has 0 bytes of 1",
        random_operations_agree_with_a_model: "CONFORMANCE_SEED",
    ];
    a_byte_lost_between_chunks: Fault::DropsMiddleByte => [streams_round_trip: "differs from byte"];
    empty_objects_are_missing: Fault::LosesEmptyObjects => [bodies_of_every_size_round_trip: "no such object"];
    what_arrived_is_stored: Fault::StoresWhatArrived => [
        a_stream_that_breaks_stores_nothing: "bytes of 3000",
        a_wrong_length_stores_nothing: "bytes of 3000",
        an_upload_dropped_midway_stores_nothing: "bytes of 10000",
        readers_see_the_old_object_or_the_new_one: "writer",
    ];
    the_old_object_goes_first: Fault::DeletesFirst => [
        a_stream_that_breaks_stores_nothing: "no such object",
        an_upload_dropped_midway_stores_nothing: "no such object",
    ];
    lengths_are_not_looked_at: Fault::IgnoresLength => [
        a_wrong_length_stores_nothing: "succeeded",
        progress_of_what_fails_never_tells_all: "did not fail",
    ];
    the_broken_source_is_not_told: Fault::HidesSource => [
        a_stream_that_breaks_stores_nothing: "without telling what broke",
    ];

    // Ranges and conditions.
    ranges_are_ignored: Fault::IgnoresRange => [
        ranges_give_just_their_bytes: "is said to span",
        large_files_come_in_parts: "not the one asked for",
    ];
    ranges_are_one_too_long: Fault::RangeOneTooLong => [ranges_give_just_their_bytes: "is said to span"];
    ranges_tell_one_and_give_another: Fault::RangeShifted => [
        ranges_give_just_their_bytes: "differs from byte",
        large_files_come_in_parts: "what arrived is not what is stored",
        interrupted_downloads_go_on: "what arrived is not what is stored",
        downloads_to_one_file_do_not_disturb_each_other: "instead of Conflict",
    ];
    ranges_past_the_end_are_refused: Fault::RefusesPastTheEnd => [ranges_give_just_their_bytes: "refused"];
    ranges_at_the_end_are_empty: Fault::EmptyAtTheEnd => [ranges_that_hold_no_byte_are_refused: "succeeded"];
    conditions_are_ignored: Fault::IgnoresConditions => [
        conditions_on_etags_hold: "succeeded",
        conditions_on_times_hold: "succeeded",
        files_appear_whole_or_not_at_all: "of another ETag succeeded",
    ];

    // Metadata.
    old_metadata_stays: Fault::KeepsOldMetadata => [overwriting_replaces_everything: "keeps metadata"];
    types_are_guessed: Fault::GuessesType => [content_types_are_kept: "became"];
    headers_are_lost: Fault::LosesHeaders => [headers_and_metadata_are_kept: "Cache-Control"];
    content_and_metadata_are_written_apart: Fault::WritesMetadataLater => [
        of_concurrent_writers_one_wins_whole: "writer",
        readers_see_the_old_object_or_the_new_one: "writer",
    ];

    // Receipts.
    receipts_have_a_wrong_crc: Fault::WrongCrc => [receipts_tell_the_truth: "wrong CRC-64"];
    receipts_have_a_wrong_size: Fault::WrongSize => [receipts_tell_the_truth: "wrong size"];
    receipts_have_a_raw_url: Fault::RawUrl => [receipts_tell_the_truth: "not percent-encoded"];
    receipts_have_no_url: Fault::EmptyUrl => [five_verbs_round_trip: "no `url`"];

    // Names.
    names_are_lowered: Fault::LowersNames => [awkward_names_keep_their_own_content: "bytes of"];
    names_are_trimmed: Fault::TrimsNames => [awkward_names_keep_their_own_content: "bytes of"];
    slashes_are_collapsed: Fault::CollapsesSlashes => [awkward_names_keep_their_own_content: "bytes of"];
    dots_are_resolved: Fault::ResolvesDots => [
        awkward_names_keep_their_own_content: "bytes of",
        names_at_the_root_keep_their_own_content: "bytes of",
    ];
    percents_are_decoded: Fault::DecodesPercents => [awkward_names_keep_their_own_content: "bytes of"];
    names_are_cut: Fault::CutsNames => [awkward_names_keep_their_own_content: "bytes of"];
    folders_show: Fault::MakesFolders => [
        awkward_names_keep_their_own_content: "bytes of",
        an_override_sees_every_effect: "saw no write of it",
    ];

    // What is missing, and what is in the way.
    missing_objects_are_there: Fault::InventsMissing => [missing_objects_are_not_found: "succeeded"];
    missing_objects_cannot_be_deleted: Fault::MissingDeleteFails => [
        missing_objects_are_not_found: "no such object",
        many_are_deleted_in_one_call: "missing objects count as deleted",
        deleting_again_changes_nothing: "no such object",
    ];
    deletions_are_not_reported: Fault::ReportsOnePage => [many_are_deleted_in_one_call: "neither success nor failure"];
    deletions_do_nothing: Fault::DeletesNothing => [five_verbs_round_trip: "succeeded"];
    overwriting_is_never_forbidden: Fault::IgnoresForbid => [overwriting_can_be_forbidden: "succeeded"];
    overwriting_is_forbidden_too_early: Fault::ForbidsTooEarly => [
        of_writers_that_forbid_overwriting_one_wins: "succeeded",
    ];

    // Errors and secrets.
    a_secret_in_an_error: Fault::SecretInError => [
        missing_objects_are_not_found: "holds a secret",
        secrets_appear_nowhere: "holds a secret",
    ];
    a_secret_in_a_cause: Fault::SecretInSource => [secrets_appear_nowhere: "holds a secret"];
    a_secret_in_debug: Fault::SecretInDebug => [secrets_appear_nowhere: "`Debug` of the storage"];
    a_signature_in_an_error: Fault::SignatureInError => [secrets_appear_nowhere: "holds a secret"];
    errors_about_another_object: Fault::NamesAnotherObject => [errors_name_what_failed: "does not name the object"];
    errors_that_say_nothing: Fault::SaysNothing => [errors_name_what_failed: "does not say what is wrong"];
    errors_of_two_lines: Fault::TwoLines => [errors_name_what_failed: "not one line"];
    errors_of_the_wrong_kind: Fault::WrongKind => [missing_objects_are_not_found: "instead of NotFound"];

    // Listings.
    listings_are_unsorted: Fault::ListsBackwards => [listings_are_in_the_order_of_bytes: "order of their bytes"];
    a_page_skips_a_name: Fault::ListSkips => [pages_hold_every_name_once: "in pages of"];
    a_page_repeats_a_name: Fault::ListRepeats => [pages_hold_every_name_once: "in pages of"];
    a_listing_goes_in_a_circle: Fault::ListCircles => [pages_hold_every_name_once: "circle"];
    a_listing_shifts_while_others_write: Fault::ListByNumber => [listings_go_on_while_others_write: "all the time"];
    prefixes_end_at_slashes: Fault::PrefixIsFolder => [prefixes_select: "with the prefix"];
    delimiters_are_ignored: Fault::IgnoresDelimiter => [delimiters_roll_up: "with the prefix"];
    starts_are_ignored: Fault::IgnoresStart => [listings_start_behind_a_name: "behind"];
    deleted_names_stay_listed: Fault::ListsDeleted => [deleted_objects_are_not_listed: "after a deletion"];

    // The other abilities.
    copies_lose_metadata: Fault::CopyLosesMetadata => [copies_keep_content_type_and_metadata: "a copy has the"];
    copies_of_nothing: Fault::CopyInvents => [copies_of_missing_objects_change_nothing: "succeeded"];
    copies_onto_itself_destroy: Fault::CopyMoves => [
        a_copy_onto_itself_keeps_the_object: "no such object",
        copies_keep_content_type_and_metadata: "no such object",
    ];
    appends_go_anywhere: Fault::AppendsAnywhere => [
        appends_elsewhere_conflict: "succeeded",
        of_concurrent_appends_one_wins: "succeeded",
    ];
    parts_show_at_once: Fault::PartsShow => [parts_show_nothing_before_completion: "there should be none"];
    parts_join_as_sent: Fault::PartsJoinAsSent => [parts_make_the_object: "wrong CRC-64"];
    parts_are_not_compared: Fault::PartsAnyEtag => [wrong_parts_are_refused: "succeeded"];
    aborts_do_nothing: Fault::AbortsNothing => [aborted_uploads_are_gone: "succeeded"];

    // What is kept beside the content.
    tags_are_merged: Fault::TagsMerge => [tags_are_replaced_as_a_whole: "should have the tags"];
    tags_are_lost: Fault::TagsLost => [
        tags_are_replaced_as_a_whole: "should have the tags",
        abilities_are_as_declared: "one tag was set",
    ];
    tags_of_uploads_are_ignored: Fault::UploadIgnoresTags => [tags_come_with_uploads: "was uploaded with tags should have"];
    tags_of_parts_are_ignored: Fault::PartsIgnoreTags => [tags_come_with_uploads: "an object of parts should have"];
    access_rules_of_uploads_are_ignored: Fault::AclsForgotten => [
        access_rules_come_with_uploads: "should have the access rule private",
    ];
    public_objects_are_not_public: Fault::AclsPublic => [
        access_rules_are_kept: "should have the access rule public-read",
        access_rules_let_others_read: "was answered with status 403",
    ];
    classes_of_uploads_are_ignored: Fault::ClassIgnored => [classes_come_with_uploads: "should be in the class IA"];
    a_change_of_class_loses_metadata: Fault::ClassLosesMetadata => [
        classes_change_and_all_else_stays: "lost type, headers or metadata",
        abilities_do_only_what_they_say: "than the override saw",
    ];
    any_class_will_do: Fault::ClassAny => [
        classes_change_and_all_else_stays: "succeeded",
        classes_come_with_uploads: "succeeded",
    ];
    anything_is_restored: Fault::RestoresAnything => [what_is_not_archived_is_not_restored: "succeeded"];

    // Symbolic links.
    links_are_not_followed: Fault::LinksNotFollowed => [
        links_are_followed: "bytes of 200000",
        abilities_are_as_declared: "the object",
        abilities_do_only_what_they_say: "another content",
    ];
    links_are_copies: Fault::LinksCopy => [
        links_are_followed: "bytes of 5",
        links_to_nothing_are_not_found: "no such object",
    ];
    links_need_a_target: Fault::LinksDangle => [links_to_nothing_are_not_found: "a call was refused"];
    links_take_their_target_along: Fault::LinksDeleteTarget => [
        links_are_followed: "no such object",
        abilities_do_only_what_they_say: "saw no deletion of it",
    ];
    everything_is_a_link: Fault::LinksAnything => [links_are_names_of_their_own: "succeeded"];
    links_overwrite_all: Fault::LinksOverwrite => [links_are_names_of_their_own: "succeeded"];

    // Unfinished uploads.
    done_uploads_are_listed: Fault::UploadsListDone => [
        unfinished_uploads_are_listed_by_page: "one was completed and one aborted",
        unfinished_uploads_are_aborted_together: "are left",
    ];
    unfinished_uploads_are_skipped: Fault::UploadsSkip => [unfinished_uploads_are_listed_by_page: "instead of"];
    unfinished_uploads_are_unsorted: Fault::UploadsUnsorted => [
        unfinished_uploads_are_listed_by_page: "not in the order of their names",
    ];

    // Versions.
    old_versions_are_not_listed: Fault::VersionsNewestOnly => [
        old_versions_can_be_read: "was written 4 times and has 1 versions",
        versions_are_listed_by_page: "versions are listed",
    ];
    versions_are_listed_backwards: Fault::VersionsOldestFirst => [
        old_versions_can_be_read: "wrongly",
        versions_are_listed_by_page: "not the newest",
    ];
    delete_markers_are_not_listed: Fault::VersionsNoMarkers => [deletions_leave_markers: "a delete marker should be listed"];
    versions_are_skipped: Fault::VersionsSkip => [versions_are_listed_by_page: "these versions are listed"];
    all_versions_are_deleted: Fault::DeletesAllVersions => [
        deleted_versions_are_gone: "no such object",
        deletions_leave_markers: "no such object",
    ];

    // Progress and downloads to files.
    progress_is_ignored: Fault::ProgressIgnored => [progress_of_uploads_grows_to_the_total: "tells nothing before its end"];
    parts_of_two_states_are_mixed: Fault::RangesMixed => [changed_objects_are_never_mixed: "that are no object's"];
    states_cannot_be_told_apart: Fault::EtagPerRead => [
        interrupted_downloads_go_on: "not the one asked for",
        large_files_come_in_parts: "not the one asked for",
    ];
    ends_are_told_too_early: Fault::SpanTooShort => [progress_of_downloads_grows_to_the_total: "tells another total"];
    large_objects_come_as_one: Fault::NoParallelReads => [abilities_are_as_declared: "the Type hands out none"];

    // Signed requests.
    options_of_a_signed_put_are_ignored: Fault::SignIgnoresOptions => [
        a_signed_put_binds_its_options: "tells its metadata",
    ];
    a_signed_put_takes_any_type: Fault::PutTypeUnbound => [a_signed_put_writes_what_was_agreed: "with another type was answered with status 200"];
    a_signed_request_fits_any_method: Fault::SignatureIgnoresMethod => [
        a_signed_request_allows_nothing_else: "with status 200",
    ];
    a_signed_request_never_ends: Fault::SignsForEver => [a_signed_request_ends: "still answered"];
    a_signed_get_binds_the_type: Fault::GetTypeBound => [a_signed_get_reads_without_credentials: "wants headers"];
    signing_makes_the_object: Fault::SigningWrites => [
        signing_touches_no_object: "there should be none",
        an_override_sees_every_effect: "saw no write of it",
    ];

    // Declarations.
    an_ability_that_does_not_work: Fault::AppendIsEmpty => [
        abilities_are_as_declared: "refused",
        appends_go_to_the_end: "refused",
    ];
    an_ability_that_is_not_there: Fault::NoAppend => [abilities_are_as_declared: "the Type has none"];
    an_undeclared_unsupported: Fault::NoSigning => [verbs_are_as_declared: "does not say so"];

    // Past the override.
    a_deletion_that_writes: Fault::LeavesTombstone => [an_override_sees_every_effect: "saw no write of it"];
    a_download_that_writes: Fault::TouchesOnRead => [an_override_sees_every_effect: "ETag or time"];
    a_listing_that_writes: Fault::ListWrites => [an_override_sees_every_effect: "than the override saw"];
    a_copy_that_writes_elsewhere: Fault::CopyLogs => [abilities_do_only_what_they_say: "saw no write of it"];
    an_upload_that_deletes_another: Fault::UploadDeletesOther => [an_override_sees_every_effect: "saw no deletion of it"];
}

#[test]
fn an_ability_that_nobody_declared() {
    let others: Vec<_> = Ability::ALL.iter().copied().filter(|ability| *ability != Ability::Append).collect();
    for fault in [Fault::None, Fault::AppendIsEmpty] {
        let profile = profile_of(fault).with_abilities(&others);
        caught(&profile, &[("abilities_are_as_declared", "does not declare it")]);
    }
}

#[test]
fn a_feature_that_nobody_declared_and_one_that_is_not_there() {
    let profile = profile_of(Fault::None).with_features(&[Feature::Acl, Feature::Tags]);
    caught(
        &profile,
        &[
            ("abilities_are_as_declared", "has storage classes, and the profile does not declare it"),
            ("what_is_not_declared_is_refused", "an upload that asks for storage classes succeeded"),
        ],
    );
    let claiming = [FEATURES, &[Feature::Forms]].concat();
    let profile = profile_of(Fault::ClaimsForms).with_features(&claiming);
    caught(&profile, &[("what_is_declared_is_taken", "signs no forms")]);
    let profile = profile_of(Fault::None).with_features(Feature::ALL);
    caught(
        &profile,
        &[("abilities_are_as_declared", "the profile declares options of encryption, and the Type has none")],
    );
}

#[test]
fn a_verb_that_works_and_is_said_to_be_lacking() {
    caught(&profile_of(Fault::None).without(&[Operation::Sign]), &[("verbs_are_as_declared", "and it works")]);
}

#[test]
fn a_refused_verb_that_does_not_name_the_type() {
    let profile = profile_of(Fault::NoSigningAnonymous).without(&[Operation::Sign]);
    caught(&profile, &[("verbs_are_as_declared", "does not name the Type")]);
}

#[test]
fn a_call_that_never_ends_and_one_that_panics() {
    let impatient = profile_of(Fault::Hangs).with_patience(Duration::from_secs(2));
    caught(&impatient, &[("missing_objects_are_not_found", "did not end within")]);
    caught(&profile_of(Fault::Panics), &[("missing_objects_are_not_found", "panicked: a bug of the Type")]);
}

const ABILITIES_WITHOUT_VERSIONS: [Ability; 8] = [
    Ability::List,
    Ability::Copy,
    Ability::Append,
    Ability::Multipart,
    Ability::Symlinks,
    Ability::Tags,
    Ability::Acls,
    Ability::StorageClasses,
];

/// An override that moves every name under a prefix, and hands out its base's abilities as they are.
fn tenant(abilities: &[Ability]) -> Profile {
    let storage = MemoryStorage::new(MemoryStorage::DEFAULT_MAX_BYTES);
    Profile::of_storage("storages.TenantType", move || Arc::new(Tenant(Arc::new(storage.clone()))))
        .with_abilities(abilities)
        .with_features(FEATURES)
        .with_storage_classes(MemoryStorage::STORAGE_CLASSES.iter().copied())
        .with_parallel_reads()
}

#[test]
fn an_override_that_hands_out_the_abilities_of_its_base() {
    caught(&tenant(&[Ability::List]), &[("abilities_are_as_declared", "does not declare it")]);
    caught(
        &tenant(&ABILITIES_WITHOUT_VERSIONS),
        &[
            ("abilities_are_as_declared", "is not listed"),
            ("appends_go_to_the_end", "no such object"),
            ("parts_make_the_object", "has 3 bytes of"),
            ("copies_keep_content_type_and_metadata", "no such object"),
        ],
    );
}

#[test]
fn the_audit_alone_sees_what_reaches_past_an_override() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let good = runtime.block_on(override_audit(&profile_of(Fault::None)));
    assert!(good.is_green(), "{good}");
    for fault in [Fault::LeavesTombstone, Fault::TouchesOnRead, Fault::ListWrites, Fault::SigningWrites] {
        let report = runtime.block_on(override_audit(&profile_of(fault)));
        assert!(report.failed().any(|(case, _)| case == "an_override_sees_every_effect"), "{fault:?}: {report}");
        let (_, why) = report.failed().next().expect("just seen");
        assert!(report.to_string().contains(why), "{report}");
    }
}
