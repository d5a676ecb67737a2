//! The audit of overriding: an override over the Type changes nothing, closes what writes past it, and sees every
//! effect of the Type.

mod recorder;
mod state;

use std::future::Future;
use std::sync::Arc;

use meta::{
    Ability, Body, CopyOptions, DownloadOptions, ErrorKind, FullName, ListOptions, ListUploadsOptions, ObjectAcl,
    Operation, Overwrite, RestoreOptions, SignMethod, SignOptions, StorageElement, UploadOptions,
};

use self::recorder::{Effect, Recorder, Seen};
use self::state::State;
use crate::cases::declarations::verbs_of;
use crate::outcome::{Outcome, Stop, ensure, refused};
use crate::report::Verdict;
use crate::subject::{Passing, Subject, content};
use crate::suite::{all, verdict_of};

/// The name of the Type that the audit lays over the one under test.
const OVERRIDE: &str = "storages.ConformanceOverride";

/// The subjects whose cases must pass through an empty override too.
const REPEATED: &[&str] = &[
    "verbs",
    "bodies",
    "ranges",
    "conditions",
    "metadata",
    "listing",
    "copying",
    "versioning",
    "features",
    "progress",
    "files",
    "signing",
    "declarations",
    "errors",
];

fn over_name() -> FullName {
    OVERRIDE.parse().expect("the constant is a fullName")
}

fn empty_override(s: &Subject) -> StorageElement {
    s.element().extended_by(over_name(), Passing)
}

pub(crate) async fn an_empty_override_changes_nothing(s: Subject) -> Outcome {
    let element = empty_override(&s);
    let profile = s.profile().reading(move || std::future::ready(Ok(element.clone())));
    for case in all().iter().filter(|case| REPEATED.contains(&case.subject)) {
        if let Verdict::Failed(why) = verdict_of(&profile, case).await {
            return Err(Stop::Failed(format!("with an empty override over the Type, {}: {why}", case.name)));
        }
    }
    Ok(())
}

pub(crate) async fn an_override_closes_what_writes(s: Subject) -> Outcome {
    let over = s.through(empty_override(&s));
    let (name, element) = (s.name("closed"), over.element());
    for ability in Ability::ALL.iter().copied() {
        let (below, above) = (s.element().can(ability), element.can(ability));
        ensure!(above == (below && !ability.writes()), "an empty override leaves {ability} at {above}, from {below}");
    }
    for ability in Ability::ALL.iter().copied().filter(|ability| ability.writes() && *ability != Ability::Copy) {
        for (verb, outcome) in verbs_of(&over, ability, &name).await {
            let what = format!("{verb} through an empty override");
            let error = refused(&what, outcome, ErrorKind::Unsupported)?;
            if s.element().can(ability) {
                let message = error.message();
                ensure!(
                    message.contains(&format!("closed by {OVERRIDE}")),
                    "{what} is refused without telling why: {message}"
                );
            }
        }
    }
    for method in [SignMethod::Get, SignMethod::Head, SignMethod::Put, SignMethod::Post] {
        let outcome = over.sign(&name, SignOptions::new(method)).await;
        if !method.writes() && s.profile().signs(method) {
            outcome?;
            continue;
        }
        let what = format!("a signed {} through an empty override", method.as_str());
        if !s.profile().lacks(Operation::Sign) {
            let error = refused(&what, outcome, ErrorKind::Unsupported)?;
            let message = error.message();
            // What no level can do no level has closed.
            ensure!(
                message.ends_with(&format!("closed by {OVERRIDE}")) || !s.profile().signs(method),
                "{what} is refused without telling why: {message}"
            );
        }
    }
    s.expect_missing(&name).await
}

pub(crate) async fn an_override_sees_every_effect(s: Subject) -> Outcome {
    let mut audit = Audit::begin(&s, &[]).await?;
    five_verbs(&mut audit).await?;
    let over = audit.over.clone();
    let (from, to) = (s.name("copied"), s.name("copy"));
    audit.step("an upload", over.upload(&from, content(1, 70_000))).await?;
    audit.step("a copy", over.copy(&from, &to, CopyOptions::default())).await?;
    let copied = audit.has_seen(|effect| matches!(effect, Effect::Written { name, .. } if *name == to));
    ensure!(copied, "a copy did not go through the override's `upload_by_file`");
    audit.refused("a copy of a missing object", over.copy(&s.name("none"), &to, CopyOptions::default())).await?;
    let forbid = CopyOptions::default().without_overwriting();
    audit.refused("a copy over an object although that is forbidden", over.copy(&from, &to, forbid)).await?;
    for ability in Ability::ALL.iter().copied().filter(|ability| ability.writes() && *ability != Ability::Copy) {
        for (verb, outcome) in verbs_of(&over, ability, &to).await {
            audit.refused(verb, std::future::ready(outcome)).await?;
        }
    }
    audit.step("a deletion", over.delete_many(&[from, to])).await.map(drop)
}

pub(crate) async fn abilities_do_only_what_they_say(s: Subject) -> Outcome {
    let opened: Vec<_> = Ability::ALL.iter().copied().filter(|a| a.writes() && s.profile().has(*a)).collect();
    if opened.is_empty() {
        return Err(Stop::NotApplicable("the profile has no ability that writes".to_owned()));
    }
    let mut audit = Audit::begin(&s, &opened).await?;
    let (over, none) = (audit.over.clone(), UploadOptions::default);
    let (name, to) = (s.name("written"), s.name("also written"));
    let typed = || none().with_content_type("text/x").with_metadata("author", "alice");
    audit.step("an upload", over.upload_with(&name, content(1, 70_000), typed())).await?;
    audit.step("a copy", over.copy(&name, &to, CopyOptions::default())).await?;
    if s.profile().has(Ability::Append) {
        let log = s.name("log");
        audit.step("a first append", over.append(&log, 0, "1234", typed())).await?;
        audit.step("a second append", over.append(&log, 4, "5678", none())).await?;
        audit.refused("an append elsewhere", over.append(&log, 4, "x", none())).await?;
    }
    if s.profile().has(Ability::Multipart) {
        let id = audit.step("the beginning of an upload in parts", over.initiate(&to, typed())).await?;
        let part = audit.step("a part", over.upload_part(&to, &id, 1, content(2, 140_000))).await?;
        let last = audit.step("another part", over.upload_part(&to, &id, 2, "end")).await?;
        audit.step("a list of parts", over.list_parts(&to, &id)).await?;
        audit.step("a list of uploads", over.list_uploads(ListUploadsOptions::prefix(&to))).await?;
        let complete = over.complete(&to, &id, vec![part, last], Overwrite::Allow);
        audit.step("a completion", complete).await?;
        let id = audit.step("the beginning of an upload in parts", over.initiate(&name, none())).await?;
        audit.step("a part", over.upload_part(&name, &id, 1, "never used")).await?;
        audit.step("an abort", over.abort(&name, &id)).await?;
        audit.step("another beginning", over.initiate(&name, none())).await?;
        audit.step("an abort of all uploads", over.abort_uploads(&name)).await?;
    }
    if s.profile().has(Ability::Symlinks) {
        let link = s.name("link");
        audit.step("a symbolic link", over.put_symlink(&link, &name, none())).await?;
        audit.step("the target of a link", over.get_symlink(&link)).await?;
        audit.step("a download through a link", over.download(&link)).await?;
        audit.step("the deletion of a link", over.delete(&link)).await?;
    }
    if s.profile().has(Ability::Tags) {
        audit.step("tagging", over.set_tags(&name, &[("colour", "blue")])).await?;
        audit.step("a question for tags", over.get_tags(&name)).await?;
        audit.step("the removal of tags", over.set_tags(&name, &[])).await?;
    }
    if s.profile().has(Ability::Acls) {
        audit.step("a change of the access rule", over.set_acl(&name, ObjectAcl::Private)).await?;
        audit.step("a question for the access rule", over.get_acl(&name)).await?;
    }
    if let (true, Some(class)) = (s.profile().has(Ability::StorageClasses), s.profile().storage_classes().last()) {
        audit.step("a change of the storage class", over.set_storage_class(&name, class)).await?;
        audit.refused("a restore of what is not archived", over.restore(&name, RestoreOptions::default())).await?;
    }
    audit.step("a deletion", over.delete_many(&[name, to])).await.map(drop)
}

/// Runs each of the five verbs in all its forms.
async fn five_verbs(audit: &mut Audit) -> Outcome {
    let over = audit.over.clone();
    let (s, element) = (&over, over.element());
    let (name, bytes) = (s.name("audited"), content(3, 70_000));
    // Looked at too where nothing can be listed.
    s.wrote(&s.name("none"));
    let typed = UploadOptions::default().with_content_type("text/x").with_metadata("author", "alice");
    audit.step("an upload", s.upload(&name, "first")).await?;
    audit.step("an upload over an object", s.upload_with(&name, bytes.clone(), typed)).await?;
    let forbid = UploadOptions::default().without_overwriting();
    audit.refused("an upload over an object although that is forbidden", s.upload_with(&name, "x", forbid)).await?;
    audit.step("an inspection", s.get_object(&name)).await?;
    audit.step("a question whether an object exists", s.exists(&name)).await?;
    audit.refused("an inspection of a missing object", s.get_object(&s.name("none"))).await?;
    audit.step("a download", s.download(&name)).await?;
    audit.refused("a download of a missing object", s.download(&s.name("none"))).await?;
    let named = [name.as_str()];
    let part = s.call(Operation::Download, &named, element.download_range(&name, 5, 10));
    audit.step("a download of a range", part).await?;
    let stream = async {
        let download = s.open(&name, DownloadOptions::default()).await?;
        s.read(&name, download).await
    };
    audit.step("a download as a stream", stream).await?;
    let folder = tempfile::tempdir()?;
    let file = s.call(Operation::Download, &named, element.download_to_file(&name, folder.path().join("file")));
    audit.step("a download to a file", file).await?;
    for method in [SignMethod::Get, SignMethod::Head, SignMethod::Put] {
        if s.profile().lacks(Operation::Sign) {
            continue;
        }
        if !s.profile().signs(method) {
            audit.refused("a signing that the profile excludes", s.sign(&name, SignOptions::new(method))).await?;
            continue;
        }
        audit.step("a signing for a missing object", s.sign(&s.name("none"), SignOptions::new(method))).await?;
        audit.step("a signing", s.sign(&name, SignOptions::new(method))).await?;
        let seen = audit.has_seen(|effect| *effect == Effect::Signed(method, name.clone()));
        ensure!(seen, "a signed {method:?} did not go through the override's `get_sign_url`");
    }
    if s.profile().has(Ability::Versions) {
        audit.step("a listing of versions", s.versions(&s.name(""))).await?;
    }
    if s.profile().has(Ability::List) {
        audit.step("a listing", s.list(ListOptions::prefix(s.name("")))).await?;
        audit.step("a listing as a stream", s.listed(&s.name(""))).await?;
    }
    let names = ["many 1", "many 2"].map(|rest| s.name(rest));
    for name in &names {
        s.wrote(name);
    }
    let many = names.clone().map(|name| (name, Body::from("many"), UploadOptions::default()));
    let batch = async {
        let report = element.upload_many(many).await;
        ensure!(report.failed.is_empty(), "a batch of uploads failed: {:?}", report.failed);
        Ok(())
    };
    audit.step("a batch of uploads", batch).await?;
    audit.step("a deletion of many", s.delete_many(&names)).await?;
    audit.step("a deletion", s.delete(&name)).await?;
    audit.step("a deletion of a missing object", s.delete(&name)).await.map(drop)
}

/// A run of verbs through a recorder, with the store looked at after each.
struct Audit {
    below: Subject,
    over: Subject,
    seen: Arc<Seen>,
    state: State,
}

impl Audit {
    /// Lays a recorder over the Type that keeps these of its writing abilities open.
    async fn begin(s: &Subject, opened: &[Ability]) -> Outcome<Self> {
        for verb in [Operation::Upload, Operation::Download, Operation::GetObject, Operation::Delete] {
            s.needs_verb(verb)?;
        }
        let seen = Arc::new(Seen::default());
        let for_recorder = Arc::clone(&seen);
        let element = s.element().extended_by(over_name(), |base| Recorder::new(base, for_recorder, opened.to_vec()));
        Ok(Self { below: s.clone(), over: s.through(element), seen, state: State::of(s).await? })
    }

    /// Runs a verb that must succeed, and compares what it did with what the recorder saw.
    async fn step<T>(&mut self, what: &str, verb: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let done = verb.await?;
        self.compare(what).await?;
        Ok(done)
    }

    /// Runs a verb that must be refused and change nothing.
    async fn refused<T>(&mut self, what: &str, verb: impl Future<Output = Outcome<T>>) -> Outcome {
        match verb.await {
            Err(Stop::Refused(_)) => self.compare(what).await,
            Err(stop) => Err(stop),
            Ok(_) => Err(Stop::Failed(format!("{what} succeeded, and should have been refused"))),
        }
    }

    async fn compare(&mut self, what: &str) -> Outcome {
        let now = State::of(&self.below).await?;
        self.state.apply(&self.seen.take())?;
        self.state.compare(&now).map_err(|difference| Stop::Failed(format!("after {what}, {difference}")))?;
        self.state = now;
        Ok(())
    }

    fn has_seen(&self, effect: impl Fn(&Effect) -> bool) -> bool {
        self.seen.last().iter().any(effect)
    }
}
