//! Rows of cells, aligned: times over the whole script, the parts of packets within a paragraph.

/// A line of a script, before it is laid out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::script) enum Row {
    /// An empty line: a paragraph ends.
    Blank,
    /// Text that stands as it is.
    Text(String),
    /// An event: its time, and what happens, in cells.
    Event {
        /// The cells; an empty one is kept as a gap if something follows it.
        cells: Vec<String>,
        /// A comment behind the event.
        comment: Option<String>,
    },
}

/// No column is made wider than this for the sake of one long cell.
const WIDEST: usize = 24;

/// A comment moves right to stand under its neighbours, but not past this.
const COMMENTS: usize = 72;

/// Lays rows out, each on its line.
pub(in crate::script) fn lay_out(rows: &[Row]) -> String {
    let times = rows.iter().filter_map(|row| cells(row).first().map(|cell| width(cell)));
    let time = times.filter(|&width| width <= WIDEST).max().unwrap_or_default();
    let mut out = String::new();
    for paragraph in rows.split_inclusive(|row| *row == Row::Blank) {
        let lines: Vec<String> = aligned(paragraph, time);
        let comments = comment_column(paragraph, &lines);
        for (row, line) in paragraph.iter().zip(&lines) {
            out.push_str(line);
            if let Row::Event { comment: Some(comment), .. } = row {
                let gap = comments.saturating_sub(last_width(line)).max(1);
                out.extend(std::iter::repeat_n(' ', gap));
                out.push_str(comment);
            }
            out.push('\n');
        }
    }
    out
}

/// The lines of a paragraph, without their comments.
fn aligned(paragraph: &[Row], time: usize) -> Vec<String> {
    let mut widths = vec![time];
    for row in paragraph {
        let parts = cells(row);
        // Only packets have more than one cell behind their time.
        for (column, cell) in parts.iter().enumerate().skip(1).filter(|_| parts.len() > 2) {
            if widths.len() <= column {
                widths.resize(column + 1, 0);
            }
            if let Some(widest) = widths.get_mut(column).filter(|_| width(cell) <= WIDEST) {
                *widest = (*widest).max(width(cell));
            }
        }
    }
    paragraph.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &Row, widths: &[usize]) -> String {
    let parts = match row {
        Row::Blank => return String::new(),
        Row::Text(text) => return text.clone(),
        Row::Event { cells, .. } => cells,
    };
    let mut line = String::new();
    for (cell, &widest) in parts.iter().zip(widths) {
        if widest == 0 && cell.is_empty() {
            continue;
        }
        line.push_str(cell);
        let gap = widest.saturating_sub(width(cell)) + 1;
        line.extend(std::iter::repeat_n(' ', gap));
    }
    // A line may have more cells than its paragraph has columns: none of those is aligned.
    for cell in parts.iter().skip(widths.len()) {
        line.push_str(cell);
        line.push(' ');
    }
    line.truncate(line.trim_end_matches(' ').len());
    line
}

/// Where the comments of a paragraph stand.
fn comment_column(paragraph: &[Row], lines: &[String]) -> usize {
    let commented =
        paragraph.iter().zip(lines).filter(|(row, _)| matches!(row, Row::Event { comment: Some(_), .. }));
    commented
        .map(|(_, line)| last_width(line) + 2)
        .filter(|&column| column <= COMMENTS)
        .max()
        .unwrap_or_default()
}

fn cells(row: &Row) -> &[String] {
    match row {
        Row::Event { cells, .. } => cells,
        Row::Blank | Row::Text(_) => &[],
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The width of the last line of a text.
fn last_width(text: &str) -> usize {
    text.rsplit('\n').next().map_or(0, width)
}
