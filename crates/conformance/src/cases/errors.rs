//! Errors, and what must appear in none of them.

use meta::{DownloadOptions, ErrorKind, GetObjectOptions, Operation, SignMethod, SignOptions, UploadOptions};

use crate::outcome::{Outcome, ensure, refused};
use crate::subject::Subject;

pub(crate) async fn errors_name_what_failed(s: Subject) -> Outcome {
    // Every error that a case meets is looked at. These are the ones that every Type has, on names that are hard to show.
    for name in ["missing", "line\nbreak", "tab\t", "\u{1}", "中文 🦀", "a\rb"].map(|name| s.name(name)) {
        let download = s.download(&name).await;
        let error = refused("a download of a missing object", download, ErrorKind::NotFound)?;
        let text = error.to_string();
        ensure!(text.contains(s.element().full_name().as_str()), "an error does not show the element: {text}");
        ensure!(text.contains(s.element().element_type().as_str()), "an error does not show the Type: {text}");
        ensure!(text.contains(s.token()), "an error does not show the object: {text}");
        ensure!(text.contains(Operation::Download.noun()), "an error does not show the operation: {text}");
        ensure!(!error.is_retryable(), "a missing object is said to be worth another try");
        let inspection = s.get_object(&name).await;
        refused("an inspection of a missing object", inspection, ErrorKind::NotFound)?;
    }
    s.upload(&s.name("once"), "x").await?;
    let again = s.upload_with(&s.name("once"), "x", UploadOptions::default().without_overwriting()).await;
    let error = refused("an upload over an object", again, ErrorKind::AlreadyExists)?;
    ensure!(!error.is_retryable(), "an object in the way is said to be worth another try");
    Ok(())
}

pub(crate) async fn secrets_appear_nowhere(s: Subject) -> Outcome {
    let name = s.name("secretive");
    let element = s.element();
    let mut shown = vec![
        ("the element", format!("{element:?} {element:#?}")),
        ("the storage", format!("{:?} {:#?}", s.storage(), s.storage())),
        ("the element's definition", format!("{:?}", element.define())),
    ];
    shown.push(("a receipt", format!("{:?}", s.upload(&name, "x").await?)));
    shown.push((
        "what is known of an object",
        format!("{:?}", s.get_object_with(&name, GetObjectOptions::default()).await?),
    ));
    shown.push(("a download", format!("{:?}", s.open(&name, DownloadOptions::default()).await?)));
    if !s.profile().lacks(Operation::Sign) {
        let methods = [SignMethod::Get, SignMethod::Put, SignMethod::Post];
        for method in methods.into_iter().filter(|method| s.profile().signs(*method)) {
            let signed = s.sign(&name, SignOptions::new(method)).await?;
            // The key itself stands in no URL, not even a signed one, which others get to see.
            for secret in s.profile().secrets() {
                ensure!(!signed.url.contains(secret.as_str()), "a signed URL holds a secret of the configuration");
                let mut fields = signed.fields.iter();
                ensure!(
                    !fields.any(|(_, value)| value.contains(secret.as_str())),
                    "a signed form holds a secret of the configuration"
                );
            }
            shown.push(("a signed request", format!("{signed:?}")));
        }
    }
    shown.push(("the element after its use", format!("{element:?}")));
    shown.push(("the storage after its use", format!("{:#?}", s.storage())));
    for (what, text) in shown {
        ensure!(!s.holds_secret(&text), "the `Debug` of {what} shows a secret");
    }
    // The errors: those of loading here, those of the verbs wherever a case meets one.
    for error in s.profile().load_errors() {
        s.inspect_load(&error);
    }
    refused("a download of a missing object", s.download(&s.name("missing")).await, ErrorKind::NotFound).map(drop)
}
