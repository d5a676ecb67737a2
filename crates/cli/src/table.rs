//! Columns of the same width.

use std::borrow::Cow;

use crate::output::printable;

/// Pads all cells but the last of each row to the width of their column. What could take over a terminal is escaped.
pub(crate) fn aligned<const N: usize>(rows: Vec<[&str; N]>) -> Vec<[String; N]> {
    let rows: Vec<_> = rows.into_iter().map(|row| row.map(printable)).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let pad = |row: [Cow<'_, str>; N]| {
        let mut column = 0;
        row.map(|cell| {
            let width = if column + 1 < N { widths[column] } else { 0 };
            column += 1;
            format!("{cell:width$}")
        })
    };
    rows.into_iter().map(pad).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(aligned(vec![["a", "b"], ["ccc", "d"]]), [["a  ", "b"], ["ccc", "d"]]);
        assert_eq!(aligned(vec![["\u{1b}", "b"], ["ccc", "\u{9b}"]]), [["\\u{1b}", "b"], ["ccc   ", "\\u{9b}"]]);
    }
}
