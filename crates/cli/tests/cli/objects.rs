//! Objects: sent, fetched, listed, copied, deleted, signed.

#[cfg(unix)]
use crate::fixture::{BINARY, Said, clean};
use crate::fixture::{Demo, Folder};
use crate::wire::Wire;

/// The first shell block of the second section of a README.
#[cfg(unix)]
fn second_section(readme: &str) -> &str {
    let section = readme.split("\n## ").nth(2).unwrap();
    section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap()
}

/// As written there, but for the port: another checkout may be tested on this machine at the same time.
#[cfg(unix)]
#[test]
fn the_second_section_of_the_readmes_works_as_written() {
    use std::process::{Command, Stdio};

    for readme in [include_str!("../../../../README.md"), include_str!("../../../../README.zh-CN.md")] {
        let folder = Folder::new();
        let script = format!("set -e\ntrap 'kill $!; wait' EXIT\n{}", second_section(readme));
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(folder.at("")).stdin(Stdio::null());
        clean(&mut shell);
        let binaries = std::path::Path::new(BINARY).parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(std::iter::once(binaries).chain(std::env::split_paths(&path))).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        shell.env("PATH", path).env("MY_OSS_ENDPOINT", format!("http://{free}"));
        let output = shell.output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{out}\n{err}");
        assert!(out.contains("README.md → MyOss:docs/README.md") && out.contains("\ndocs/README.md\n"), "{out}");
        let url = format!("http://{free}/my-bucket/docs/README.md?");
        assert!(out.lines().any(|line| line.starts_with(&url)), "{out}");
    }
}

#[test]
fn what_is_put_is_listed_and_opens_by_its_url() {
    let demo = Demo::with_disk();
    assert_eq!(
        demo.done(&["put", "README.md", "MyOss:docs/"]).split("  ").next().unwrap(),
        "README.md → MyOss:docs/README.md"
    );
    assert_eq!(demo.done(&["ls", "MyOss:docs/"]), "docs/README.md\n");
    let url = demo.done(&["url", "MyOss:docs/README.md"]);
    let content = ureq::get(url.trim_end()).call().unwrap().body_mut().read_to_string().unwrap();
    assert_eq!(content, demo.read("README.md"));
}

#[test]
fn single_objects_go_where_they_are_sent() {
    let demo = Demo::with_disk();
    demo.write("a.txt", "content of a");
    for (target, name) in [(":b.txt", "b.txt"), (":docs/", "docs/a.txt"), (":", "a.txt"), ("Disk:x/y", "x/y")] {
        demo.done(&["put", "a.txt", target]);
        let element = target.split(':').next().unwrap();
        assert_eq!(demo.done(&["cat", &format!("{element}:{name}")]), "content of a", "{target}");
    }
    demo.done(&["get", "MyOss:docs/a.txt", "got.txt"]);
    demo.done(&["get", ":docs/a.txt", "folder/"]);
    demo.done(&["get", "storages.MyOss:b.txt"]);
    assert_eq!([demo.read("got.txt"), demo.read("folder/a.txt"), demo.read("b.txt")], ["content of a"; 3]);
    assert_eq!(demo.done(&["get", ":b.txt", "-"]), "content of a");
    assert_eq!(demo.done(&["cat", "--range", "8-", ":b.txt", "Disk:x/y"]), "of aof a");
    assert_eq!(demo.done(&["cat", "--range", "-1", ":b.txt"]), "a");
}

#[test]
fn options_may_stand_anywhere() {
    let demo = Demo::new();
    for name in ["a", "d/1", "d/2.gz"] {
        demo.write(name, name);
    }
    demo.done(&["put", "a", "-j", "4", ":x/", "-q"]);
    demo.done(&["cp", "-r", "d", "--exclude", "*.gz", ":y/"]);
    demo.done(&["get", ":x/a", "-q", "got"]);
    assert_eq!(demo.done(&["ls", "-r", ":"]), "x/a\ny/1\n");
    assert_eq!(demo.read("got"), "a");
}

#[test]
fn what_is_no_object_is_told_with_where_to_look() {
    let demo = Demo::with_disk();
    demo.write("a", "a");
    demo.done(&["put", "-q", "a", ":docs/a"]);
    for command in ["stat", "cat", "get"] {
        let said = demo.run(&[command, "MyOss:docs/b"]);
        assert!(said.code == Some(1) && said.err.contains("look around with `storages ls MyOss:docs/`"), "{said:?}");
        let said = demo.run(&[command, ":docs"]);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.err.contains("`:docs/` is a folder, no object: list it with `storages ls :docs/`"), "{said:?}");
    }
    for target in [":copy", "Disk:copy", "copy"] {
        let said = demo.run(&["cp", ":docs", target]);
        assert!(said.code == Some(1) && said.err.contains("`:docs/` is a folder, no object"), "{target}: {said:?}");
    }
    let said = demo.run(&["stat", ":docs/"]);
    assert!(said.code == Some(2) && said.err.contains("`:docs/` is a folder"), "{said:?}");
    let told = demo.done(&["stat", ":docs/a"]);
    assert!(told.contains(" 1 B\n"), "{told}");
}

#[test]
fn patterns_are_printed_in_the_order_of_names() {
    let demo = Demo::new();
    for name in ["2", "1", "[1]"] {
        demo.write(name, format!("content of {name}\n"));
        demo.done(&["put", "-q", name, &format!(":d/{name}")]);
    }
    assert_eq!(demo.done(&["cat", ":d/*"]), "content of 1\ncontent of 2\ncontent of [1]\n");
    assert_eq!(demo.done(&["cat", ":d/[1]"]), "content of [1]\n");
    assert_eq!(demo.done(&["cat", ":d/[12]"]), "content of 1\ncontent of 2\n");
    let said = demo.run(&["cat", ":d/*.txt"]);
    assert!(said.code == Some(1) && said.err.contains("nothing matches `:d/*.txt`"), "{said:?}");
    demo.done(&["put", "-q", "1", ":what?"]);
    let url = demo.done(&["url", "--literal", ":what?"]);
    assert_eq!(ureq::get(url.trim_end()).call().unwrap().body_mut().read_to_string().unwrap(), "content of 1\n");
}

#[test]
fn names_that_no_folder_can_hold_are_warned_of() {
    let demo = Demo::new();
    demo.write("a", "a");
    for (target, is_warned) in [(":x/../a", true), (":x//a", true), (":x//", true), (":x/", false), (":x/..a", false)] {
        let said = demo.run(&["put", "a", target]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(said.err.contains("no folder can hold such objects"), is_warned, "{target}: {said:?}");
    }
}

#[test]
fn standard_input_becomes_an_object() {
    let demo = Demo::with_disk();
    let content: Vec<u8> = (0..20_000_000_u32).map(|at| (at / 7 % 251) as u8).collect();
    let said = demo.run_with_input(&["put", "-", ":big.bin"], &content);
    assert_eq!(said.code, Some(0), "{}", said.err);
    demo.done(&["get", ":big.bin", "big.bin"]);
    assert!(std::fs::read(demo.at("big.bin")).unwrap() == content);
}

#[test]
fn folders_and_patterns_keep_their_structure() {
    let demo = Demo::with_disk();
    for name in ["d/1.txt", "d/s/2.txt", "d/s/3.md", "d/目 录/ü.txt"] {
        demo.write(name, name);
    }
    demo.done(&["put", "-r", "d", ":web/"]);
    assert_eq!(demo.done(&["ls", "-r", ":web"]), "web/1.txt\nweb/s/2.txt\nweb/s/3.md\nweb/目 录/ü.txt\n");
    assert_eq!(demo.done(&["ls", ":web"]), "web/1.txt\nweb/s/\nweb/目 录/\n");
    assert_eq!(demo.done(&["ls", ":web/**/*.txt"]), "web/1.txt\nweb/s/2.txt\nweb/目 录/ü.txt\n");
    demo.done(&["cp", "-r", ":web", "Disk:copy"]);
    demo.done(&["cp", "Disk:copy/**/*.md", ":md/"]);
    assert_eq!(demo.done(&["ls", "-r", ":md/"]), "md/s/3.md\n");
    demo.done(&["get", "-r", "Disk:copy/", "back"]);
    assert_eq!(demo.read("back/目 录/ü.txt"), "d/目 录/ü.txt");
    demo.done(&["put", "d/**/[12].txt", ":some/"]);
    assert_eq!(demo.done(&["ls", "-r", ":some/"]), "some/1.txt\nsome/s/2.txt\n");
    let types = demo.done(&["stat", "--json", ":web/s/3.md"]);
    assert!(types.contains(r#""contentType":"text/markdown""#), "{types}");
}

#[test]
fn what_is_deleted_is_told_and_a_dry_run_deletes_nothing() {
    let demo = Demo::with_disk();
    demo.write("a", "a");
    for name in [":x/1", ":x/2", ":y/1", ":z"] {
        demo.done(&["put", "a", name]);
    }
    assert_eq!(demo.done(&["rm", "-r", "--dry-run", ":x"]), "would delete :x/1\nwould delete :x/2\n");
    assert_eq!(demo.done(&["rm", "-r", ":x"]), "deleted :x/1\ndeleted :x/2\n");
    assert_eq!(demo.done(&["rm", ":?/1"]), "deleted :y/1\n");
    assert_eq!(demo.run(&["rm", "-r", ":"]).code, Some(2));
    assert_eq!(demo.done(&["ls", "-r", ":"]), "z\n");
    assert_eq!(demo.done(&["rm", "--json", "-r", "--all", ":"]), "{\"deleted\":\":z\"}\n");
    assert_eq!(demo.done(&["ls", "-r", ":"]), "");
}

#[test]
fn partial_failures_are_listed_and_have_a_code_of_their_own() {
    let demo = Demo::with_disk();
    demo.write("d/good.txt", "x");
    demo.write(&format!("d/{}", "long".repeat(60)), "x");
    let deep = format!(":{}/", "folder/".repeat(140));
    let said = demo.run(&["put", "--json", "-r", "d", &deep]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("at most 1023 bytes") && said.err.contains("1 of 2 failed"), "{}", said.err);
    let lines: Vec<serde_json::Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line["error"].is_string()).count(), 1);
    assert_eq!(lines.iter().filter(|line| line["url"].is_string()).count(), 1);
    let said = demo.run(&["get", ":nothing", "x"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("no such object") && !demo.at("x").exists(), "{}", said.err);
}

#[test]
fn names_from_outside_cannot_take_over_the_terminal() {
    let demo = Demo::with_disk();
    demo.write("a", "x");
    let name = ":evil\u{1b}[2J\nname";
    assert!(demo.done(&["put", "a", name]).contains(":evil\\u{1b}[2J\\nname"));
    assert_eq!(demo.done(&["ls", ":"]), "evil\\u{1b}[2J\\nname\n");
    assert!(!demo.done(&["stat", name]).contains('\u{1b}'));
    assert!(demo.done(&["ls", "--json", ":"]).contains("\"name\":\"evil\\u001b[2J\\nname\""));
    assert_eq!(demo.done(&["rm", ":evil*"]), "deleted :evil\\u{1b}[2J\\nname\n");
}

#[test]
fn facts_are_json_where_that_is_asked() {
    let demo = Demo::with_disk();
    demo.write("a.txt", "abc");
    let put: serde_json::Value = serde_json::from_str(&demo.done(&["put", "--json", "a.txt", ":d/"])).unwrap();
    assert_eq!(put["to"], ":d/a.txt");
    assert_eq!(put["url"], format!("{}/my-bucket/d/a.txt", demo.server.endpoint));
    let listed: serde_json::Value = serde_json::from_str(&demo.done(&["ls", "--json", ":d/"])).unwrap();
    assert_eq!((listed["name"].as_str(), listed["size"].as_u64()), (Some("d/a.txt"), Some(3)));
    assert_eq!(demo.done(&["ls", "--json", ":"]), "{\"folder\":\"d/\"}\n");
    let signed: serde_json::Value =
        serde_json::from_str(&demo.done(&["url", "--json", "--put", "--content-type", "text/x", ":b"])).unwrap();
    assert_eq!((signed["method"].as_str(), signed["headers"]["Content-Type"].as_str()), (Some("PUT"), Some("text/x")));
    assert_eq!(demo.done(&["put", "--quiet", "a.txt", ":d/"]), "");
}

#[test]
fn no_json_stands_between_content_and_a_dry_run_tells_of_it() {
    let demo = Demo::new();
    demo.write("a", "content");
    demo.done(&["put", "a", ":"]);
    for command in ["get", "cp"] {
        let said = demo.run(&[command, "--json", ":missing", "-"]);
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
        assert!(said.err.contains("no such object"), "{said:?}");
        assert_eq!(demo.done(&[command, "--json", ":a", "-"]), "content");
        assert_eq!(demo.done(&[command, "-n", ":a", "-"]), "would copy :a → -\n");
        let told = "{\"from\":\":a\",\"to\":\"-\",\"dryRun\":true}\n";
        assert_eq!(demo.done(&[command, "-n", "--json", ":a", "-"]), told);
    }
}

#[test]
fn urls_work_as_long_and_for_what_they_say() {
    let demo = Demo::with_disk();
    let said = demo.run(&["url", "--put", "--content-type", "text/x", "--expires", "10m", ":up.txt"]);
    let url = said.out.trim_end();
    assert!(said.err.contains("send with it: Content-Type: text/x") && url.contains("x-oss-expires=600"), "{said:?}");
    let sent = ureq::put(url).header("content-type", "text/x").send("hello").unwrap();
    assert_eq!(sent.status(), 200);
    assert_eq!(demo.done(&["cat", ":up.txt"]), "hello");

    let url = demo.done(&["url", ":up.txt"]);
    let told = demo.done(&["explain", url.trim_end()]);
    assert!(told.contains("the signature fits GET") && told.contains("`up.txt` in bucket `my-bucket`"), "{told}");
    let told: serde_json::Value = serde_json::from_str(&demo.done(&["explain", "--json", url.trim_end()])).unwrap();
    for (field, value) in [("object", "up.txt"), ("bucket", "my-bucket"), ("version", "V4"), ("signature", "fits")] {
        assert_eq!(told[field], value, "{told}");
    }
    assert_eq!((told["lifetimeSeconds"].as_u64(), told["problems"].as_array().unwrap().len()), (Some(300), 0));
    let upload = demo.done(&["url", "--put", "--content-type", "text/x", ":up.txt"]);
    let unknown = demo.run(&["explain", upload.trim_end()]);
    assert!(unknown.code == Some(1) && unknown.out.contains("give them with `--method` and `--header`"), "{unknown:?}");
    let told = demo.done(&["explain", "--method", "put", "--header", "Content-Type: text/x", upload.trim_end()]);
    assert!(told.contains("the signature fits PUT"), "{told}");
    let spoilt = url.trim_end().replace("x-oss-expires=300", "x-oss-expires=301");
    let said = demo.run(&["explain", &spoilt]);
    assert_eq!((said.code, said.err.as_str()), (Some(1), ""));
    let named = demo.done(&["url", "--download", "报告.pdf", ":up.txt"]);
    let answer = ureq::get(named.trim_end()).call().unwrap();
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf"
    );
    let too_long = demo.run(&["url", "--expires", "8d", ":up.txt"]);
    assert!(too_long.code == Some(2) && too_long.err.contains("7 days"), "{too_long:?}");
}

#[test]
fn a_large_file_goes_on_after_a_kill_either_way() {
    let mut demo = Demo::with_disk();
    let wire = Wire::to(&demo.server.endpoint);
    demo.folder.variable("MY_OSS_ENDPOINT", &wire.endpoint);
    let content: Vec<u8> = (0..40_000_000_u32).map(|at| (at / 11 % 253) as u8).collect();
    demo.write("big.bin", &content);
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["partSizeBytes"] = 1_000_000.into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    wire.kill_after(demo.command(&["put", "big.bin", ":big.bin"]), 20_000_000);
    assert_eq!(demo.run(&["stat", ":big.bin"]).code, Some(1));
    let before = wire.sent();
    demo.done(&["put", "big.bin", ":big.bin"]);
    assert!(wire.sent() - before < 26_000_000, "{} bytes", wire.sent() - before);
    // Forty parts are asked for; some of them have come when it is killed.
    wire.kill_after(demo.command(&["get", ":big.bin", "back.bin"]), 10_000);
    assert!(!demo.at("back.bin").exists());
    demo.done(&["get", ":big.bin", "back.bin"]);
    assert!(std::fs::read(demo.at("back.bin")).unwrap() == content);
    assert_eq!(std::fs::read_dir(demo.at(".storages/transfers")).unwrap().count(), 0);
}

/// The names of the uploads that have begun and not ended on the server.
#[cfg(unix)]
fn unfinished_uploads(demo: &Demo) -> Vec<String> {
    use futures_util::TryStreamExt;

    let app =
        jit_storages::App::builder().variable("MY_OSS_ENDPOINT", &demo.server.endpoint).load(demo.at("")).unwrap();
    let uploads = app.get_element("storages.MyOss").unwrap().list_uploads_stream("");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let uploads: Vec<_> = runtime.block_on(uploads.try_collect()).unwrap();
    uploads.into_iter().map(|upload| upload.name.to_string()).collect()
}

#[cfg(unix)]
#[test]
fn an_interrupted_command_leaves_nothing_and_says_how_to_go_on() {
    use std::io::Write;
    use std::process::Stdio;

    use crate::fixture::signal;

    let demo = Demo::new();
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut command = demo.command(&["put", "-", ":half.bin"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Enough for parts to be on their way.
        child.stdin.as_mut().unwrap().write_all(&vec![7; 40 << 20]).unwrap();
        assert_eq!(unfinished_uploads(&demo), ["half.bin"]);
        signal(name, child.id());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("interrupted") && said.contains("send it again"), "{said}");
        assert!(!said.contains("goes on"), "{said}");
        assert_eq!(demo.run(&["stat", ":half.bin"]).code, Some(1));
        assert!(unfinished_uploads(&demo).is_empty());
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_download_tells_of_what_it_keeps() {
    use std::process::Stdio;

    use crate::fixture::signal;

    let mut demo = Demo::new();
    let content: Vec<u8> = (0..40_000_000_u32).map(|at| (at / 11 % 253) as u8).collect();
    demo.write("big.bin", &content);
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["partSizeBytes"] = 1_000_000.into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    demo.done(&["put", "-q", "big.bin", ":"]);
    let wire = Wire::to(&demo.server.endpoint);
    demo.folder.variable("MY_OSS_ENDPOINT", &wire.endpoint);
    wire.hold_after(10_000);
    let mut command = demo.command(&["get", ":big.bin", "back.bin"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wire.wait_until_held(&mut child);
    signal("INT", child.id());
    let said = Said::from(child.wait_with_output().unwrap());
    wire.release();
    assert!(said.code == Some(130) && said.err.contains("stays beside them as hidden `.NAME.….part`"), "{said:?}");
    let names = std::fs::read_dir(demo.at("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with(".back.bin.") && name.ends_with(".part")).count(), 1);
    demo.done(&["get", ":big.bin", "back.bin"]);
    assert!(std::fs::read(demo.at("back.bin")).unwrap() == content);
}

#[cfg(unix)]
#[test]
fn a_failed_download_tells_of_what_it_keeps_and_makes_no_folder_in_vain() {
    let mut demo = Demo::new();
    let said = demo.run(&["get", ":nosuch", "left/a/b/c"]);
    assert!(said.code == Some(1) && said.err.contains("no such object") && !demo.at("left").exists(), "{said:?}");
    demo.write("big.bin", vec![7; 40_000_000]);
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    (config["partSizeBytes"], config["maxAttempts"]) = (1_000_000.into(), 1.into());
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    demo.done(&["put", "-q", "big.bin", ":"]);
    let wire = Wire::to(&demo.server.endpoint);
    demo.folder.variable("MY_OSS_ENDPOINT", &wire.endpoint);
    let said = wire.act_after(demo.command(&["get", ":big.bin", "to/back.bin"]), 10_000, || {
        crate::fixture::signal("KILL", demo.server.id());
    });
    let kept = std::fs::read_dir(demo.at("to")).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    assert!(kept.starts_with(".back.bin.") && kept.ends_with(".part"), "{kept}");
    let told = format!("; what has come stays beside it as `{kept}`, until the same command goes on there\n");
    assert!(said.code == Some(1) && said.err.contains(&told), "{said:?}");
}

#[test]
fn patterns_mean_folders_too_where_all_below_is_meant() {
    let demo = Demo::new();
    for name in ["w1/a", "w1/s/b", "w2/c", "w3", "other/w1/x"] {
        demo.write(&format!("d/{name}"), name);
    }
    demo.done(&["put", "-r", "d", ":"]);
    assert_eq!(demo.done(&["ls", ":w*"]), "w3\n");
    assert_eq!(demo.done(&["ls", "-r", ":w*"]), "w1/a\nw1/s/b\nw2/c\nw3\n");
    demo.done(&["cp", "-r", ":w?", ":copy/"]);
    assert_eq!(demo.done(&["ls", "-r", ":copy"]), "copy/w1/a\ncopy/w1/s/b\ncopy/w2/c\ncopy/w3\n");
    demo.done(&["put", "-r", "d/w*", ":put/"]);
    assert_eq!(demo.done(&["ls", "-r", ":put"]), "put/w1/a\nput/w1/s/b\nput/w2/c\nput/w3\n");
    assert_eq!(demo.done(&["rm", "-q", "-r", ":w[12]"]), "");
    assert_eq!(demo.done(&["ls", ":"]), "copy/\nother/\nput/\nw3\n");
}

#[test]
fn one_that_fails_does_not_keep_others_from_being_shown() {
    let demo = Demo::new();
    demo.write("a", "content of a\n");
    demo.done(&["put", "-q", "a", ":a"]);
    demo.done(&["put", "-q", "a", ":b"]);
    for (arguments, shown) in [
        (&["ls", ":a", ":missing", ":b"][..], "a\nb\n"),
        (&["cat", ":a", ":missing", ":b"], "content of a\ncontent of a\n"),
    ] {
        let said = demo.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(3), shown), "{said:?}");
        assert!(said.err.contains("missing") && said.err.contains("1 of 3 failed"), "{said:?}");
    }
    let said = demo.run(&["stat", ":a", ":missing"]);
    assert!(said.code == Some(3) && said.out.starts_with(":a\n"), "{said:?}");
    for command in ["stat", "ls"] {
        let said = demo.run(&[command, "--json", ":a", ":missing", ":b"]);
        let lines: Vec<serde_json::Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((said.code, lines.len()), (Some(3), 3), "{said:?}");
        assert_eq!((&lines[1]["object"], lines[1]["error"].is_string()), (&":missing".into(), true), "{said:?}");
    }
    let said = demo.run(&["cat", "--json", ":a", ":missing", ":b"]);
    assert_eq!((said.code, said.out.as_str()), (Some(3), "content of a\ncontent of a\n"), "{said:?}");
    let said = demo.run(&["rm", "--json", "-n", ":missing", ":b"]);
    let told = r#"{"notDeleted":":missing","error":"nothing is found at `:missing`"}"#;
    assert!(said.code == Some(3) && said.out.starts_with(told), "{said:?}");
    let said = demo.run(&["cat", ":missing", ":absent"]);
    assert!(said.code == Some(1) && said.err.contains("absent"), "{said:?}");
}

#[test]
fn where_nothing_is_found_that_is_told() {
    let demo = Demo::new();
    demo.write("a", "a");
    demo.done(&["put", "a", ":a"]);
    std::fs::create_dir(demo.at("empty")).unwrap();
    for (arguments, code, why) in [
        (&["rm", "-r", ":typo"][..], 1, "nothing is found at `:typo`"),
        (&["rm", ":no*"], 1, "nothing is found at `:no*`"),
        (&["sync", ":typo/", "copy"], 1, "nothing is below `:typo/`"),
        (&["sync", ":a*", "copy"], 2, "sync takes no patterns"),
        (&["sync", "empty", ":a*"], 2, "sync takes no patterns"),
        (&["cp", "-r", ":typo", "copy"], 1, "nothing to copy is at `:typo`"),
        (&["put", "-r", "empty", ":"], 2, "nothing to copy is in `empty`"),
        (&["get", "--exclude", "[", "-r", ":", "copy"], 2, "is no pattern"),
        (&["ls", "MyOss"], 2, "write `MyOss:` for what it holds"),
        (&["put", "a", "MyOss"], 2, "write `MyOss:` for what it holds"),
    ] {
        let said = demo.run(arguments);
        assert_eq!(said.code, Some(code), "{arguments:?}: {said:?}");
        assert!(said.err.contains(why), "{arguments:?}: {}", said.err);
    }
    demo.done(&["rm", "-f", "-r", ":typo"]);
    for (option, told) in [("-n", "would delete :a\n"), ("-r", "deleted :a\n")] {
        let said = demo.run(&["rm", option, ":typo", ":a"]);
        assert_eq!((said.code, said.out.as_str()), (Some(3), told), "{said:?}");
        assert!(said.err.contains("nothing is found at `:typo`"), "{said:?}");
    }
    assert_eq!(demo.run(&["rm", ":typo"]).code, Some(1));
    assert_eq!(demo.done(&["rm", "-f", ":typo"]), "deleted :typo\n");
    assert_eq!(demo.done(&["rm", "-f", "-n", ":typo"]), "");
    demo.done(&["put", "a", ":b"]);
    let said = demo.run(&["rm", "-r", ":typo", ":b"]);
    assert_eq!((said.code, said.out.as_str()), (Some(3), "deleted :b\n"), "{said:?}");
}

#[cfg(unix)]
#[test]
fn files_with_colons_are_told_from_objects() {
    let demo = Demo::new();
    demo.write("photos:1.txt", "1");
    let said = demo.run(&["put", "photos:1.txt", ":"]);
    assert!(said.code == Some(2) && said.err.contains("write `./photos:1.txt`"), "{said:?}");
    let said = demo.run(&["cp", "photos:1.txt", ":"]);
    assert!(said.code == Some(2) && said.err.contains("write `./photos:1.txt`"), "{said:?}");
    demo.done(&["put", "./photos:1.txt", ":"]);
    assert_eq!(demo.done(&["ls", ":"]), "photos:1.txt\n");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_as_a_stream() {
    let demo = Demo::new();
    assert!(std::process::Command::new("mkfifo").arg(demo.at("pipe")).status().unwrap().success());
    let pipe = demo.at("pipe");
    let writer = std::thread::spawn(move || std::fs::write(pipe, vec![7; 300_000]).unwrap());
    demo.done(&["put", "pipe", ":piped"]);
    writer.join().unwrap();
    assert!(demo.done(&["stat", "--json", ":piped"]).contains("\"size\":300000,"));
}

#[test]
fn errors_say_what_to_type_rather_than_what_to_call() {
    let demo = Demo::with_disk();
    demo.write("a", "a");
    demo.done(&["put", "a", ":a"]);
    for (arguments, advice) in [
        (&["url", "Disk:a"][..], "use `storages get`"),
        (&["cat", "--range", "100-", ":a"], "holds no byte of the object"),
    ] {
        let said = demo.run(arguments);
        assert!(said.code == Some(1) && said.err.contains(advice), "{said:?}");
    }
    let said = demo.run(&["url", "--download", "a\nb", ":a"]);
    assert!(said.code == Some(2) && said.err.contains("control characters"), "{said:?}");
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_are_refused_rather_than_changed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let demo = Demo::new();
    demo.write("a", "a");
    let unusable = demo.at("").join(OsStr::from_bytes(b"a\xff"));
    if std::fs::write(unusable, "x").is_err() {
        // A file system where all names are UTF-8.
        return;
    }
    let mut to_folder = demo.command(&["put"]);
    let said = Said::from(to_folder.args([OsStr::from_bytes(b"a\xff"), OsStr::new(":n/")]).output().unwrap());
    assert!(said.code == Some(2) && said.err.contains("is not UTF-8"), "{said:?}");
    for (before, last) in [(&["stat"][..], &b":a\xff"[..]), (&["put", "a"], b":a\xff")] {
        let said = Said::from(demo.command(before).arg(OsStr::from_bytes(last)).output().unwrap());
        assert!(said.code == Some(2) && said.err.contains("is not UTF-8"), "{said:?}");
    }
    assert_eq!(demo.done(&["ls", ":"]), "");
}

#[cfg(unix)]
#[test]
fn uploads_that_nobody_went_on_with_are_swept_after_a_week() {
    let mut demo = Demo::new();
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["partSizeBytes"] = 1_000_000.into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    demo.write("big.bin", vec![7; 8_000_000]);
    demo.write("small", "x");
    let wire = Wire::to(&demo.server.endpoint);
    let direct = demo.server.endpoint.clone();
    demo.folder.variable("MY_OSS_ENDPOINT", &wire.endpoint);
    wire.kill_after(demo.command(&["put", "big.bin", ":"]), 4_000_000);
    demo.folder.variable("MY_OSS_ENDPOINT", &direct);
    demo.done(&["put", "small", ":"]);
    assert_eq!(unfinished_uploads(&demo), ["big.bin"]);
    let folder = demo.at(".storages/transfers");
    let notes = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert_eq!(notes().len(), 1);
    let longer = std::time::Duration::from_secs(8 * 24 * 60 * 60);
    let file = std::fs::File::options().write(true).open(&notes()[0]).unwrap();
    file.set_modified(std::time::SystemTime::now() - longer).unwrap();
    demo.done(&["put", "small", ":"]);
    assert!(notes().is_empty() && unfinished_uploads(&demo).is_empty());
}

#[cfg(unix)]
#[test]
fn a_sweep_that_hangs_can_be_interrupted() {
    use std::process::Stdio;

    use crate::fixture::signal;
    use crate::refusing::refusing_service;

    let mut demo = Demo::new();
    let (teller, told) = std::sync::mpsc::channel();
    let endpoint = refusing_service(&demo.server.endpoint, move |line| {
        if line.starts_with("DELETE ") {
            teller.send(()).unwrap();
            loop {
                std::thread::park();
            }
        }
        false
    });
    demo.folder.variable("MY_OSS_ENDPOINT", &endpoint);
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["maxAttempts"] = 1.into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    demo.write("a", "a");
    let longer = std::time::Duration::from_secs(8 * 24 * 60 * 60);
    let note = |number: u8| demo.at(&format!(".storages/transfers/.{number}.0123456789abcdef.upload"));
    for number in 0..2 {
        let upload = r#"{"bucket": "my-bucket", "object": "big", "uploadId": "0123456789ABCDEF0123456789ABCDEF"}"#;
        demo.write(&format!(".storages/transfers/.{number}.0123456789abcdef.upload"), upload);
        let file = std::fs::File::options().write(true).open(note(number)).unwrap();
        file.set_modified(std::time::SystemTime::now() - longer).unwrap();
    }
    let mut command = demo.command(&["put", "a", ":"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    told.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
    signal("INT", child.id());
    let said = Said::from(child.wait_with_output().unwrap());
    // What was asked for is done, and nothing else was begun.
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    assert!(told.try_recv().is_err() && (0..2).all(|number| note(number).exists()));
    assert_eq!(demo.done(&["-q", "cat", ":a"]), "a");
}

#[test]
fn a_copy_may_have_another_content_type() {
    let demo = Demo::new();
    demo.write("a.txt", "a");
    demo.done(&["put", "a.txt", ":a.txt"]);
    demo.done(&["cp", ":a.txt", ":kept"]);
    demo.done(&["cp", "--content-type", "text/html", ":a.txt", ":b"]);
    demo.done(&["cp", "--content-type", "text/css", ":a.txt", ":a.txt"]);
    for (name, content_type) in [(":kept", "text/plain"), (":b", "text/html"), (":a.txt", "text/css")] {
        let told: serde_json::Value = serde_json::from_str(&demo.done(&["stat", "--json", name])).unwrap();
        assert_eq!(told["contentType"], content_type, "{name}");
        assert_eq!(demo.done(&["cat", name]), "a");
    }
}

#[test]
fn notes_of_transfers_are_made_where_they_are_needed_and_can_be() {
    let demo = Demo::new();
    demo.write("small", "small");
    demo.write("large", vec![7; 2 << 20]);
    let notes = demo.at(".storages/transfers");
    demo.done(&["put", "-n", "large", ":"]);
    demo.done(&["put", "small", ":"]);
    demo.done(&["get", ":small", "got"]);
    assert!(!notes.exists());
    // As in a folder that may only be read.
    std::fs::write(&notes, "").unwrap();
    demo.done(&["put", "large", ":"]);
    demo.done(&["get", ":large", "large2"]);
    assert!(std::fs::read(demo.at("large2")).unwrap() == [7; 2 << 20]);
}

#[test]
fn apps_are_found_above_and_by_option() {
    let demo = Demo::new();
    demo.write("deep/er/a.txt", "x");
    let mut inside = demo.command(&["put", "a.txt", ":"]);
    inside.current_dir(demo.at("deep/er"));
    assert!(inside.output().unwrap().status.success());
    // A variable that is set to nothing names no folder.
    let mut empty = demo.command(&["ls", ":"]);
    assert_eq!(empty.env("STORAGES_APP", "").output().unwrap().stdout, b"a.txt\n");
    let elsewhere = Folder::new();
    let said = elsewhere.run(&["ls", ":"]);
    assert!(said.code == Some(2) && said.err.contains("storages init"), "{said:?}");
    let mut by_option = demo.command(&["--app", demo.at("").to_str().unwrap(), "ls", ":"]);
    by_option.current_dir(elsewhere.root());
    assert_eq!(by_option.output().unwrap().stdout, b"a.txt\n");
    let mut by_variable = elsewhere.command(&["ls", ":"]);
    assert_eq!(
        by_variable
            .env("STORAGES_APP", demo.at(""))
            .env("MY_OSS_ENDPOINT", &demo.server.endpoint)
            .output()
            .unwrap()
            .stdout,
        b"a.txt\n"
    );
}
