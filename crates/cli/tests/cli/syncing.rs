//! `sync`: what differs is sent, once, also when it was killed in the middle.
//!
//! `SOAK=1` takes 10 000 files and 2 GiB.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;

use crate::fixture::{Demo, Said};
use crate::wire::Wire;

/// A demo whose traffic is counted.
fn counted() -> (Demo, Wire) {
    let mut demo = Demo::new();
    let wire = Wire::to(&demo.server.endpoint);
    demo.folder.variable("MY_OSS_ENDPOINT", &wire.endpoint);
    (demo, wire)
}

fn is_soak() -> bool {
    std::env::var_os("SOAK").is_some()
}

/// The `to` of each line that tells a transfer.
fn sent(out: &str) -> BTreeSet<String> {
    let mut lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap();
    assert_eq!(summary["sent"], lines.len());
    lines.iter().map(|line| line["to"].as_str().unwrap().to_owned()).collect()
}

/// The last line on standard error.
fn summary(said: &Said) -> &str {
    assert_eq!(said.code, Some(0), "{said:?}");
    said.err.lines().last().unwrap()
}

#[test]
fn only_what_differs_is_sent_either_way() {
    let demo = Demo::new();
    for name in ["d/a.txt", "d/s/b.txt", "d/s.txt", "d/目/c"] {
        demo.write(name, name);
    }
    assert_eq!(
        summary(&demo.run(&["sync", "-n", "d", ":d"])),
        "4 would be sent (30 B), 0 the same, 0 would be deleted"
    );
    assert_eq!(summary(&demo.run(&["sync", "d", ":d"])), "4 sent (30 B), 0 the same, 0 deleted");
    assert_eq!(summary(&demo.run(&["sync", "d", ":d/"])), "0 sent (0 B), 4 the same, 0 deleted");
    demo.write("d/a.txt", "D/A.TXT");
    demo.write("d/new", "new");
    fs::remove_file(demo.at("d/s.txt")).unwrap();
    let said = demo.run(&["sync", "--json", "d", ":d"]);
    assert_eq!(summary(&said), "2 sent (10 B), 2 the same, 0 deleted");
    assert_eq!(sent(&said.out), BTreeSet::from([":d/a.txt".to_owned(), ":d/new".to_owned()]));
    assert_eq!(
        said.out.lines().last().unwrap(),
        r#"{"sent":2,"bytes":10,"same":2,"deleted":0,"failed":0,"dryRun":false}"#
    );

    assert_eq!(summary(&demo.run(&["sync", ":d", "copy"])), "5 sent (33 B), 0 the same, 0 deleted");
    assert_eq!(summary(&demo.run(&["sync", ":d", "copy"])), "0 sent (0 B), 5 the same, 0 deleted");
    assert_eq!((demo.read("copy/a.txt"), demo.read("copy/目/c")), ("D/A.TXT".to_owned(), "d/目/c".to_owned()));
    assert_eq!(summary(&demo.run(&["sync", ":d", ":e"])), "5 sent (33 B), 0 the same, 0 deleted");
    assert_eq!(summary(&demo.run(&["sync", ":d", ":e"])), "0 sent (0 B), 5 the same, 0 deleted");
}

#[test]
fn a_file_of_the_same_size_is_told_by_its_sum_when_its_time_says_nothing() {
    let demo = Demo::new();
    demo.write("d/same", "same");
    demo.write("d/other", "one");
    demo.done(&["sync", "d", ":d"]);
    let future = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    for name in ["d/same", "d/other"] {
        fs::File::options().write(true).open(demo.at(name)).unwrap().set_modified(future).unwrap();
    }
    assert_eq!(summary(&demo.run(&["sync", "d", ":d"])), "0 sent (0 B), 2 the same, 0 deleted");
    demo.write("d/other", "two");
    let past = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(demo.at("d/other")).unwrap().set_modified(past).unwrap();
    assert_eq!(summary(&demo.run(&["sync", "d", ":d"])), "0 sent (0 B), 2 the same, 0 deleted");
    assert_eq!(summary(&demo.run(&["sync", "--checksum", "d", ":d"])), "1 sent (3 B), 1 the same, 0 deleted");
    assert_eq!(demo.done(&["cat", ":d/other"]), "two");
}

#[test]
fn an_object_that_is_rewritten_when_it_was_fetched_is_fetched_again() {
    let demo = Demo::with_disk();
    let rewrite = |content: &str| {
        demo.write("f", content);
        demo.done(&["put", "-q", "f", ":race/f"]);
    };
    // The store's time of the second content is not later than that of the copies of the first, but for an unlucky second.
    rewrite("AAAA");
    for target in ["down", "MyOss:copy", "Disk:copy"] {
        assert_eq!(summary(&demo.run(&["sync", ":race/", target])), "1 sent (4 B), 0 the same, 0 deleted");
    }
    rewrite("BBBB");
    for target in ["down", "MyOss:copy", "Disk:copy"] {
        assert_eq!(summary(&demo.run(&["sync", ":race/", target])), "1 sent (4 B), 0 the same, 0 deleted", "{target}");
        assert_eq!(summary(&demo.run(&["sync", ":race/", target])), "0 sent (0 B), 1 the same, 0 deleted", "{target}");
    }
    assert_eq!((demo.read("down/f").as_str(), demo.done(&["cat", ":copy/f"]).as_str()), ("BBBB", "BBBB"));
    // Clocks that are a minute apart hide nothing either.
    let a_minute_later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    fs::File::options().write(true).open(demo.at("down/f")).unwrap().set_modified(a_minute_later).unwrap();
    rewrite("CCCC");
    assert_eq!(summary(&demo.run(&["sync", ":race/", "down"])), "1 sent (4 B), 0 the same, 0 deleted");
    assert_eq!(demo.read("down/f"), "CCCC");
}

#[test]
fn a_file_that_is_written_by_a_slow_clock_is_sent_again() {
    let demo = Demo::with_disk();
    demo.write("d/f", "AAAA");
    for target in [":d", "Disk:d"] {
        assert_eq!(summary(&demo.run(&["sync", "d", target])), "1 sent (4 B), 0 the same, 0 deleted");
    }
    demo.write("d/f", "BBBB");
    let a_minute_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    fs::File::options().write(true).open(demo.at("d/f")).unwrap().set_modified(a_minute_ago).unwrap();
    for target in [":d", "Disk:d"] {
        assert_eq!(summary(&demo.run(&["sync", "d", target])), "1 sent (4 B), 0 the same, 0 deleted", "{target}");
        assert_eq!(summary(&demo.run(&["sync", "d", target])), "0 sent (0 B), 1 the same, 0 deleted", "{target}");
        assert_eq!(demo.done(&["cat", &format!("{target}/f")]), "BBBB", "{target}");
    }
}

#[test]
fn what_the_source_has_not_is_deleted_on_demand() {
    let demo = Demo::new();
    for name in ["d/a", "d/b/c", "d/e"] {
        demo.write(name, name);
    }
    demo.done(&["sync", "d", ":d"]);
    demo.write("other", "x");
    demo.done(&["put", "other", ":d2"]);
    fs::remove_dir_all(demo.at("d/b")).unwrap();
    assert!(demo.done(&["sync", "-n", "--delete", "d", ":d"]).contains("would delete :d/b/c"));
    demo.done(&["sync", "--delete", "d", ":d"]);
    assert_eq!(demo.done(&["ls", "-r", ":"]), "d/a\nd/e\nd2\n");
    demo.write("copy/x/y/z", "extra");
    demo.write("copy/a", "d/a");
    let said = demo.run(&["sync", "--delete", ":d", "copy"]);
    assert!(said.code == Some(0) && !demo.at("copy/x").exists() && demo.at("copy/e").exists(), "{said:?}");
    fs::create_dir(demo.at("empty")).unwrap();
    let said = demo.run(&["sync", "--delete", "empty", ":d"]);
    assert!(said.code == Some(1) && said.err.contains("the source is empty"), "{said:?}");
    assert_eq!(demo.done(&["ls", "-r", ":d"]), "d/a\nd/e\n");
}

#[test]
fn a_whole_storage_is_made_like_a_folder_only_where_that_is_said() {
    let demo = Demo::new();
    demo.write("d/a", "a");
    demo.write("other", "x");
    demo.done(&["put", "other", ":"]);
    assert!(demo.done(&["sync", "-n", "--delete", "d", ":"]).contains("would delete :other"));
    let said = demo.run(&["sync", "--delete", "d", ":"]);
    assert!(said.code == Some(2) && said.err.contains("`:` is a whole storage"), "{said:?}");
    assert_eq!(demo.done(&["ls", "-r", ":"]), "other\n");
    demo.done(&["sync", "--delete", "--all", "d", ":"]);
    assert_eq!(demo.done(&["ls", "-r", ":"]), "a\n");
}

#[test]
#[expect(clippy::print_stdout, reason = "a soak tells what it saw")]
fn many_small_files_are_each_sent_once_though_it_is_killed() {
    let (demo, wire) = counted();
    let count = if is_soak() { 10_000 } else { 1_000 };
    let an_hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    for number in 0..count {
        let name = format!("d/{}/{number}.txt", number % 17);
        demo.write(&name, format!("{number:0>300}"));
        // Clearly older than what is stored, whose time is in whole seconds: no sums need to be asked for.
        fs::File::options().write(true).open(demo.at(&name)).unwrap().set_modified(an_hour_ago).unwrap();
    }
    wire.kill_after(demo.command(&["sync", "d", ":d"]), count * 300);
    let stored: BTreeSet<String> = demo.done(&["ls", "-r", ":d"]).lines().map(|name| format!(":{name}")).collect();
    assert!(!stored.is_empty() && (stored.len() as u64) < count, "{} of {count}", stored.len());

    let before = wire.sent();
    let said = demo.run(&["sync", "--json", "d", ":d"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let second = sent(&said.out);
    assert_eq!(second.intersection(&stored).count(), 0);
    // What the server had just got when the command was killed, eight at a time, may have been stored behind the list.
    let told = (second.len() + stored.len()) as u64;
    assert!((count - 8..=count).contains(&told), "{told} of {count}");
    let rest = count - stored.len() as u64;
    println!("{count} files: {} stored when killed, {rest} sent by the second run", stored.len());
    assert!(wire.sent() - before < rest * 1200 + 50_000, "{} bytes for {rest} files", wire.sent() - before);

    let before = wire.sent();
    assert_eq!(summary(&demo.run(&["sync", "d", ":d"])), format!("0 sent (0 B), {count} the same, 0 deleted"));
    assert!(wire.sent() - before < count * 10 + 10_000, "{} bytes", wire.sent() - before);
    demo.done(&["sync", "-q", ":d", "back"]);
    for number in (0..count).step_by(37) {
        assert_eq!(demo.read(&format!("back/{}/{number}.txt", number % 17)), format!("{number:0>300}"));
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a soak tells what it saw")]
fn of_a_large_file_nothing_is_sent_twice_but_the_parts_that_were_under_way() {
    let (demo, wire) = counted();
    let (size, part): (u64, u64) = if is_soak() { (2 << 30, 8 << 20) } else { (96 << 20, 1 << 20) };
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["partSizeBytes"] = part.into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    demo.write("d/small", "small");
    let mut file = fs::File::create(demo.at("d/large.bin")).unwrap();
    let mut block = vec![0; 1 << 20];
    for number in 0..size >> 20 {
        block.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&(number * 31).to_le_bytes()));
        file.write_all(&block).unwrap();
    }
    drop(file);

    wire.kill_after(demo.command(&["sync", "d", ":d"]), size / 2);
    let first = wire.sent();
    let said = demo.run(&["sync", "d", ":d"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let second = wire.sent() - first;
    println!("{size} bytes: {first} sent when killed, {second} by the second run, in parts of {part}");
    // Four parts are under way at a time.
    let most = size - first + 5 * part + 500_000;
    assert!(second <= most, "{second} bytes after {first} of {size}");

    let before = wire.sent();
    assert_eq!(summary(&demo.run(&["sync", "d", ":d"])), "0 sent (0 B), 2 the same, 0 deleted");
    assert!(wire.sent() - before < 10_000, "{} bytes", wire.sent() - before);
    assert_eq!(summary(&demo.run(&["sync", "--checksum", "d", ":d"])), "0 sent (0 B), 2 the same, 0 deleted");
}
