//! Random operations, compared with a model that is obviously right.

use std::collections::BTreeMap;

use meta::{Ability, ByteRange, CopyOptions, ErrorKind, ListOptions, UploadOptions};

use crate::outcome::{Outcome, Stop, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

/// Few names, so that they meet often, and awkward ones, so that meeting hurts.
const NAMES: &[&str] =
    &["a", "a/b", "a/b/c", "a/", "A", "a b", "a%20b", "a+b", "m//n", "m/n", "..", "中/文", "x.", "x", "🦀"];

#[derive(Clone)]
struct Kept {
    content: meta::Bytes,
    writer: String,
}

type Model = BTreeMap<String, Kept>;

pub(crate) async fn random_operations_agree_with_a_model(s: Subject) -> Outcome {
    let operations = s.rounds(250, 20_000);
    let mut random = s.random();
    let mut model = Model::new();
    for step in 0..operations {
        operate(&s, &mut random, &mut model, step).await.map_err(|stop| match stop {
            Stop::NotApplicable(why) => Stop::NotApplicable(why),
            Stop::Failed(why) => failed_at(&s, step, &why),
            Stop::Refused(error) => failed_at(&s, step, &error.to_string()),
        })?;
    }
    s.count(format_args!("{operations} random operations, seed {}", s.seed()));
    Ok(())
}

fn failed_at(s: &Subject, step: usize, why: &str) -> Stop {
    Stop::Failed(format!("at step {step}: {why} (run again with CONFORMANCE_SEED={})", s.seed()))
}

async fn operate(s: &Subject, random: &mut fastrand::Rng, model: &mut Model, step: usize) -> Outcome {
    let pick = |random: &mut fastrand::Rng| s.name(random.choice(NAMES).expect("there are names"));
    let name = pick(random);
    let known = model.get(&name).cloned();
    match random.u8(..100) {
        0..=34 => {
            let size = if random.u8(..10) == 0 { random.usize(..300_000) } else { random.usize(..5_000) };
            let kept = Kept { content: content(random.u64(10..), size), writer: step.to_string() };
            let options = UploadOptions::default().with_metadata("writer", &kept.writer);
            if random.u8(..5) == 0 {
                let outcome = s.upload_with(&name, kept.content.clone(), options.without_overwriting()).await;
                match known {
                    Some(_) => drop(refused("an upload over an object", outcome, ErrorKind::AlreadyExists)?),
                    None => {
                        outcome?;
                        model.insert(name, kept);
                    }
                }
            } else {
                s.upload_with(&name, kept.content.clone(), options).await?;
                model.insert(name, kept);
            }
        }
        35..=54 => match known {
            Some(kept) => {
                s.expect(&name, &kept.content).await?;
                let writer = s.get_object(&name).await?.metadata.remove("writer");
                ensure!(writer == Some(kept.writer), "`{name}` has the metadata of another write: {writer:?}");
            }
            None => drop(refused("a download of a missing object", s.download(&name).await, ErrorKind::NotFound)?),
        },
        55..=69 => {
            let range = match random.u8(..3) {
                0 => ByteRange::From(random.u64(..6_000)),
                1 => ByteRange::Span { offset: random.u64(..6_000), length: random.u64(1..6_000) },
                _ => ByteRange::Last(random.u64(1..6_000)),
            };
            let outcome = s.range(&name, range).await;
            match known.map(|kept| (range.within(kept.content.len() as u64), kept)) {
                None => drop(refused("a range of a missing object", outcome, ErrorKind::NotFound)?),
                Some((None, _)) => drop(refused(&format!("the range {range}"), outcome, ErrorKind::InvalidInput)?),
                Some((Some((offset, length)), kept)) => {
                    let from = usize::try_from(offset).unwrap_or_default();
                    let to = from + usize::try_from(length).unwrap_or_default();
                    same_bytes(&format!("the range {range} of `{name}`"), &outcome?, &kept.content[from..to])?;
                }
            }
        }
        70..=79 => {
            s.delete(&name).await?;
            model.remove(&name);
        }
        80..=82 => {
            let mut names = vec![name, pick(random), pick(random)];
            names.sort_unstable();
            names.dedup();
            let report = s.delete_many(&names).await?;
            ensure!(report.failed.is_empty(), "a deletion failed: {:?}", report.failed);
            for name in names {
                model.remove(&name);
            }
        }
        83..=92 => {
            let to = pick(random);
            let outcome = s.copy(&name, &to, CopyOptions::default()).await;
            match known {
                Some(kept) => {
                    outcome?;
                    model.insert(to, kept);
                }
                None => drop(refused("a copy of a missing object", outcome, ErrorKind::NotFound)?),
            }
        }
        _ => {
            let there: Vec<_> = model.keys().cloned().collect();
            if s.profile().has(Ability::List) {
                let mut listed = Vec::new();
                let mut next = Some(ListOptions::prefix(s.name("")).with_limit(random.u32(1..6)));
                while let Some(options) = next {
                    let page = s.list(options.clone()).await?;
                    listed.extend(page.objects.into_iter().map(|info| info.name.as_str().to_owned()));
                    next = page.next.map(|next| options.with_continuation(next));
                    ensure!(listed.len() <= there.len(), "more objects are listed than are there: {listed:?}");
                }
                ensure!(listed == there, "these objects are there: {there:?}, and these are listed: {listed:?}");
            } else {
                for name in NAMES.iter().map(|name| s.name(name)) {
                    let exists = s.exists(&name).await?;
                    ensure!(exists == model.contains_key(&name), "whether `{name}` exists is told wrong: {exists}");
                }
            }
        }
    }
    Ok(())
}
