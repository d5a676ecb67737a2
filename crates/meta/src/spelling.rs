//! The nearest known spelling of a word that is not known.

/// Longer words, in bytes, are no slips of the pen, and take long to be compared.
const LONGEST_MISSPELT: usize = 100;

/// Returns the known word that is most like `word`, if one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_MISSPELT {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= 2 * LONGEST_MISSPELT)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Writes words as a list of code spans: `` `a`, `b` ``.
pub(crate) fn code_list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for word in words {
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push('`');
        list.push_str(word);
        list.push('`');
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["accessKeyId", "accessKeySecret", "endPoint", "bucketName"];
        assert_eq!(nearest("endpoint", known), Some("endPoint"));
        assert_eq!(nearest("acessKeyID", known), Some("accessKeyId"));
        assert_eq!(nearest("bucket_name", known), Some("bucketName"));
        assert_eq!(nearest("colour", known), None);
        let long = "x".repeat(3 * LONGEST_MISSPELT);
        assert_eq!(nearest(&long[1..], [long.as_str()]), None);
    }
}
