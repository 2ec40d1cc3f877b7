//! `grep`, as scripts pick lines of a socket table with it.
use crate::target::Unsupported;

/// One stage of a pipeline behind a socket table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    /// Literal texts, any of which will do.
    patterns: Vec<Pattern>,
    inverted: bool,
    counts: bool,
    /// Whether a match may not stand inside a longer word.
    words: bool,
    lower: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Pattern {
    text: String,
    at_start: bool,
    at_end: bool,
}

impl Filter {
    /// Reads the words of a `grep` or a `wc -l`.
    ///
    /// # Errors
    /// [`Unsupported`] names what is more than literal text.
    pub fn parse(words: &[String]) -> Result<Self, Unsupported> {
        let refused = || Unsupported(format!("`{}` behind a pipe", crate::script::escaped(&words.join(" "))));
        let mut filter =
            Self { patterns: Vec::new(), inverted: false, counts: false, words: false, lower: false };
        let mut words = words.iter().map(String::as_str);
        match words.next() {
            Some("wc") if words.next() == Some("-l") && words.next().is_none() => {
                let everything = Pattern { text: String::new(), at_start: false, at_end: false };
                return Ok(Self { patterns: vec![everything], counts: true, ..filter });
            }
            Some("grep" | "egrep" | "fgrep") => {}
            _ => return Err(refused()),
        }
        for word in words {
            match word.strip_prefix('-').filter(|_| filter.patterns.is_empty()) {
                Some(letters) => {
                    for letter in letters.chars() {
                        match letter {
                            'c' => filter.counts = true,
                            'v' => filter.inverted = true,
                            'w' => filter.words = true,
                            'i' => filter.lower = true,
                            // How patterns are written, and that nothing is printed, is one here.
                            'E' | 'F' | 'G' | 'q' | 's' | 'e' => {}
                            _ => return Err(refused()),
                        }
                    }
                }
                None if filter.patterns.is_empty() => {
                    let patterns = word.split('|').map(|text| literal(text, filter.lower));
                    filter.patterns = patterns.collect::<Option<_>>().ok_or_else(refused)?;
                }
                None => return Err(refused()),
            }
        }
        if filter.patterns.is_empty() { Err(refused()) } else { Ok(filter) }
    }

    /// What comes out of it, and whether any line was selected.
    pub(crate) fn apply(&self, lines: Vec<String>) -> (Vec<String>, bool) {
        let selected: Vec<_> = lines.into_iter().filter(|line| self.selects(line) != self.inverted).collect();
        let any = !selected.is_empty();
        if self.counts { (vec![selected.len().to_string()], any) } else { (selected, any) }
    }

    fn selects(&self, line: &str) -> bool {
        let lower;
        let line = if self.lower {
            lower = line.to_lowercase();
            &lower
        } else {
            line
        };
        self.patterns.iter().any(|pattern| pattern.is_in(line, self.words))
    }
}

impl Pattern {
    fn is_in(&self, line: &str, words: bool) -> bool {
        let of_word = |c: char| c.is_alphanumeric() || c == '_';
        line.match_indices(&self.text).any(|(at, text)| {
            let (before, after) = (&line[..at], &line[at + text.len()..]);
            (!self.at_start || before.is_empty())
                && (!self.at_end || after.is_empty())
                && (!words || !(before.ends_with(of_word) || after.starts_with(of_word)))
        })
    }
}

/// A pattern that means itself, but for `^` before it and `$` behind.
fn literal(text: &str, lower: bool) -> Option<Pattern> {
    let at_start = text.starts_with('^');
    let text = text.strip_prefix('^').unwrap_or(text);
    let at_end = text.ends_with('$');
    let text = text.strip_suffix('$').unwrap_or(text);
    let plain = !text.contains(['.', '*', '[', ']', '+', '?', '(', ')', '{', '}', '\\', '^', '$']);
    let text = if lower { text.to_lowercase() } else { text.to_owned() };
    plain.then_some(Pattern { text, at_start, at_end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_picked_as_grep_picks_them() {
        let lines = || ["a TIME_WAIT", "b time_wait", "c TIME_WAITING"].map(str::to_owned).to_vec();
        for (words, out, any) in [
            ("grep TIME_WAIT", "a TIME_WAIT,c TIME_WAITING", true),
            ("grep -w TIME_WAIT", "a TIME_WAIT", true),
            ("grep -c TIME_WAIT", "2", true),
            ("grep -ci time_wait", "3", true),
            ("grep -v TIME_WAIT", "b time_wait", true),
            ("grep -c CLOSED", "0", false),
            ("grep -E ^a|^b", "a TIME_WAIT,b time_wait", true),
            ("grep WAIT$", "a TIME_WAIT", true),
            ("wc -l", "3", true),
        ] {
            let words: Vec<_> = words.split(' ').map(str::to_owned).collect();
            let (seen, some) = Filter::parse(&words).expect("it is understood").apply(lines());
            assert_eq!((seen.join(",").as_str(), some), (out, any), "{words:?}");
        }
    }

    #[test]
    fn the_rest_is_named() {
        for words in ["grep -o x", "awk x", "grep a.*b", "grep", "wc", "grep x file"] {
            let given: Vec<_> = words.split(' ').map(str::to_owned).collect();
            let Unsupported(missing) = Filter::parse(&given).unwrap_err();
            assert_eq!(missing, format!("`{words}` behind a pipe"));
        }
    }
}
