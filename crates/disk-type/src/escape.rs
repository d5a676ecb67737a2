//! How names become paths that every file system can hold, and back. The only place that knows the scheme.
//!
//! A name is cut at its slashes into segments. A **plain** segment is a file or folder of just that name, so that
//! `users/avatar.jpg` lies at `users/avatar.jpg`. A segment is plain unless
//!
//! * it is empty, longer than 255 bytes, or ends with a dot or a space (so do `.` and `..`);
//! * it holds a control character or one of `< > : " | ? * \`;
//! * it is a device of Windows, such as `CON` or `nul.txt`;
//! * it is `.storages`, where a storage keeps its own files, in any case or disguise;
//! * it begins with `%-`, `%+` or `%=`, as escaped ones do.
//!
//! Any other segment is **escaped**: `%-` and then its text, in which `%`, those characters and a dot or space at the
//! end are written as `%XX` (upper-case hexadecimal). The empty segment, as in `a//b` and `dir/`, is `%-`.
//!
//! Where that exceeds 255 bytes, dots and spaces are written as `%XX` throughout, and the text is cut into pieces of at
//! most 253 bytes, between characters: all but the last are folders `%+<piece>` within each other, the last is
//! `%-<piece>`.
//!
//! A name can be both an object and the folder of others: `a` beside `a/b`. Folders always have their place; an object
//! whose place a folder takes lies **aside**, in the folder `%=` next to it: `%=/a`.
//!
//! Each name has one path and each path at most one name: [`decode`] accepts only what [`encode`] gives. The rules are
//! the same on every system, so that a folder can be moved from one to another.

/// The folder in which objects lie whose place a folder takes.
pub(crate) const ASIDE: &str = "%=";

/// The folder of the storage's own files.
pub(crate) const RESERVED: &str = meta::STORE_MARK;

/// What common file systems allow for a file's name, in bytes.
const LONGEST: usize = 255;

const LAST_PIECE: &str = "%-";
const EARLIER_PIECE: &str = "%+";

/// The path of a name, as the names of its folders and, last, its file. Of a folder's name, without the slash at its
/// end, the path of the folder.
pub(crate) fn components(name: &str) -> Vec<String> {
    name.split('/').flat_map(encode).collect()
}

/// Where the object lies whose place a folder takes.
pub(crate) fn aside(components: &[String]) -> Vec<String> {
    let mut aside = components.to_vec();
    aside.insert(components.len().saturating_sub(1), ASIDE.to_owned());
    aside
}

/// Whether the folder of this name holds the further pieces of longer segments.
pub(crate) fn is_earlier_piece(component: &str) -> bool {
    component.starts_with(EARLIER_PIECE)
}

/// The segment that lies at these components, or `None` where no segment does.
pub(crate) fn decode<S: AsRef<str>>(components: &[S]) -> Option<String> {
    let (last, earlier) = components.split_last()?;
    let segment = match (last.as_ref().strip_prefix(LAST_PIECE), earlier) {
        (None, []) => last.as_ref().to_owned(),
        (None, _) => return None,
        (Some(last), earlier) => {
            let mut text = String::new();
            for piece in earlier {
                text.push_str(piece.as_ref().strip_prefix(EARLIER_PIECE)?);
            }
            text.push_str(last);
            percent_encoding::percent_decode_str(&text).decode_utf8().ok()?.into_owned()
        }
    };
    let canonical = encode(&segment);
    let same = canonical.len() == components.len() && canonical.iter().zip(components).all(|(a, b)| a == b.as_ref());
    same.then_some(segment)
}

/// The components of a segment: one, or several where one would be too long.
fn encode(segment: &str) -> Vec<String> {
    if is_plain(segment) {
        return vec![segment.to_owned()];
    }
    let mut escaped = LAST_PIECE.to_owned();
    let last = segment.char_indices().next_back().map(|(at, _)| at);
    for (at, character) in segment.char_indices() {
        push(&mut escaped, character, is_escaped(character) || Some(at) == last && is_loose(character));
    }
    if escaped.len() <= LONGEST { vec![escaped] } else { cut(segment) }
}

fn cut(segment: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = EARLIER_PIECE.to_owned();
    let mut unit = String::new();
    for character in segment.chars() {
        unit.clear();
        push(&mut unit, character, is_escaped(character) || is_loose(character));
        if piece.len() + unit.len() > LONGEST {
            pieces.push(std::mem::replace(&mut piece, EARLIER_PIECE.to_owned()));
        }
        piece.push_str(&unit);
    }
    piece.replace_range(..EARLIER_PIECE.len(), LAST_PIECE);
    pieces.push(piece);
    pieces
}

fn push(text: &mut String, character: char, escaped: bool) {
    if !escaped {
        text.push(character);
        return;
    }
    // All characters that are ever escaped are ASCII, one byte each.
    let byte = u32::from(character);
    text.push('%');
    for nibble in [byte >> 4, byte & 0xf] {
        text.extend(char::from_digit(nibble, 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

fn is_plain(segment: &str) -> bool {
    !segment.is_empty()
        && segment.len() <= LONGEST
        && !segment.ends_with(is_loose)
        && ![LAST_PIECE, EARLIER_PIECE, ASIDE].iter().any(|mark| segment.starts_with(mark))
        // A `%` within a plain segment is itself.
        && !segment.contains(|character| character != '%' && is_escaped(character))
        && !is_device(segment)
        && !is_reserved(segment)
}

fn is_escaped(character: char) -> bool {
    character.is_ascii_control() || matches!(character, '%' | '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\')
}

/// What Windows drops from the end of a name.
fn is_loose(character: char) -> bool {
    matches!(character, '.' | ' ')
}

/// Whether Windows takes the segment for a device, whatever follows the first dot.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or_default().trim_end_matches(' ');
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].iter().any(|device| device.eq_ignore_ascii_case(stem)) {
        return true;
    }
    let Some((port, number)) = stem.split_at_checked(3) else { return false };
    ["COM", "LPT"].iter().any(|device| device.eq_ignore_ascii_case(port))
        && matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
}

/// Whether some file system takes the segment for [`RESERVED`]: in another case, with characters between that HFS+
/// ignores, or as the short name that NTFS gives it.
fn is_reserved(segment: &str) -> bool {
    let ignored =
        |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let folded: String = segment.chars().filter(|c| !ignored(*c)).flat_map(char::to_uppercase).collect();
    let short = folded.strip_prefix("STORAG~").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    short || folded == RESERVED.to_uppercase()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn path(name: &str) -> String {
        components(name).join("/")
    }

    /// The name of a path, read piece by piece as a walk through folders does.
    fn name(components: &[String]) -> Option<String> {
        let mut segments = Vec::new();
        let mut pieces = Vec::new();
        for component in components {
            pieces.push(component.as_str());
            if !is_earlier_piece(component) {
                segments.push(decode(&pieces)?);
                pieces.clear();
            }
        }
        pieces.is_empty().then(|| segments.join("/"))
    }

    #[test]
    fn plain_names_keep_their_path() {
        let longest = "x".repeat(255);
        for name in [
            "a",
            "users/avatar.jpg",
            "用户/头像 (1).jpg",
            "🦀",
            "a+b%20&=#.txt",
            ".hidden",
            "..a",
            "100%",
            "%",
            &longest,
        ] {
            assert_eq!(path(name), name);
        }
    }

    #[test]
    fn what_file_systems_cannot_hold_is_escaped() {
        for (name, expected) in [
            ("a//b", "a/%-/b"),
            ("dir/", "dir/%-"),
            ("..", "%-.%2E"),
            ("a/../b", "a/%-.%2E/b"),
            ("./a", "%-%2E/a"),
            ("a.", "%-a%2E"),
            ("a. ", "%-a.%20"),
            (" ", "%-%20"),
            ("what?*.txt", "%-what%3F%2A.txt"),
            ("a\\b", "%-a%5Cb"),
            ("C:evil", "%-C%3Aevil"),
            ("50%?", "%-50%25%3F"),
            ("\u{1}\t\u{7f}", "%-%01%09%7F"),
            ("NUL", "%-NUL"),
            ("con.tar.gz", "%-con.tar.gz"),
            ("nul .txt", "%-nul .txt"),
            ("COM1", "%-COM1"),
            ("lpt³.x", "%-lpt³.x"),
            ("COM10", "COM10"),
            ("console", "console"),
            (".storages/x", "%-.storages/x"),
            (".StoraGes", "%-.StoraGes"),
            (".\u{17f}torages", "%-.\u{17f}torages"),
            (".stor\u{200d}ages", "%-.stor\u{200d}ages"),
            ("STORAG~1/x", "%-STORAG~1/x"),
            ("%-a", "%-%25-a"),
            ("%+a", "%-%25+a"),
            ("%=", "%-%25="),
        ] {
            assert_eq!(path(name), expected, "{name:?}");
        }
    }

    #[test]
    fn long_segments_are_cut_into_folders() {
        let long = "x".repeat(256);
        assert_eq!(path(&long), format!("%+{}/%-xxx", "x".repeat(253)));
        // 84 × 3 bytes fit into 253; none is cut.
        let long = "存".repeat(100);
        assert_eq!(path(&long), format!("%+{}/%-{}", "存".repeat(84), "存".repeat(16)));
        // No piece may end with a dot.
        let long = ".".repeat(300);
        assert!(components(&long).iter().all(|piece| !piece.ends_with('.') && piece.len() <= 255));
        assert_eq!(
            path(&format!("a/{}/b", "y".repeat(300))),
            format!("a/%+{}/%-{}/b", "y".repeat(253), "y".repeat(47))
        );
    }

    #[test]
    fn what_no_name_gives_has_no_name() {
        for foreign in [
            &["%-a"][..],
            &["%-%41"],
            &["%-%3f"],
            &["%-%2F"],
            &["%-%FF"],
            &["%-%"],
            &["%=a"],
            &["%="],
            &["%+a"],
            &["%+a", "%-b"],
            &["%+a", "b"],
            &["a?"],
            &["a."],
            &[".storages"],
            &["NUL"],
            &[""],
            &[],
        ] {
            assert_eq!(decode(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn an_object_aside_lies_in_a_folder_next_to_its_place() {
        assert_eq!(aside(&components("a")).join("/"), "%=/a");
        assert_eq!(aside(&components("x/a?")).join("/"), "x/%=/%-a%3F");
    }

    /// Names of pieces that mean something to the scheme or to a file system.
    fn random_name(random: &mut fastrand::Rng) -> String {
        const PIECES: &[&str] = &[
            "/",
            "/",
            "/",
            ".",
            "..",
            " ",
            "%",
            "%-",
            "%+",
            "%=",
            "%2E",
            "%2F",
            "-",
            "+",
            "=",
            "a",
            "A",
            "B",
            "con",
            "NUL",
            ".txt",
            "COM1",
            ".storages",
            "~1",
            "?",
            "*",
            "\\",
            ":",
            "\u{1}",
            "\u{7f}",
            "存",
            "🦀",
            "é",
            "\u{200d}",
            "¹",
            "F",
            "2",
            "E",
        ];
        let mut name = String::new();
        for _ in 0..random.usize(1..8) {
            let piece = PIECES[random.usize(..PIECES.len())];
            let times = if random.u8(..12) == 0 { random.usize(1..700) } else { 1 };
            for _ in 0..times {
                if name.len() + piece.len() <= 1023 {
                    name.push_str(piece);
                }
            }
        }
        name
    }

    #[test]
    fn every_name_has_one_path_of_its_own_and_the_way_back() {
        let mut random = fastrand::Rng::with_seed(0x5708_a9e5);
        let mut seen: HashMap<Vec<String>, String> = HashMap::new();
        for _ in 0..12_000 {
            let object = random_name(&mut random);
            let components = components(&object);
            for component in &components {
                assert!(!component.is_empty() && component.len() <= 255, "{object:?}");
                assert!(!component.ends_with(['.', ' ']) && component != ASIDE, "{object:?}");
                assert!(!component.contains(['/', '\\', '?', '*', ':', '\u{1}', '\u{7f}']), "{object:?}");
                assert!(!is_device(component) && !is_reserved(component), "{object:?}");
            }
            assert_eq!(name(&components).as_deref(), Some(&*object));
            // What the file system gets exceeds the name by at most its triple and the marks of the pieces.
            assert!(components.join("/").len() <= 3 * object.len() + 48, "{object:?}");
            if let Some(other) = seen.insert(components, object.clone()) {
                assert_eq!(other, object);
            }
        }
        assert!(seen.len() > 6_000);
    }
}
