//! `$((…))`: integers, names, `+ - * / %` and brackets.
//!
//! Source: POSIX.1-2024, Shell Command Language §2.6.4.
use std::collections::BTreeMap;

/// How deep brackets and signs may stand in one another.
const DEPTH: usize = 32;

/// The value, or nothing if this is more than is understood, or has none.
pub(super) fn evaluate(text: &str, variables: &BTreeMap<String, String>) -> Option<i64> {
    let mut sum = Sum { rest: text.as_bytes(), variables };
    let value = sum.added(0)?;
    sum.blanks();
    sum.rest.is_empty().then_some(value)
}

struct Sum<'t> {
    rest: &'t [u8],
    variables: &'t BTreeMap<String, String>,
}

impl Sum<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// The next octet, if it is one of these.
    fn operator(&mut self, wanted: &[u8]) -> Option<u8> {
        self.blanks();
        let (&first, rest) = self.rest.split_first()?;
        wanted.contains(&first).then(|| {
            self.rest = rest;
            first
        })
    }

    fn added(&mut self, depth: usize) -> Option<i64> {
        let mut value = self.multiplied(depth)?;
        while let Some(operator) = self.operator(b"+-") {
            let next = self.multiplied(depth)?;
            value = if operator == b'+' { value.checked_add(next)? } else { value.checked_sub(next)? };
        }
        Some(value)
    }

    fn multiplied(&mut self, depth: usize) -> Option<i64> {
        let mut value = self.single(depth)?;
        while let Some(operator) = self.operator(b"*/%") {
            let next = self.single(depth)?;
            value = match operator {
                b'*' => value.checked_mul(next)?,
                b'/' => value.checked_div(next)?,
                _ => value.checked_rem(next)?,
            };
        }
        Some(value)
    }

    fn single(&mut self, depth: usize) -> Option<i64> {
        if depth > DEPTH {
            return None;
        }
        if self.operator(b"-").is_some() {
            return self.single(depth + 1)?.checked_neg();
        }
        if self.operator(b"(").is_some() {
            let value = self.added(depth + 1)?;
            return self.operator(b")").map(|_| value);
        }
        self.operator(b"$");
        let of_word = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'_';
        let length = self.rest.iter().take_while(|octet| of_word(octet)).count();
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        let word = std::str::from_utf8(word).ok()?;
        let word = self.variables.get(word).map_or(word, String::as_str).trim();
        match word.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        }
    }
}
