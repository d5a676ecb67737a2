//! What the Type has and lacks is what its profile says, and what it refuses is told as such.

use meta::{
    Ability, CopyOptions, ErrorKind, ListOptions, Operation, Overwrite, Result, SignMethod, SignOptions, UploadOptions,
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
    let name = s.name("works");
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
            s.complete(&name, &id, vec![part], Overwrite::Allow).await?;
            s.expect(&name, b"in parts").await?;
        }
        _ => {}
    }
    Ok(())
}

/// Demands that an ability that is not declared is refused by each of its verbs, with the Type's name.
async fn lacks(s: &Subject, ability: Ability) -> Outcome {
    let name = s.name(&format!("without {ability}"));
    let (element, none) = (s.element(), UploadOptions::default);
    let (append, parts) = (Operation::Append, Operation::Multipart);
    let outcomes = match ability {
        Ability::List => vec![s.list(ListOptions::default()).await.map(drop), s.listed("").await.map(drop)],
        // Copying works on every Type, by reading and writing.
        Ability::Copy => {
            s.upload(&name, "copied").await?;
            s.copy(&name, &s.name("copy"), CopyOptions::default()).await?;
            return s.expect(&s.name("copy"), b"copied").await;
        }
        Ability::Append => vec![s.call(append, &[&name], element.append(&name, 0, "x", none())).await.map(drop)],
        Ability::Multipart => vec![
            s.call(parts, &[&name], element.initiate_multipart(&name, none())).await.map(drop),
            s.call(parts, &[&name], element.upload_part(&name, "id", 1, "x")).await.map(drop),
            s.call(parts, &[&name], element.list_parts(&name, "id")).await.map(drop),
            s.call(parts, &[&name], element.complete_multipart(&name, "id", Vec::new(), Overwrite::Allow))
                .await
                .map(drop),
            s.call(parts, &[&name], element.abort_multipart(&name, "id")).await,
        ],
        _ => Vec::new(),
    };
    for outcome in outcomes {
        says_unsupported(s, ability.noun(), outcome)?;
    }
    s.expect_missing(&name).await
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
    for method in [SignMethod::Head, SignMethod::Put] {
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
