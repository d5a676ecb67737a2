//! Names: every legal one is an object of its own, every illegal one is refused before anything is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use meta::{
    Ability, Body, CopyOptions, DeleteOptions, DeleteReport, DeleteTarget, Download, DownloadOptions, ErrorKind,
    GetObjectOptions, ListOptions, ObjectInfo, ObjectName, Operation, Result, SignMethod, SignOptions, SignedRequest,
    Storage, StorageOverride, UploadOptions, Uploaded, async_trait,
};
use tokio::sync::Mutex;

use crate::outcome::{Outcome, ensure, refused, same_bytes};
use crate::subject::{Subject, shown};

/// What names may hold, in an order in which every name comes before and behind others that could disturb it.
#[rustfmt::skip]
const AWKWARD: &[&str] = &[
    // Scripts, marks and the invisible.
    "中文/报表 (1).txt", "日本語", "emoji 🦀👩‍👩‍👧", "é", "e\u{301}", "\u{feff}mark", "right\u{202e}left", "wide\u{a0}space",
    "\u{ffff}", "\u{10ffff}",
    // Spaces and control characters.
    "two  spaces", "one space", "onespace", " ", "  ", " trim", "trim ", "trim", "tab\there", "line\nbreak",
    "carriage\rreturn", "\u{1}", "\u{1f}x", "delete\u{7f}", "next\u{85}line",
    // What URLs, XML, shells and templates would like to read.
    "plus+plus", "plus plus", "plus%20plus", "100%", "%", "%%", "%2", "%2F", "a%2Fb", "%2e%2e", "%00", "%41", "A", "中",
    "%E4%B8%AD", "question?x=1", "question", "hash#part", "hash", "a&b", "a&amp;b", "a=b", "semi;colon", "comma,",
    "quote\"d", "quote'd", "back`tick", "<xml/>", "]]>", "a:b", "a*b|c", "$HOME", "{{TEMPLATE}}", "${HOME}", "~", "-rf",
    "!(@)[^]",
    // Slashes of both kinds.
    "a/b", "a", "a/b/c", "a/", "a//b", "a///b", "/", "//", "//a", "b/c", "b", "ends/", "ends//", "back\\slash", "back/slash",
    "..\\..\\up", "C:\\x", "C:/x", "c:",
    // Dots.
    ".", "..", "...", "./x", "../x", "../../../x", "x/.", "x/..", "x", "a/./b", "a/../b", "a/..", "a/../../../b", ".hidden",
    "trailing.", "trailing", "trailing..", "folder./x", "folder/x", ". ", " .", ".a.", "a.b",
    // Case, and the names of devices.
    "Case", "case", "CASE", "case/x", "CON", "con.txt", "NUL", "nul", "aux/x", "COM1", "LPT9.log", "prn.",
    // What a Type might use for its own purposes.
    "side", "side.meta", "side.json", "side.tmp", ".side.tmp", "side~", ".tmp/x", ".meta/side", "side.attributes",
    "side.part", "index", "@", "#", "_", "__",
];

/// Names that begin as no name with a prefix can: the mark stands for what makes them this case's own.
#[rustfmt::skip]
const AT_THE_ROOT: &[&str] = &[
    ".", "..", "../MARK", "./MARK", ".MARK", "..MARK", " MARK", "MARK ", "MARK.", "%2FMARK", "~/MARK", "-MARK", "C:MARK",
    "*MARK", "MARK/", "MARK//", "MARK\\", "a\\MARK", "\u{1}MARK", "中MARK",
];

pub(crate) async fn awkward_names_keep_their_own_content(s: Subject) -> Outcome {
    let mut names: Vec<_> = AWKWARD.iter().map(|name| s.name(name)).collect();
    names.extend(
        ["x".repeat(255), "y".repeat(256), "存".repeat(200), "d/".repeat(400), "e//".repeat(100)]
            .map(|name| s.name(&name)),
    );
    names.extend(["z", "🦀", "/z", "z ", "%"].map(|piece| longest(&s, piece)));
    // Names that differ at their very end alone.
    for alike in [s.name(&"y".repeat(256)), s.name(&"y".repeat(700)), longest(&s, "w")] {
        names.extend(["1", "2"].map(|end| format!("{}{end}", &alike[..alike.len() - 1])));
    }
    names.retain(|name| !s.profile().refuses(name));
    keep_apart(&s, &names).await?;
    if s.profile().has(Ability::List) {
        let left = s.listed(&s.name("")).await?;
        ensure!(left.is_empty(), "after the deletion of all objects these are listed: {left:?}");
    }
    Ok(())
}

pub(crate) async fn names_at_the_root_keep_their_own_content(s: Subject) -> Outcome {
    /// Some of these names are the same in every run; runs on one store take turns.
    static TURN: Mutex<()> = Mutex::const_new(());
    let _turn = TURN.lock().await;
    let names: Vec<_> = AT_THE_ROOT
        .iter()
        .map(|name| name.replace("MARK", s.token()))
        .filter(|name| !s.profile().refuses(name))
        .collect();
    keep_apart(&s, &names).await
}

pub(crate) async fn names_that_the_type_refuses_harm_nothing(s: Subject) -> Outcome {
    let kept = s.name("kept");
    s.upload(&kept, "x").await?;
    for name in AWKWARD.iter().map(|name| s.name(name)).filter(|name| s.profile().refuses(name)) {
        refused("an upload to a name that the Type refuses", s.upload(&name, "y").await, ErrorKind::InvalidName)?;
    }
    s.expect(&kept, b"x").await
}

/// A name of exactly the most bytes, filled with a piece.
fn longest(s: &Subject, piece: &str) -> String {
    let mut name = s.name("1023 ");
    while name.len() + piece.len() <= ObjectName::MAX_BYTES {
        name.push_str(piece);
    }
    while name.len() < ObjectName::MAX_BYTES {
        name.push('_');
    }
    name
}

/// Writes an object of each name, with its name as content, and demands that none disturbs another while they are
/// read, listed, overwritten and deleted.
async fn keep_apart(s: &Subject, names: &[String]) -> Outcome {
    for name in names {
        s.upload_with(name, name.clone(), UploadOptions::default().with_metadata("length", name.len().to_string()))
            .await?;
    }
    for name in names {
        s.expect(name, name.as_bytes()).await?;
        let told = s.get_object(name).await?.metadata.remove("length");
        ensure!(told == Some(name.len().to_string()), "`{}` has the metadata of another object: {told:?}", shown(name));
    }
    listed_exactly(s, names).await?;
    let (gone, left): (Vec<_>, Vec<_>) = names.iter().cloned().enumerate().partition(|(at, _)| at % 2 == 0);
    for (_, name) in &gone {
        s.delete(name).await?;
    }
    for (_, name) in &gone {
        s.expect_missing(name).await?;
    }
    for (_, name) in &left {
        same_bytes(
            &format!("`{}`, when its neighbours were deleted,", shown(name)),
            &s.download(name).await?,
            name.as_bytes(),
        )?;
    }
    let left: Vec<_> = left.into_iter().map(|(_, name)| name).collect();
    listed_exactly(s, &left).await?;
    let report = s.delete_many(&left).await?;
    if let Some((name, error)) = report.failed.first() {
        ensure!(false, "`{}` cannot be deleted together with others: {error}", shown(name.as_str()));
    }
    for name in &left {
        s.expect_missing(name).await?;
    }
    Ok(())
}

/// Demands that listings tell each of the names exactly, by itself, and all together in the order of their bytes.
async fn listed_exactly(s: &Subject, names: &[String]) -> Outcome {
    if !s.profile().has(Ability::List) {
        return Ok(());
    }
    let mut sorted: Vec<_> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    if names.iter().all(|name| name.starts_with(&s.name(""))) {
        let listed = s.listed(&s.name("")).await?;
        let lost = sorted.iter().find(|name| !listed.iter().any(|listed| listed == *name));
        ensure!(lost.is_none(), "`{}` is not listed", shown(lost.unwrap_or(&"")));
        let extra = listed.iter().find(|listed| sorted.binary_search(&listed.as_str()).is_err());
        ensure!(extra.is_none(), "a name is listed that is none: `{}`", shown(extra.map_or("", String::as_str)));
        ensure!(listed == sorted, "the names are not listed in the order of their bytes, each once");
    }
    for name in names {
        let page = s.list(ListOptions::prefix(name.as_str()).with_limit(1)).await?;
        let first = page.objects.first().map(|info| info.name.as_str());
        ensure!(first == Some(name.as_str()), "a listing that begins with `{}` names {first:?} first", shown(name));
    }
    Ok(())
}

pub(crate) async fn illegal_names_are_refused_by_every_verb(s: Subject) -> Outcome {
    let calls = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&calls);
    let element =
        s.element().extended_by(s.element().element_type().clone(), move |base| Counting { base, calls: counting });
    let kept = s.name("kept");
    s.upload(&kept, "x").await?;
    for name in ["", "/", "/a", "//a", "\\a", "a\0b", "\0", &"x".repeat(1_024), &"存".repeat(342)] {
        let upload = UploadOptions::default;
        let copy = CopyOptions::default;
        let sign = SignOptions::new;
        let many = [kept.as_str(), name];
        let (from, of, put) = (Operation::Copy, Operation::Sign, Operation::Upload);
        let (get, look, gone) = (Operation::Download, Operation::GetObject, Operation::Delete);
        let to = [name];
        let outcomes = [
            s.call(put, &to, element.upload_by_file(name, "x", None)).await.map(drop),
            s.call(put, &to, element.upload_with(name, "x".into(), upload())).await.map(drop),
            s.call(get, &to, element.download(name)).await.map(drop),
            s.call(get, &to, element.download_range(name, 0, 1)).await.map(drop),
            s.call(get, &to, element.download_stream(name, DownloadOptions::default())).await.map(drop),
            s.call(look, &to, element.get_object(name)).await.map(drop),
            s.call(look, &to, element.exists(name)).await.map(drop),
            s.call(gone, &to, element.delete(name)).await.map(drop),
            s.call(gone, &to, element.delete_many(many)).await.map(drop),
            s.call(from, &to, element.copy(name, &kept, copy())).await.map(drop),
            s.call(from, &to, element.copy(&kept, name, copy())).await.map(drop),
            s.call(Operation::Append, &to, s.element().append(name, 0, "x", upload())).await.map(drop),
            s.call(Operation::Multipart, &to, s.element().initiate_multipart(name, upload())).await.map(drop),
            match s.profile().lacks(of) {
                true => continue,
                false => s.call(of, &to, element.sign(name, sign(SignMethod::Get))).await.map(drop),
            },
        ];
        for outcome in outcomes {
            refused(&format!("a call with the name {name:?}"), outcome, ErrorKind::InvalidName)?;
        }
    }
    let sent = calls.load(Ordering::Relaxed);
    ensure!(sent == 0, "calls with illegal names reached the Type {sent} times");
    s.expect(&kept, b"x").await
}

/// Counts what gets through to the Type.
#[derive(Debug)]
struct Counting {
    base: Arc<dyn Storage>,
    calls: Arc<AtomicUsize>,
}

impl Counting {
    fn counted(&self) -> &dyn Storage {
        self.calls.fetch_add(1, Ordering::Relaxed);
        &*self.base
    }
}

#[async_trait]
impl StorageOverride for Counting {
    fn base(&self) -> &dyn Storage {
        &*self.base
    }

    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        self.counted().upload_by_file(name, data, options).await
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        self.counted().get_sign_url(name, options).await
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        self.counted().download(name, options).await
    }

    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        self.counted().get_object(name, options).await
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        self.counted().delete(targets, options).await
    }
}
