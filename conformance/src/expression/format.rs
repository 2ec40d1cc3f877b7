//! `{value:spec}` and `"…" % values`.
use super::value::{Number, Value};

/// A format that asks for something this value cannot give, in Python's words or ours.
pub(super) type Refusal = String;

/// The widest field and the most digits that a format may ask for.
const WIDEST: usize = 1000;

/// `[[fill]align][sign][#][0][width][,][.precision][type]`, as far as scripts use it.
#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    plus: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn read(text: &str) -> Option<Self> {
        let mut spec = Self::default();
        let mut rest: &[char] = &text.chars().collect::<Vec<_>>();
        if let [fill, align @ ('<' | '>' | '^'), after @ ..] = rest {
            (spec.fill, spec.align, rest) = (Some(*fill), Some(*align), after);
        } else if let [align @ ('<' | '>' | '^'), after @ ..] = rest {
            (spec.align, rest) = (Some(*align), after);
        }
        while let [flag @ ('+' | '#' | '0'), after @ ..] = rest {
            match flag {
                '+' => spec.plus = true,
                '#' => spec.alternate = true,
                _ => spec.zero = true,
            }
            rest = after;
        }
        (spec.width, rest) = number(rest)?;
        if let ['.', after @ ..] = rest {
            let (precision, after) = number(after)?;
            (spec.precision, rest) = (Some(precision), after);
        }
        match rest {
            [] => Some(spec),
            [kind] => {
                spec.kind = Some(*kind);
                Some(spec)
            }
            _ => None,
        }
    }

    fn pad(&self, text: &str, numeric: bool) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        let zeros = self.zero && numeric && self.align.is_none();
        if zeros {
            let sign = usize::from(text.starts_with(['-', '+']));
            return format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..]);
        }
        let fill = |count: usize| self.fill.unwrap_or(' ').to_string().repeat(count);
        match self.align.unwrap_or(if numeric { '>' } else { '<' }) {
            '>' => format!("{}{text}", fill(missing)),
            '^' => format!("{}{text}{}", fill(missing / 2), fill(missing - missing / 2)),
            _ => format!("{text}{}", fill(missing)),
        }
    }
}

fn number(rest: &[char]) -> Option<(usize, &[char])> {
    let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at(digits);
    let text: String = digits.iter().collect();
    let value = if text.is_empty() { 0 } else { text.parse().ok().filter(|value| *value <= WIDEST)? };
    Some((value, rest))
}

/// `format(value, spec)`.
pub(super) fn formatted(value: &Value, text: &str) -> Result<String, Refusal> {
    let Some(spec) = Spec::read(text) else { return Err(format!("the format {}", text.escape_debug())) };
    apply(value, &spec)
}

fn apply(value: &Value, spec: &Spec) -> Result<String, Refusal> {
    let refused =
        |kind: char| Err(format!("the format code {} for {}", kind.escape_debug(), value.type_name()));
    match (spec.kind, value.number()) {
        (None | Some('s'), None) => {
            let text = value.to_string();
            let kept = spec.precision.unwrap_or(usize::MAX);
            Ok(spec.pad(&text.chars().take(kept).collect::<String>(), false))
        }
        (None, Some(Number::Float(_))) if spec.precision.is_some() => {
            Err("a precision without a format code".to_owned())
        }
        (None, Some(_)) => Ok(spec.pad(&signed(spec, value.to_string()), true)),
        (Some('d'), Some(Number::Integer(value))) => Ok(spec.pad(&signed(spec, value.to_string()), true)),
        (Some(kind @ ('x' | 'X' | 'o' | 'b')), Some(Number::Integer(value))) => {
            let (digits, prefix) = match kind {
                'x' => (format!("{:x}", value.unsigned_abs()), "0x"),
                'X' => (format!("{:X}", value.unsigned_abs()), "0X"),
                'o' => (format!("{:o}", value.unsigned_abs()), "0o"),
                _ => (format!("{:b}", value.unsigned_abs()), "0b"),
            };
            let sign = if value < 0 { "-" } else { "" };
            let prefix = if spec.alternate { prefix } else { "" };
            Ok(spec.pad(&signed(spec, format!("{sign}{prefix}{digits}")), true))
        }
        (Some('f' | 'F'), Some(number)) => {
            let text = format!("{:.*}", spec.precision.unwrap_or(6), number.float());
            Ok(spec.pad(&signed(spec, text), true))
        }
        (Some(kind), _) => refused(kind),
    }
}

fn signed(spec: &Spec, text: String) -> String {
    if spec.plus && !text.starts_with('-') { format!("+{text}") } else { text }
}

/// `template % values`.
pub(super) fn percent(template: &str, values: &Value) -> Result<String, Refusal> {
    let single = std::slice::from_ref(values);
    let mut values = match values {
        Value::Tuple(members) => members.iter(),
        _ => single.iter(),
    };
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let Some(end) = after.find(|c: char| c.is_alphabetic() || c == '%') else {
            return Err("incomplete format".to_owned());
        };
        let (flags, tail) = after.split_at(end);
        let kind = tail.chars().next().unwrap_or('%');
        rest = &tail[kind.len_utf8()..];
        if kind == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = values.next() else {
            return Err("not enough arguments for format string".to_owned());
        };
        out.push_str(&conversion(flags, kind, value)?);
    }
    out.push_str(rest);
    if values.next().is_some() {
        return Err("not all arguments converted during string formatting".to_owned());
    }
    Ok(out)
}

fn conversion(flags: &str, kind: char, value: &Value) -> Result<String, Refusal> {
    let (left, flags) = flags.strip_prefix('-').map_or((false, flags), |rest| (true, rest));
    let Some(mut spec) = Spec::read(flags) else {
        return Err(format!("the format %{}", flags.escape_debug()));
    };
    spec.align = Some(if left { '<' } else { '>' }).filter(|_| left || !spec.zero);
    match (kind, value.number()) {
        ('s', _) => Ok(Spec { precision: None, ..spec }.pad(&value.to_string(), false)),
        ('r', _) => Ok(spec.pad(&value.repr(), false)),
        ('d' | 'i' | 'u', Some(Number::Float(float))) => {
            Ok(spec.pad(&signed(&spec, format!("{:.0}", float.trunc())), true))
        }
        ('d' | 'i' | 'u', Some(Number::Integer(integer))) => {
            Ok(spec.pad(&signed(&spec, integer.to_string()), true))
        }
        _ => {
            spec.kind = Some(kind);
            apply(value, &spec)
        }
    }
}
