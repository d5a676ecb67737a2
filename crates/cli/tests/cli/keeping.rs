//! Nothing is lost that nobody meant to lose: sources that change, ends that overlap, patterns, names that meet, pipes that
//! close.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock};

use crate::fixture::{Demo, Said};
use crate::refusing::refusing_service;
use crate::wire::Wire;

/// Refused as wrong usage, and why.
fn assert_refused(said: &Said, why: &str) {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains(why), "{why}: {}", said.err);
}

/// Puts objects whose content is their name.
fn put(demo: &Demo, names: &[&str]) {
    for name in names {
        let said = demo.run_with_input(&["put", "-q", "-", &format!(":{name}")], name.as_bytes());
        assert_eq!(said.code, Some(0), "{said:?}");
    }
}

fn all(demo: &Demo) -> String {
    demo.done(&["ls", "-r", ":"])
}

#[test]
fn what_vanishes_from_the_source_meanwhile_stays_in_the_target() {
    let mut demo = Demo::new();
    for name in ["d/a", "d/b", "d/s/c", "d/zero"] {
        demo.write(name, name);
    }
    demo.done(&["sync", "d", ":d"]);
    put(&demo, &["d/extra"]);
    demo.write("d/new", vec![7; 3 << 20]);
    let wire = Wire::to(&demo.server.endpoint);
    demo.folder.variable("MY_OSS_ENDPOINT", &wire.endpoint);
    // When half of the new file is sent, the source has been read.
    let said = wire.act_after(demo.command(&["sync", "--delete", "d", ":d"]), 1 << 20, || {
        for name in ["d/a", "d/b", "d/zero"] {
            fs::remove_file(demo.at(name)).unwrap();
        }
        fs::remove_dir_all(demo.at("d/s")).unwrap();
    });
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(all(&demo), "d/a\nd/b\nd/new\nd/s/c\nd/zero\n");
}

#[test]
fn a_source_that_cannot_be_listed_deletes_nothing() {
    let demo = Demo::new();
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["bucketName"] = "no-such-bucket".into();
    demo.write("storages/Gone/e.json", demo.read("storages/MyOss/e.json"));
    demo.write("storages/Gone/Gone.json", config.to_string());
    demo.write("copy/a", "a");
    let said = demo.run(&["sync", "--delete", "Gone:", "copy"]);
    assert!(said.code == Some(1) && said.err.contains("nothing is deleted"), "{said:?}");
    assert_eq!(demo.read("copy/a"), "a");
}

#[test]
fn where_a_target_cannot_be_listed_nothing_is_sent_over_what_it_has() {
    let mut demo = Demo::new();
    put(&demo, &["d/a", "d/b"]);
    for name in ["d/a", "d/b", "d/c"] {
        demo.write(name, format!("new {name}"));
    }
    let direct = demo.server.endpoint.clone();
    let endpoint = refusing_service(&direct, |line| line.contains("list-type=2"));
    demo.folder.variable("MY_OSS_ENDPOINT", &endpoint);
    let said = demo.run(&["sync", "--delete", "d", ":d"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    for told in ["nothing more is sent, since it is not known what `:d/` has already", "0 sent (0 B)"] {
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
    let said = demo.run(&["sync", "--json", ":d", "copy"]);
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(lines[1..], [r#"{"sent":0,"bytes":0,"same":0,"deleted":0,"failed":1,"dryRun":false}"#], "{said:?}");
    demo.folder.variable("MY_OSS_ENDPOINT", &direct);
    assert_eq!(demo.done(&["cat", ":d/a", ":d/b"]), "d/ad/b");
    assert_eq!(all(&demo), "d/a\nd/b\n");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_to_a_folder() {
    use std::os::unix::fs::symlink;

    let demo = Demo::new();
    put(&demo, &["t/a", "t/link.txt", "t/link/x", "t/link/y/z", "t/z"]);
    demo.write("elsewhere/x", "mine");
    fs::create_dir(demo.at("copy")).unwrap();
    symlink("../elsewhere", demo.at("copy/link")).unwrap();
    let said = demo.run(&["sync", ":t", "copy"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let told = "`:t/link/x` is not sent: `copy/link` is a link to a folder, and sync goes through none: leave it out with \
                `--exclude '/link'`";
    assert!(said.err.contains(told) && said.err.contains("2 of 5 failed"), "{}", said.err);
    assert_eq!([demo.read("elsewhere/x"), demo.read("copy/z")], ["mine", "t/z"]);
    assert!(!demo.at("elsewhere/y").exists());
    demo.done(&["sync", "--exclude", "/link", ":t", "copy"]);
}

#[cfg(unix)]
#[test]
fn a_file_of_the_target_whose_name_no_object_has_is_left_alone() {
    use std::os::unix::ffi::OsStrExt;

    let demo = Demo::new();
    put(&demo, &["t/a", "t/b"]);
    demo.write("copy/old", "old");
    let unusable = demo.at("copy").join(std::ffi::OsStr::from_bytes(b"bad\xff"));
    if fs::write(&unusable, "x").is_err() {
        // A file system where all names are UTF-8.
        return;
    }
    demo.done(&["sync", "--delete", ":t", "copy"]);
    assert!(unusable.exists() && !demo.at("copy/old").exists() && demo.read("copy/b") == "t/b");
}

#[cfg(unix)]
#[test]
fn a_source_with_an_unusable_name_sends_the_rest_and_deletes_nothing() {
    use std::os::unix::ffi::OsStrExt;

    let demo = Demo::new();
    put(&demo, &["d/extra"]);
    demo.write("d/good", "good");
    let unusable = demo.at("d").join(std::ffi::OsStr::from_bytes(b"bad\xff"));
    if fs::write(unusable, "x").is_err() {
        // A file system where all names are UTF-8.
        return;
    }
    let said = demo.run(&["sync", "--delete", "d", ":d"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("not UTF-8") && said.err.contains("nothing is deleted"), "{}", said.err);
    assert_eq!(all(&demo), "d/extra\nd/good\n");
}

#[cfg(unix)]
#[test]
fn what_is_passed_over_is_told_and_not_deleted_in_the_target() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let demo = Demo::new();
    put(&demo, &["d/link/x", "d/link/y/z", "d/link.txt", "d/broken", "d/socket", "d/extra"]);
    demo.write("elsewhere/x", "x");
    demo.write("d/a", "a");
    symlink("../elsewhere", demo.at("d/link")).unwrap();
    symlink("nowhere", demo.at("d/broken")).unwrap();
    let _listener = UnixListener::bind(demo.at("d/socket")).unwrap();
    let said = demo.run(&["sync", "--delete", "d", ":d"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for told in
        ["`d/link` is passed over: it is a link to a folder", "`d/broken` is passed over", "`d/socket` is passed"]
    {
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
    assert_eq!(all(&demo), "d/a\nd/broken\nd/link/x\nd/link/y/z\nd/socket\n");
    let told = demo.done(&["sync", "--json", "d", ":d"]);
    assert!(told.contains(r#"{"passedOver":"d/link","reason":"it is a link to a folder"}"#), "{told}");
}

#[test]
fn files_that_only_look_like_those_of_transfers_are_content() {
    let demo = Demo::new();
    let names = ["d/.download-abc", "d/.note-2024.md", "d/.note-monday"];
    for name in names {
        demo.write(name, name);
    }
    for _ in 0..2 {
        demo.done(&["sync", "--delete", "d", ":d"]);
        assert_eq!(all(&demo), names.map(|name| format!("{name}\n")).concat());
    }
}

#[test]
fn folders_that_lie_in_each_other_are_not_copied_into_each_other() {
    let demo = Demo::with_disk();
    demo.write("storages/Twin/e.json", demo.read("storages/MyOss/e.json"));
    demo.write("storages/Twin/Twin.json", demo.read("storages/MyOss/MyOss.json"));
    put(&demo, &["docs/a", "docs/b/c", "other"]);
    demo.done(&["cp", "-q", "-r", ":docs", "Disk:docs"]);
    for arguments in [
        &["sync", "--delete", ":docs/", ":"][..],
        &["sync", "--delete", ":", ":docs/"],
        &["sync", ":docs", "MyOss:docs/"],
        &["sync", "--delete", "MyOss:docs/", "Twin:"],
        &["cp", "-r", ":docs", ":docs/copy"],
        &["cp", "-r", ":docs", "Twin:docs/copy"],
        &["cp", ":**/a", ":copy/"],
        &["put", "-r", ".", "Disk:app/"],
        &["sync", "--delete", "Disk:docs", "appData"],
        &["sync", "Disk:docs", "appData/disk/docs/copy"],
    ] {
        assert_refused(&demo.run(arguments), "lie in each other");
    }
    assert_refused(&demo.run(&["cp", ":docs/*", ":docs/"]), "are the same folder");
    assert_refused(&demo.run(&["cp", ":other", ":"]), "would be copied to itself");
    assert_eq!(all(&demo), "docs/a\ndocs/b/c\nother\n");
    // What only begins alike lies beside it.
    demo.done(&["sync", "--delete", ":docs", ":docs2"]);
    demo.done(&["cp", ":docs/*", ":docs/copy/"]);
    demo.done(&["get", "-r", "Disk:docs", "."]);
    assert_eq!(all(&demo), "docs/a\ndocs/b/c\ndocs/copy/a\ndocs2/a\ndocs2/b/c\nother\n");
}

#[test]
fn an_empty_target_is_not_the_working_directory() {
    let demo = Demo::new();
    put(&demo, &["docs/README.md"]);
    let kept = demo.read("README.md");
    for arguments in [
        &["sync", ":docs/", ""][..],
        &["get", "-r", ":docs/", ""],
        &["get", ":docs/README.md", ""],
        &["cp", ":docs/*", ""],
    ] {
        assert_refused(&demo.run(arguments), "the target is empty: write `.` where");
        assert_eq!(demo.read("README.md"), kept, "{arguments:?}");
    }
}

#[test]
fn patterns_delete_no_more_than_was_said() {
    let demo = Demo::new();
    put(&demo, &["a", "d/1", "d/s/2", "e/3"]);
    for (arguments, why) in [
        (&["rm", ":**"][..], "with `-r`"),
        (&["rm", ":d/**"], "with `-r`"),
        (&["rm", "-r", ":**"], "say `--all`"),
        (&["rm", "-r", ":*"], "say `--all`"),
        (&["rm", "-r", ":{a,d}"], "say `--all`"),
    ] {
        assert_refused(&demo.run(arguments), why);
    }
    assert_eq!(all(&demo), "a\nd/1\nd/s/2\ne/3\n");
    assert_eq!(demo.done(&["rm", ":*"]), "deleted :a\n");
    assert_eq!(demo.done(&["rm", "-r", ":d/**"]), "deleted :d/1\ndeleted :d/s/2\n");
    assert_eq!(demo.done(&["rm", "-r", "--all", ":*"]), "deleted :e/3\n");
}

/// A demo with an element `Closed` of the same bucket, which is refused what `refuses` says.
fn partly_refusing(refuses: impl Fn(&str) -> bool + Send + Sync + 'static) -> Demo {
    let demo = Demo::new();
    let endpoint = refusing_service(&demo.server.endpoint, refuses);
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["endPoint"] = endpoint.into();
    demo.write("storages/Closed/e.json", demo.read("storages/MyOss/e.json"));
    demo.write("storages/Closed/Closed.json", config.to_string());
    demo
}

#[test]
fn what_cannot_be_deleted_keeps_nothing_else_from_being_deleted_and_told() {
    let demo = partly_refusing(|line| line.starts_with("POST ") && line.contains("?delete"));
    put(&demo, &["a", "b/1", "b/2", "c"]);
    let said = demo.run(&["rm", "-r", ":a", "Closed:b", ":c"]);
    assert_eq!((said.code, said.out.as_str()), (Some(3), "deleted :a\ndeleted :c\n"), "{said:?}");
    let told = "`Closed:b/1` … `Closed:b/2` are not deleted, 2 in all: ";
    assert!(said.err.contains(told) && said.err.contains("2 of 4 failed"), "{}", said.err);
    let said = demo.run(&["rm", "--json", "-r", "Closed:b"]);
    let lines: Vec<serde_json::Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!([&lines[0]["notDeleted"], &lines[1]["notDeleted"]], ["Closed:b/1", "Closed:b/2"]);
    assert!(lines.iter().all(|line| line["error"].as_str().unwrap().contains("AccessDenied")), "{}", said.out);

    demo.write("d/new", "new");
    let said = demo.run(&["sync", "--json", "--delete", "d", "Closed:b"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert_eq!(
        said.out.lines().last().unwrap(),
        r#"{"sent":1,"bytes":3,"same":0,"deleted":0,"failed":2,"dryRun":false}"#
    );
    assert!(said.err.contains("1 sent (3 B), 0 the same, 0 deleted\n"), "{}", said.err);
}

#[test]
fn what_runs_when_another_service_is_given_up_ends_by_itself() {
    let (release, released) = std::sync::mpsc::channel();
    let released = Mutex::new(released);
    let demo = partly_refusing(move |line| {
        if line.starts_with("GET /my-bucket/held ") {
            released.lock().unwrap().recv().unwrap();
        }
        false
    });
    put(&demo, &["held"]);
    demo.add_down();
    let down: Vec<_> = (0..9).map(|number| format!("Down:{number}")).collect();
    let mut arguments = vec!["get", "-j", "2", "Closed:held"];
    arguments.extend(down.iter().map(String::as_str));
    arguments.push("out/");
    let mut command = demo.command(&arguments);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.by_ref().take(4).filter(|line| line.contains("cannot connect to")).count(), 4);
    release.send(()).unwrap();
    let rest: Vec<_> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{rest:?}");
    assert!(rest[0].contains("`Down:` is not reached any more, so 5 objects are not tried: "), "{rest:?}");
    assert_eq!((rest[1].as_str(), demo.read("out/held").as_str()), ("error: 9 of 10 failed, as told above", "held"));
}

#[test]
fn a_local_file_that_cannot_be_deleted_is_told() {
    let extra = Arc::new(OnceLock::<PathBuf>::new());
    let there = Arc::clone(&extra);
    // When the new object is fetched, both sides have been read.
    let demo = partly_refusing(move |line| {
        if line.starts_with("GET /my-bucket/d/z ") {
            let extra = there.get().unwrap();
            fs::remove_file(extra).unwrap();
            fs::create_dir(extra).unwrap();
        }
        false
    });
    put(&demo, &["d/z"]);
    demo.write("copy/a", "extra");
    demo.write("copy/b", "extra");
    extra.set(demo.at("copy/a")).unwrap();
    let said = demo.run(&["sync", "--json", "--delete", "Closed:d", "copy/"]);
    let lines: Vec<serde_json::Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((said.code, lines.len()), (Some(3), 4), "{said:?}");
    assert_eq!((&lines[1]["notDeleted"], &lines[2]["deleted"]), (&"copy/a".into(), &"copy/b".into()), "{said:?}");
    assert!(lines[1]["error"].as_str().unwrap().starts_with("cannot delete `copy/a`: "), "{said:?}");
    assert_eq!((&lines[3]["deleted"], &lines[3]["failed"]), (&1.into(), &1.into()), "{said:?}");
}

#[test]
fn what_cannot_be_looked_for_keeps_nothing_else_from_being_deleted() {
    let demo = partly_refusing(|line| line.starts_with("HEAD /my-bucket/b ") || line.contains("prefix=l"));
    put(&demo, &["a", "b", "c"]);
    let said = demo.run(&["rm", "--json", ":a", "Closed:b", ":c"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains(r#"{"notDeleted":"Closed:b","error":""#), "{}", said.out);
    assert!(said.out.ends_with("{\"deleted\":\":a\"}\n{\"deleted\":\":c\"}\n"), "{}", said.out);
    let said = demo.run(&["rm", "Closed:l*", ":b"]);
    assert_eq!((said.code, said.out.as_str()), (Some(3), "deleted :b\n"), "{said:?}");
}

#[test]
fn an_object_of_exactly_this_name_comes_before_a_pattern() {
    let demo = Demo::new();
    let names = ["[x]/a", "photo1.jpg", "photo[1].jpg", "x/a"];
    put(&demo, &names);
    assert_eq!(demo.done(&["ls", ":photo[1].jpg"]), "photo[1].jpg\n");
    assert_eq!(demo.done(&["ls", "-r", ":[x]"]), "[x]/a\n");
    demo.done(&["get", ":photo[1].jpg", "got"]);
    demo.done(&["get", "-r", ":[x]", "folder"]);
    demo.done(&["cp", ":photo[1].jpg", ":copy"]);
    assert_eq!([demo.read("got"), demo.read("folder/a")], ["photo[1].jpg", "[x]/a"]);
    assert_eq!(demo.done(&["cat", ":copy"]), "photo[1].jpg");
    assert_eq!(demo.done(&["rm", ":photo[1].jpg"]), "deleted :photo[1].jpg\n");
    assert_eq!(demo.done(&["rm", "-r", ":[x]/"]), "deleted :[x]/a\n");
    assert_eq!(all(&demo), "copy\nphoto1.jpg\nx/a\n");
    assert_eq!(demo.done(&["rm", ":photo[1].jpg"]), "deleted :photo1.jpg\n");
}

#[test]
fn an_object_may_be_named_as_no_pattern_can_be() {
    let demo = Demo::new();
    put(&demo, &["a[b", "d[/x", "{c"]);
    assert_eq!(demo.done(&["ls", ":a[b"]), "a[b\n");
    assert_eq!(demo.done(&["ls", ":d["]), "d[/x\n");
    assert_eq!(demo.done(&["cat", ":a[b"]), "a[b");
    demo.done(&["get", ":a[b", "got"]);
    demo.done(&["get", "-r", ":d[", "folder"]);
    demo.done(&["cp", ":{c", ":copy"]);
    assert_eq!([demo.read("got"), demo.read("folder/x")], ["a[b", "d[/x"]);
    assert_eq!(demo.done(&["rm", ":a[b"]), "deleted :a[b\n");
    for command in ["ls", "cat", "get", "rm"] {
        assert_refused(&demo.run(&[command, ":a[b"]), "`a[b` is no pattern: unclosed character class");
    }
}

#[test]
fn sources_that_would_become_one_object_are_refused() {
    let demo = Demo::new();
    for name in ["p/x.txt", "q/x.txt", "q/y.txt"] {
        demo.write(name, name);
    }
    assert_refused(&demo.run(&["put", "p/x.txt", "q/x.txt", ":d/"]), "not the only source");
    assert_refused(&demo.run(&["put", "p/*", "q/*", ":d/"]), "would be mixed");
    assert_refused(&demo.run(&["put", "-", "-", ":d"]), "give `-` once");
    assert_eq!(all(&demo), "");
    demo.done(&["put", "-r", "p", "q", ":"]);
    assert_eq!(all(&demo), "p/x.txt\nq/x.txt\nq/y.txt\n");
    assert_refused(&demo.run(&["get", ":p/x.txt", ":q/x.txt", "out/"]), "not the only source");
    assert_refused(&demo.run(&["get", ":p/x.txt", ":q/x.txt", "-"]), "takes one object");
    assert_refused(&demo.run(&["get", ":p/*", "-"]), "takes one object");
    assert!(!demo.at("out").exists());
    let said = demo.run(&["get", ":p/x.txt", ":q/*", "out/"]);
    assert!(said.code == Some(3) && said.err.contains("`:q/x.txt` is not copied"), "{said:?}");
    assert_eq!([demo.read("out/x.txt"), demo.read("out/y.txt")], ["p/x.txt", "q/y.txt"]);
}

#[test]
fn sources_whose_targets_lie_in_each_other_are_refused_unless_they_do_so_too() {
    let demo = Demo::with_disk();
    put(&demo, &["docs/f", "docs/sub/g"]);
    demo.write("f", "of the disk");
    demo.done(&["put", "f", "Disk:docs/f"]);
    demo.write("p/q/x", "x");
    demo.write("q/x", "another x");
    assert_refused(&demo.run(&["cp", "-r", "Disk:", ":docs/", "out/"]), "would be mixed in `out/docs`");
    assert_refused(&demo.run(&["cp", "-r", ":docs/", "Disk:", "out/"]), "would be mixed in `out/docs`");
    assert_refused(&demo.run(&["get", "-r", ":docs/sub/", "Disk:", "out/"]), "would be mixed in `out/sub`");
    assert_refused(&demo.run(&["put", "-r", "p/q/..", "q", ":x/"]), "would be mixed in `:x/q/`");
    assert!(!demo.at("out").exists() && !all(&demo).contains("x/"));
    // Each file goes where it goes anyway.
    demo.done(&["get", "-r", ":", ":docs/", "out/"]);
    assert_eq!([demo.read("out/docs/f"), demo.read("out/docs/sub/g")], ["docs/f", "docs/sub/g"]);
    demo.done(&["put", "-r", "--exclude", "out", ".", "q", ":all/"]);
    assert_eq!(demo.done(&["cat", ":all/q/x"]), "another x");
    demo.done(&["put", "-r", "p", "q", ":y/"]);
    assert_eq!(demo.done(&["ls", "-r", ":y"]), "y/p/q/x\ny/q/x\n");
}

#[test]
fn a_reader_that_goes_away_ends_reading_and_no_changes() {
    let demo = Demo::new();
    for number in 0..120 {
        demo.write(&format!("d/{number:03}"), "x");
    }
    let said = demo.run_before_head(&["put", "-r", "d", ":d/"]);
    assert!(said.code == Some(0) && said.out.contains(" → :d/"), "{said:?}");
    assert_eq!(all(&demo).lines().count(), 120);
    demo.write("long/good", "x");
    demo.write(&format!("long/{}", "long".repeat(60)), "x");
    let said = demo.run_before_head(&["put", "-r", "long", &format!(":{}", "folder/".repeat(140))]);
    assert_eq!(said.code, Some(3), "{said:?}");
    // In a dry run it is for what it prints.
    let said = demo.run_before_head(&["rm", "-n", "-r", ":d"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "would delete :d/000\n"));
    let said = demo.run_before_head(&["rm", "-r", ":d"]);
    assert!(said.code == Some(0) && said.out == "deleted :d/000\n", "{said:?}");
    assert_eq!(demo.run(&["ls", ":d"]).code, Some(1));

    demo.write("large", [&b"first\n"[..], &vec![7; 4 << 20]].concat());
    demo.done(&["put", "large", ":"]);
    let said = demo.run_before_head(&["cat", ":large"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "first\n", ""));
}

#[test]
fn the_folder_of_the_app_and_of_git_are_never_made_like_another() {
    let demo = Demo::new();
    put(&demo, &["web/a"]);
    demo.write("repository/.git/HEAD", "ref");
    demo.write("repository/b", "b");
    for (target, why) in [
        (".", "holds the app"),
        ("..", "holds the app"),
        ("storages", "the app's configuration"),
        ("storages/MyOss", "the app's configuration"),
        (".storages/server", "the command itself keeps"),
        ("repository", "holds a `.git`"),
        ("repository/.git/hooks", "holds a `.git`"),
    ] {
        assert_refused(&demo.run(&["sync", "--delete", ":web/", target]), why);
    }
    assert!(demo.at(".env").exists() && demo.at("repository/b").exists() && !demo.at("a").exists());
    demo.write("outer/repository/.git/HEAD", "ref");
    demo.write("outer/repository/b", "b");
    demo.done(&["sync", "--delete", ":web/", "outer"]);
    assert!(demo.at("outer/repository/.git/HEAD").exists() && !demo.at("outer/repository/b").exists());
    demo.done(&["sync", ":web/", "repository"]);
    assert!(demo.at("repository/b").exists() && demo.at("repository/a").exists());
}

#[test]
fn secrets_are_sent_only_by_their_name() {
    let demo = Demo::new();
    let said = demo.run(&["put", "-r", ".", ":app/"]);
    assert!(said.code == Some(0) && said.err.contains("holds the secrets of the app"), "{said:?}");
    let stored = all(&demo);
    assert!(stored.contains("app/storages/MyOss/MyOss.json\n") && !stored.contains(".env"), "{stored}");
    demo.write("d/.env", "another app's");
    demo.done(&["sync", "d", ":d"]);
    demo.done(&["put", ".env", ":named"]);
    assert_eq!(demo.done(&["ls", ":d/", ":named"]), "d/.env\nnamed\n");
    assert_eq!(demo.done(&["cat", ":named"]), demo.read(".env"));
}

#[cfg(unix)]
#[test]
fn secrets_that_a_link_leads_to_are_secrets_too() {
    let demo = Demo::new();
    fs::create_dir(demo.at("config")).unwrap();
    fs::rename(demo.at(".env"), demo.at("config/secrets.env")).unwrap();
    for link in [".env", "other"] {
        std::os::unix::fs::symlink("config/secrets.env", demo.at(link)).unwrap();
    }
    let secrets = demo.read(".env");
    let said = demo.run(&["put", "-r", ".", ":app/"]);
    assert_eq!((said.code, said.err.matches("holds the secrets of the app").count()), (Some(0), 3), "{said:?}");
    let stored = all(&demo);
    assert!(!["env", "other"].iter().any(|name| stored.contains(name)), "{stored}");
    put(&demo, &["back/config/secrets.env", "back/other"]);
    for arguments in [&["sync", ":back/", "."][..], &["get", "-r", ":back/", "."]] {
        let said = demo.run(arguments);
        assert_eq!((said.code, said.err.matches("holds the secrets of the app").count()), (Some(0), 2), "{said:?}");
        assert_eq!(demo.read(".env"), secrets);
    }
}

#[test]
fn secrets_are_written_over_only_by_their_name() {
    let demo = Demo::new();
    let secrets = demo.read(".env");
    put(&demo, &["env/.env"]);
    let told = "`./.env` is passed over: it holds the secrets of the app";
    for arguments in [
        &["sync", ":env/", "./"][..],
        &["get", "-r", ":env/", "./"],
        &["get", ":env/*", "./"],
        &["get", "-n", "-r", ":env/", "./"],
    ] {
        let said = demo.run(arguments);
        assert!(said.code == Some(0) && said.err.contains(told) && said.out.is_empty(), "{arguments:?}: {said:?}");
        assert_eq!(demo.read(".env"), secrets, "{arguments:?}");
    }
    put(&demo, &["env/a"]);
    assert!(demo.run(&["sync", ":env/", "./"]).err.contains("1 sent (5 B), 0 the same"));
    demo.done(&["get", "-r", ":env/", "copy"]);
    assert_eq!(demo.read("copy/.env"), "env/.env");
    demo.done(&["get", ":env/.env", ".env"]);
    assert_eq!(demo.read(".env"), "env/.env");
}

#[test]
fn what_is_excluded_is_neither_sent_nor_deleted() {
    let demo = Demo::new();
    for name in ["d/.git/HEAD", "d/a.txt", "d/s/b.tmp", "d/s/c", "d/out/x"] {
        demo.write(name, name);
    }
    let excluded = ["--exclude", ".git", "--exclude", "*.tmp", "--exclude", "/out/"];
    demo.done(&[&["put", "-r", "d", ":p/"][..], &excluded].concat());
    demo.done(&["put", "-q", "-r", "d", ":s/"]);
    assert_eq!(demo.done(&["ls", "-r", ":p"]), "p/a.txt\np/s/c\n");
    fs::remove_dir_all(demo.at("d/s")).unwrap();
    demo.done(&[&["sync", "-q", "--delete", "d", ":s"][..], &excluded].concat());
    assert_eq!(demo.done(&["ls", "-r", ":s"]), "s/.git/HEAD\ns/a.txt\ns/out/x\ns/s/b.tmp\n");
    demo.done(&[&["cp", "-q", "-r", ":s", ":c"][..], &excluded].concat());
    assert_eq!(demo.done(&["ls", "-r", ":c"]), "c/a.txt\n");
}

#[test]
fn names_of_objects_never_leave_the_folder_that_they_are_fetched_to() {
    let demo = Demo::new();
    put(&demo, &["t/../x", "t/a//b", "t/d/../../y", "t/good"]);
    demo.write("in/out/kept", "kept");
    for arguments in [&["get", "-r", ":t", "in/out"][..], &["sync", "--delete", ":t", "in/out"]] {
        let said = demo.run(arguments);
        assert_eq!(said.code, Some(3), "{said:?}");
        assert_eq!(said.err.matches("has no place in a folder").count(), 3, "{}", said.err);
    }
    assert_eq!([demo.read("in/out/good"), demo.read("in/out/kept")], ["t/good", "kept"]);
    let found: Vec<_> = fs::read_dir(demo.at("in")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(found, ["out"]);
    // Alone, to a file that is named, each can be fetched.
    demo.done(&["get", ":t/../x", "x"]);
    assert_eq!(demo.read("x"), "t/../x");
}
