//! What the Type has and lacks is what its profile says, and what it refuses is told as such.

use meta::{
    Ability, CopyOptions, DownloadOptions, ErrorKind, Feature, FileDownloadOptions, GetObjectOptions, ListOptions,
    ListUploadsOptions, ListVersionsOptions, ObjectAcl, Operation, Overwrite, RestoreOptions, Result, SignMethod,
    SignOptions, UploadOptions,
};

use crate::outcome::{Outcome, Stop, ensure};
use crate::subject::Subject;

pub(crate) async fn abilities_are_as_declared(s: Subject) -> Outcome {
    let storage = s.storage();
    let abilities = storage.abilities();
    for ability in Ability::ALL.iter().copied() {
        let (declared, there) = (s.profile().has(ability), abilities.has(ability));
        ensure!(there || !declared, "the profile declares {ability}, and the Type has none");
        ensure!(declared || !there, "the Type has {ability}, and the profile does not declare it");
        ensure!(s.element().can(ability) == there, "the element and its Type disagree on {ability}");
    }
    for feature in Feature::ALL.iter().copied() {
        let (declared, there) = (s.profile().supports(feature), abilities.supports(feature));
        ensure!(there || !declared, "the profile declares {feature}, and the Type has none");
        ensure!(declared || !there, "the Type has {feature}, and the profile does not declare it");
    }
    let (declared, there) = (s.profile().reads_in_parts(), abilities.parallel_reads.is_some());
    ensure!(there || !declared, "the profile declares parallel reads, and the Type hands out none");
    ensure!(declared || !there, "the Type reads in parallel, and the profile does not declare it");
    for ability in Ability::ALL.iter().copied() {
        match s.profile().has(ability) {
            true => works(&s, ability).await?,
            false => lacks(&s, ability).await?,
        }
    }
    Ok(())
}

/// Demands that an ability that is declared does what it is for.
async fn works(s: &Subject, ability: Ability) -> Outcome {
    let name = s.name(&format!("with {ability}"));
    let none = UploadOptions::default;
    match ability {
        Ability::List => {
            s.upload(&name, "listed").await?;
            let listed = s.listed(&name).await?;
            ensure!(listed == [name.as_str()], "an object is not listed: {listed:?}");
        }
        Ability::Copy => {
            s.upload(&name, "copied").await?;
            s.copy(&name, &s.name("copy"), CopyOptions::default()).await?;
            s.expect(&s.name("copy"), b"copied").await?;
        }
        Ability::Append => {
            s.delete(&name).await?;
            s.append(&name, 0, "appe", none()).await?;
            s.append(&name, 4, "nded", none()).await?;
            s.expect(&name, b"appended").await?;
        }
        Ability::Multipart => {
            let id = s.initiate(&name, none()).await?;
            let part = s.upload_part(&name, &id, 1, "in parts").await?;
            let uploads = s.list_uploads(ListUploadsOptions::prefix(&name)).await?.uploads;
            ensure!(uploads.len() == 1, "an upload has begun, and these are listed: {uploads:?}");
            s.complete(&name, &id, vec![part], Overwrite::Allow).await?;
            s.expect(&name, b"in parts").await?;
        }
        Ability::Symlinks => {
            let target = s.name("target");
            s.upload(&target, "linked").await?;
            s.put_symlink(&name, &target, none()).await?;
            let told = s.get_symlink(&name).await?;
            ensure!(told == target, "a link to `{target}` is said to stand for `{told}`");
            s.expect(&name, b"linked").await?;
        }
        Ability::Tags => {
            s.upload(&name, "tagged").await?;
            s.set_tags(&name, &[("colour", "blue")]).await?;
            let tags = s.get_tags(&name).await?;
            ensure!(tags.len() == 1 && tags["colour"] == "blue", "one tag was set, and these are told: {tags:?}");
        }
        Ability::Acls => {
            s.upload(&name, "ruled").await?;
            s.set_acl(&name, ObjectAcl::Private).await?;
            let acl = s.get_acl(&name).await?;
            ensure!(acl == ObjectAcl::Private, "a private object is said to be {acl}");
        }
        Ability::StorageClasses => {
            s.upload(&name, "classified").await?;
            if let Some(class) = s.profile().storage_classes().last() {
                s.set_storage_class(&name, class).await?;
                let told = s.get_object(&name).await?.storage_class;
                ensure!(told.as_ref() == Some(class), "an object was moved to {class} and is said to be in {told:?}");
            }
            s.expect(&name, b"classified").await?;
        }
        Ability::Versions => {
            s.upload(&name, "versioned").await?;
            let versions = s.versions(&name).await?;
            let is_right = matches!(&versions[..], [one] if one.is_latest && !one.is_delete_marker);
            ensure!(is_right, "an object was written once, and these versions are listed: {versions:?}");
        }
        // Who adds an ability adds what it is for.
        _ => ensure!(false, "the suite does not know {ability}"),
    }
    Ok(())
}

/// Demands that an ability that is not declared is refused by each of its verbs, with the Type's name.
async fn lacks(s: &Subject, ability: Ability) -> Outcome {
    let name = s.name(&format!("without {ability}"));
    // Copying works on every Type, by reading and writing.
    if ability == Ability::Copy {
        s.upload(&name, "copied").await?;
        s.copy(&name, &s.name("copy"), CopyOptions::default()).await?;
        return s.expect(&s.name("copy"), b"copied").await;
    }
    for (verb, outcome) in verbs_of(s, ability, &name).await {
        says_unsupported(s, verb, outcome)?;
    }
    s.expect_missing(&name).await
}

/// Calls each verb that needs an ability, on an object that is not there.
pub(crate) async fn verbs_of(s: &Subject, ability: Ability, name: &str) -> Vec<(&'static str, Outcome)> {
    let none = UploadOptions::default;
    match ability {
        Ability::List => vec![
            ("listing", s.list(ListOptions::default()).await.map(drop)),
            ("listing as a stream", s.listed("").await.map(drop)),
        ],
        Ability::Append => vec![("append", s.append(name, 0, "x", none()).await.map(drop))],
        Ability::Multipart => vec![
            ("the beginning of an upload in parts", s.initiate(name, none()).await.map(drop)),
            ("a part", s.upload_part(name, "id", 1, "x").await.map(drop)),
            ("a list of parts", s.list_parts(name, "id").await.map(drop)),
            ("a completion", s.complete(name, "id", Vec::new(), Overwrite::Allow).await.map(drop)),
            ("an abort", s.abort(name, "id").await),
            ("a list of uploads", s.list_uploads(ListUploadsOptions::default()).await.map(drop)),
            ("an abort of all uploads", s.abort_uploads(name).await.map(drop)),
        ],
        Ability::Symlinks => vec![
            ("a symbolic link", s.put_symlink(name, &s.name("target"), none()).await),
            ("the target of a link", s.get_symlink(name).await.map(drop)),
        ],
        Ability::Tags => vec![
            ("tags", s.get_tags(name).await.map(drop)),
            ("a change of tags", s.set_tags(name, &[("colour", "blue")]).await),
            ("the removal of tags", s.set_tags(name, &[]).await),
        ],
        Ability::Acls => vec![
            ("an access rule", s.get_acl(name).await.map(drop)),
            ("a change of the access rule", s.set_acl(name, ObjectAcl::Private).await),
        ],
        Ability::StorageClasses => vec![
            ("a change of the storage class", s.set_storage_class(name, "Standard").await),
            ("a restore", s.restore(name, RestoreOptions::default()).await.map(drop)),
        ],
        Ability::Versions => {
            let read = DownloadOptions::default().with_version_id("1");
            let to_file = FileDownloadOptions::default().with_version_id("1");
            let file = std::env::temp_dir().join("conformance-never-written");
            let copy = CopyOptions::default().with_version_id("1");
            let mut outcomes = vec![
                ("a list of versions", s.list_versions(ListVersionsOptions::default()).await.map(drop)),
                ("a list of versions as a stream", s.versions(name).await.map(drop)),
                ("the deletion of a version", s.delete_version(name, "1").await.map(drop)),
                ("the download of a version", s.open(name, read).await.map(drop)),
                ("the download of a version to a file", s.download_file(name, &file, to_file).await.map(drop)),
                (
                    "the inspection of a version",
                    s.get_object_with(name, GetObjectOptions::default().with_version_id("1")).await.map(drop),
                ),
                ("the copy of a version", s.copy(name, &s.name("copy of a version"), copy).await.map(drop)),
            ];
            let sign = SignOptions::new(SignMethod::Get).with_version_id("1");
            outcomes.push(("a signed GET of a version", s.sign(name, sign).await.map(drop)));
            // What is lacking anyhow says so by itself.
            outcomes.retain(|(_, outcome)| !matches!(outcome, Err(Stop::NotApplicable(_))));
            outcomes
        }
        _ => Vec::new(),
    }
}

pub(crate) async fn verbs_are_as_declared(s: Subject) -> Outcome {
    let name = s.name("declared");
    let element = s.element();
    let upload = element.upload_by_file(&name, "x", "text/plain").await.map(drop);
    s.wrote(&name);
    let outcomes = [
        (Operation::Upload, upload),
        (Operation::Sign, element.sign(&name, SignOptions::new(SignMethod::Get)).await.map(drop)),
        (Operation::Download, element.download(&name).await.map(drop)),
        (Operation::GetObject, element.get_object(&name).await.map(drop)),
        (Operation::Delete, element.delete(&name).await.map(drop)),
    ];
    for (verb, outcome) in outcomes {
        let declared = if s.profile().lacks(verb) { Declared::Lacking } else { Declared::There };
        as_declared(&s, verb, verb.noun(), declared, outcome)?;
    }
    for method in [SignMethod::Head, SignMethod::Put, SignMethod::Post] {
        let declared = if s.profile().signs(method) { Declared::There } else { Declared::Lacking };
        let outcome = element.sign(&name, SignOptions::new(method)).await.map(drop);
        as_declared(&s, Operation::Sign, &format!("a signed {}", method.as_str()), declared, outcome)?;
    }
    Ok(())
}

/// What the profile says of a verb.
enum Declared {
    There,
    Lacking,
}

fn as_declared(s: &Subject, verb: Operation, what: &str, declared: Declared, outcome: Result<()>) -> Outcome {
    if let Err(error) = &outcome {
        s.inspect(error, verb, &[&s.name("declared")]);
    }
    match (declared, outcome) {
        (Declared::Lacking, Ok(())) => {
            ensure!(false, "the profile says that the Type lacks {what}, and it works");
            Ok(())
        }
        // Who forbids what the base can do, as an archive does with deletion, may say so too.
        (Declared::Lacking, Err(error)) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        (Declared::Lacking, outcome) => says_unsupported(s, what, outcome.map_err(Stop::from)),
        (Declared::There, Err(error)) if error.kind() == ErrorKind::Unsupported => {
            ensure!(false, "{what} is refused as unsupported, and the profile does not say so: {error}");
            Ok(())
        }
        // A Type without uploads has nothing to read.
        (Declared::There, Err(error))
            if error.kind() == ErrorKind::NotFound && s.profile().lacks(Operation::Upload) =>
        {
            Ok(())
        }
        (Declared::There, outcome) => Ok(outcome?),
    }
}

/// Demands that a refusal is told as "unsupported", with the name of a Type.
fn says_unsupported(s: &Subject, what: &str, outcome: Outcome) -> Outcome {
    match outcome {
        Ok(()) => ensure!(false, "{what} is not declared, and it works"),
        Err(Stop::Refused(error)) => {
            ensure!(
                error.kind() == ErrorKind::Unsupported,
                "{what} is refused as {:?} instead of Unsupported: {error}",
                error.kind()
            );
            let message = error.message();
            // Under an override it is the base that lacks the verb, and its name that helps.
            let names_type = message.contains("storages.") || message.contains(s.element().element_type().as_str());
            ensure!(names_type, "the refusal of {what} does not name the Type: {message}");
        }
        Err(stop) => return Err(stop),
    }
    Ok(())
}
