//! What is typed wrongly is answered in one or two lines that say what to type instead.

use crate::fixture::{Demo, Folder};

#[test]
fn wrong_invocations_are_answered_with_what_to_type_instead() {
    let folder = Folder::new();
    folder.done(&["init"]);
    folder.write("a.txt", "a");
    folder.write("d/b.txt", "b");
    for element in ["a", "b"] {
        folder.write(&format!("storages/{element}/Deep/e.json"), r#"{"title": "D", "type": "storages.DiskType"}"#);
    }
    for (arguments, expected) in [
        (&["lst"][..], "did you mean `list`?"),
        (&["frobnicate"], "`storages --help` lists the commands"),
        (&["delete", ":a"], "did you mean `rm`?"),
        (&["mv", ":a", ":b"], "did you mean `cp`, and then `rm`?"),
        (&["upload", "a.txt", ":"], "did you mean `put`?"),
        (&["download", ":a"], "did you mean `get`?"),
        (&["ls", "Nope:"], "no storage is called `Nope`: `storages list`"),
        (&["put", "*.nope", ":"], "nothing to copy is in `*.nope`"),
        (&["cat", ":docs/"], "`:docs/` is a folder, no object: list it with `storages ls :docs/`"),
        (&["stat", ":"], "`:` is a whole storage, no object: list it with `storages ls :`"),
        (&["url", ":docs/*"], "name one that `storages ls ':docs/*'` lists, or say `--literal`"),
        (&["explain", "notaurl"], "`notaurl` is no URL"),
        (&["explain", "http://host/a?x-oss-credential=a"], "the URL ends after its first parameter: quote it"),
        (&["explain", "http://host/a?OSSAccessKeyId=a"], "the URL ends after its first parameter: quote it"),
        (&["explain", "http://host/a?response-expires=1"], "the URL ends after its first parameter: quote it"),
        (&["explain", "--header", "x", "http://host/a"], "write a header like `content-type:text/plain`"),
        (&[], "`storages --help`"),
        (&["put"], "usage: storages put [OPTIONS] <FILE>... <TARGET>"),
        (&["put", "a.txt"], "the target is missing: `storages put a.txt MyOss:`"),
        (&["put", ":docs/"], "what to send is missing: `storages put FILE :docs/`"),
        (&["cp", ":a.txt"], "the target is missing: `storages cp :a.txt TARGET`"),
        (&["put", "a.txt", "-j", "0", ":"], "invalid value '0' for '--parallel <N>'"),
        (&["sync", "--delete", "d", ":"], "say `--all`"),
        (&["sync", "--all", "d", ":"], "--delete"),
        (&["get", "-r", ":", "a.txt"], "`a.txt` is a file, not a folder"),
        (&["get", ":x", ":y", "a.txt"], "`a.txt` is a file, not a folder"),
        (&["put", "a.txt", "MyOss/docs/"], "write `MyOss:docs/`, or `:MyOss/docs/` for the default storage"),
        (&["new", "J", "--type", "DiskType", "--json"], "with `--json` nothing is asked; add: --set directory=…"),
        (&["put", "a.txt", "docs/"], "write `NAME:docs/`, or `:docs/` for the default storage"),
        (&["put", "a.txt", "MyOs:docs/"], "did you mean `storages.MyOss`?"),
        (&["put", "nothing.txt", ":"], "cannot read `nothing.txt`"),
        (&["put", "d", ":"], "copy it with `-r`"),
        (&["put", "-", ":"], "write the object's, like `:data.bin`"),
        (&["put", "a.txt", ":/docs/a.txt"], "write `:docs/a.txt`"),
        (&["put", ":a", ":b"], "`storages cp`"),
        (&["put", "--recursiv", "d", ":"], "did you mean `--recursive`?"),
        (&["get", ":docs/"], "copy it with `-r`"),
        (&["get", "a.txt"], "write `NAME:a.txt`"),
        (&["cp", "a.txt", "b.txt"], "write one as `NAME:path`"),
        (&["put", "[", ":x"], "is no pattern"),
        (&["ls", "http://host/x"], "`storages explain URL`"),
        (&["rm", ":docs/"], "delete it with `-r`"),
        (&["rm", "-r", ":"], "say `--all`"),
        (&["url", ":"], "name one, like `:a.txt`"),
        (&["url", ":a", "--expires", "soon"], "write a span like `90s`, `10m`, `2h` or `7d`"),
        (&["url", ":a", "--content-type", "text/plain"], "--put"),
        (&["cat", "--range", "x", ":a"], "like `0-1023`"),
        (&["sync", "d", "e"], "write one as `NAME:folder/`"),
        (&["sync", "nowhere", ":"], "there is no folder `nowhere`"),
        (&["describe", "OsType"], "did you mean `storages.OssType`?"),
        (&["show", "MyOs"], "did you mean `storages.MyOss`?"),
        (&["check", "MyOs"], "did you mean `storages.MyOss`?"),
        (&["ls", "myoss:"], "did you mean `storages.MyOss`?"),
        (&["explain", "--element", "MyOs", "http://host/x"], "did you mean `storages.MyOss`?"),
        (&["cat", "Deeep:x"], "did you mean `storages.a.Deep` or `storages.b.Deep`?"),
        (&["cat", "Deep:x"], "`Deep` may be each of `storages.a.Deep`, `storages.b.Deep`: write the whole name"),
        (&["--app", ".", "cat", "--rang", "x", ":a"], "did you mean `--range`?"),
        (&["new", "my oss", "--type", "OssType"], "like `Photos`"),
        (&["serve", "--port", "http"], "--port"),
        (&["serve", "--port", "0", "--bucket", "A"], "`A` is not a bucket name"),
        (&["serve", "--access-key-id", "x"], "--access-key-secret"),
        (&["completions", "basch"], "did you mean `bash`?"),
        (&["--app", "nowhere", "list"], "there is no folder `nowhere`"),
        (&["list", "-q", "-v"], "cannot be used with"),
    ] {
        let said = folder.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {said:?}");
        assert!(said.err.contains(expected) && said.err.starts_with("error: "), "{arguments:?}: {}", said.err);
        assert!(said.out.is_empty() && matches!(said.err.lines().count(), 1 | 2), "{arguments:?}: {said:?}");
        for debris in ["panicked", "backtrace", "Error {", "Some(", "Os {"] {
            assert!(!said.err.contains(debris), "{arguments:?}: {}", said.err);
        }
    }
}

#[test]
fn an_app_without_storages_is_told_how_to_make_one() {
    let folder = Folder::new();
    folder.write("app.json", "{}");
    let said = folder.run(&["ls", "Photos:"]);
    assert!(
        said.code == Some(2) && said.err.contains("has no storages: make one with `storages new NAME`"),
        "{said:?}"
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_utf_8_is_told_like_anything_else() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new();
    for arguments in [&["put"][..], &["frobnicate"], &["--app", "put"]] {
        let mut command = folder.command(arguments);
        let output = command.arg(OsStr::from_bytes(b"\xff")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.starts_with("error: "), "{arguments:?}: {said}");
        assert!(matches!(said.lines().count(), 1 | 2) && !said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = Folder::new();
    let help = folder.done(&["--help"]);
    assert!(help.contains("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly failed"), "{help}");
    let commands: Vec<_> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|command| *command != "help")
        .collect();
    assert_eq!(
        commands,
        [
            "init",
            "new",
            "check",
            "list",
            "types",
            "describe",
            "show",
            "put",
            "get",
            "cat",
            "ls",
            "stat",
            "rm",
            "cp",
            "sync",
            "url",
            "explain",
            "serve",
            "completions"
        ]
    );
    for command in commands {
        let help = folder.done(&[command, "--help"]);
        assert!(help.contains("Examples:\n  "), "{help}");
        assert!(help.contains(&format!("storages {command}")), "{help}");
    }
}

#[test]
fn completions_know_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.done(&["completions", shell]);
        assert!(script.contains("sync") && script.contains("json-schema"), "{shell}");
    }
}

#[test]
fn nobody_reading_on_is_no_failure() {
    let folder = Folder::new();
    for arguments in [&["completions", "bash"][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = folder.command(arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_told() {
    let folder = Folder::new();
    for arguments in [&["--help"][..], &["put", "--help"], &["--version"], &["types"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = folder.command(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.starts_with("error: cannot write to standard output: ") && said.lines().count() == 1, "{said}");
    }
}

/// An app whose server does not run, and is asked once.
fn without_server() -> Folder {
    let mut folder = Folder::new();
    folder.done(&["init"]);
    let mut config: serde_json::Value = serde_json::from_str(&folder.read("storages/MyOss/MyOss.json")).unwrap();
    config["maxAttempts"] = 1.into();
    folder.write("storages/MyOss/MyOss.json", config.to_string());
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    folder.variable("MY_OSS_ENDPOINT", &format!("http://{free}"));
    folder
}

#[test]
fn a_server_that_does_not_run_is_waited_for_once() {
    let folder = without_server();
    let begun = std::time::Instant::now();
    let said = folder.run(&[&["stat"][..], &[":a"; 20]].concat());
    assert!(said.code == Some(1) && said.err.contains("20 of 20 failed"), "{said:?}");
    // Waiting for each would take forty.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn a_batch_that_reaches_nobody_any_more_ends() {
    let folder = without_server();
    for number in 0..200 {
        folder.write(&format!("d/{number}"), "x");
    }
    let said = folder.run(&["put", "-j", "4", "-r", "d", ":d/"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    // Eight are enough; as many as run by then end by themselves.
    let tried = said.err.matches("cannot connect to").count();
    assert!((8..12).contains(&tried), "{tried}: {}", said.err);
    let told = format!(
        "error: `:` is not reached any more, so {} objects are not tried: nothing is left half-done: the same command goes \
         on with large files where they are, and `storages sync` sends only what is missing\n",
        200 - tried
    );
    assert!(said.err.contains(&told) && said.err.ends_with("200 of 200 failed, as told above\n"), "{}", said.err);
    let said = folder.run(&["put", "--json", "-j", "1", "-r", "d", ":d/"]);
    let told = r#"{"notTried":198,"to":":","error":"`:` is not reached any more, so 198 objects are not tried"}"#;
    assert_eq!((said.code, said.out.lines().last()), (Some(1), Some(told)), "{said:?}");
}

#[test]
fn services_that_answer_are_used_whatever_others_do() {
    let demo = Demo::new();
    demo.add_down();
    demo.done(&["put", "README.md", ":a"]);
    for (down, parallel, not_tried) in [(3, "1", "1 object is"), (60, "8", "objects are")] {
        let down: Vec<_> = (0..down).map(|number| format!("Down:{number}")).collect();
        let mut arguments = vec!["get", "-j", parallel];
        arguments.extend(down.iter().map(String::as_str));
        arguments.extend([":a", "out/"]);
        let said = demo.run(&arguments);
        assert!(said.code == Some(3) && said.out.starts_with(":a → out/a"), "{said:?}");
        assert!(said.err.contains("`Down:` is not reached any more, so ") && said.err.contains(not_tried), "{said:?}");
        let failed = format!("{} of {} failed, as told above\n", down.len(), down.len() + 1);
        assert!(said.err.ends_with(&failed), "{said:?}");
        assert_eq!(demo.read("out/a"), demo.read("README.md"));
        std::fs::remove_dir_all(demo.at("out")).unwrap();
    }
}

#[test]
fn a_server_of_this_machine_that_does_not_run_is_to_be_started() {
    let mut folder = Folder::new();
    folder.done(&["init"]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    folder.variable("MY_OSS_ENDPOINT", &format!("http://{free}"));
    let said = folder.run(&["ls", ":"]);
    assert!(said.code == Some(1) && said.err.contains("start the server: `storages serve`"), "{said:?}");
}
