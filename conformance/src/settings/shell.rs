//! As much of the shell's language as scripts use: words, quotes, `$((…))`, assignments, pipes, `;`, `&&`, `||`.
//!
//! Source: POSIX.1-2024, Shell Command Language §2.2, §2.3, §2.6.4, §2.7, §2.9.
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

mod arithmetic;

/// How a pipeline depends on the one before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Connector {
    /// `;` or a newline: it does not.
    Always,
    /// `&&`: it runs if that one succeeded.
    And,
    /// `||`: it runs if that one failed.
    Or,
}

/// A pipeline: `! a | b`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pipeline {
    pub(super) connector: Connector,
    /// Whether its status is turned round.
    pub(super) negated: bool,
    pub(super) commands: Vec<Simple>,
}

/// One command of a pipeline.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Simple {
    pub(super) words: Vec<String>,
    /// Where its output goes, if not where everybody's does.
    pub(super) output: Option<String>,
}

/// Stands in a word for the number of the process that runs the script.
pub(super) const PROCESS: char = '\u{e000}';

/// A construct that is more of the shell than is understood here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Foreign(pub(super) String);

/// The most octets that one command may expand to.
const MOST: usize = 1 << 20;

/// Words that begin what is more than a command.
const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function",
    "{", "}",
];

/// Takes a command apart.
pub(super) fn pipelines(text: &str) -> Result<Vec<Pipeline>, Foreign> {
    let joined = text.replace("\\\n", "");
    let mut reader = Reader { rest: joined.chars().peekable(), variables: BTreeMap::new(), size: 0 };
    let mut read = Vec::new();
    let mut connector = Connector::Always;
    while let Some((pipeline, next)) = reader.pipeline(connector)? {
        let named = pipeline.commands.iter().filter_map(|command| command.words.first());
        if let Some(word) = named.into_iter().find(|word| KEYWORDS.contains(&word.as_str())) {
            return Err(Foreign(format!("the shell's `{word}`")));
        }
        if pipeline.commands.iter().any(|command| !command.words.is_empty() || command.output.is_some()) {
            read.push(pipeline);
        }
        connector = next;
    }
    Ok(read)
}

/// What ends a command.
enum End {
    /// The text.
    Text,
    /// A pipe.
    Pipe,
    /// What connects the pipeline to the next one.
    Pipeline(Connector),
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    /// What the text itself has assigned.
    variables: BTreeMap<String, String>,
    /// Characters of words so far.
    size: usize,
}

impl Reader<'_> {
    /// The next pipeline, and how the one after it depends on it; nothing at the end.
    fn pipeline(&mut self, connector: Connector) -> Result<Option<(Pipeline, Connector)>, Foreign> {
        if self.rest.peek().is_none() {
            return Ok(None);
        }
        let mut pipeline = Pipeline { connector, negated: false, commands: Vec::new() };
        loop {
            let (mut command, end) = self.command()?;
            if pipeline.commands.is_empty() && command.words.first().is_some_and(|word| word == "!") {
                command.words.remove(0);
                pipeline.negated = true;
            }
            pipeline.commands.push(command);
            match end {
                End::Pipe => {}
                End::Text => return Ok(Some((pipeline, Connector::Always))),
                End::Pipeline(next) => return Ok(Some((pipeline, next))),
            }
        }
    }

    fn command(&mut self) -> Result<(Simple, End), Foreign> {
        let mut command = Simple::default();
        loop {
            let Some(&next) = self.rest.peek() else { return Ok((command, End::Text)) };
            match next {
                '\n' | ';' => {
                    self.rest.next();
                    return Ok((command, End::Pipeline(Connector::Always)));
                }
                blank if blank.is_whitespace() => drop(self.rest.next()),
                '#' => while self.rest.next_if(|&c| c != '\n').is_some() {},
                '|' => {
                    self.rest.next();
                    let or = self.rest.next_if_eq(&'|').is_some();
                    return Ok((command, if or { End::Pipeline(Connector::Or) } else { End::Pipe }));
                }
                '&' => {
                    self.rest.next();
                    if self.rest.next_if_eq(&'>').is_some() {
                        self.redirection(&mut command)?;
                    } else if self.rest.next_if_eq(&'&').is_some() {
                        return Ok((command, End::Pipeline(Connector::And)));
                    } else {
                        return Err(Foreign("a command in the background".into()));
                    }
                }
                '>' => {
                    self.rest.next();
                    self.redirection(&mut command)?;
                }
                '<' => return Err(Foreign("the shell's `<`".into())),
                '(' | ')' => return Err(Foreign("a subshell".into())),
                _ => self.word_of(&mut command)?,
            }
        }
    }

    /// A word, or the number before a redirection, or an assignment.
    fn word_of(&mut self, command: &mut Simple) -> Result<(), Foreign> {
        let (word, quoted) = self.word()?;
        if !quoted && self.rest.peek() == Some(&'>') && matches!(word.as_str(), "1" | "2") {
            self.rest.next();
            let mut elsewhere = Simple::default();
            self.redirection(if word == "1" { command } else { &mut elsewhere })?;
            return match elsewhere.output {
                Some(file) if file != "/dev/null" => Err(Foreign(format!("writing to {file}"))),
                _ => Ok(()),
            };
        }
        match word.split_once('=') {
            Some((name, value)) if command.words.is_empty() && is_name(name) => {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
            _ => command.words.push(word),
        }
        Ok(())
    }

    /// What stands behind `>`.
    fn redirection(&mut self, command: &mut Simple) -> Result<(), Foreign> {
        if self.rest.next_if_eq(&'&').is_some() {
            return match self.rest.next() {
                Some('1' | '2') => Ok(()),
                _ => Err(Foreign("the shell's `>&`".into())),
            };
        }
        self.rest.next_if_eq(&'>');
        while self.rest.next_if(|&c| matches!(c, ' ' | '\t')).is_some() {}
        let (file, _) = self.word()?;
        if file.is_empty() {
            return Err(Foreign("the shell's `>`".into()));
        }
        command.output = Some(file);
        Ok(())
    }

    /// A word, its quotes taken off, and whether there were any.
    fn word(&mut self) -> Result<(String, bool), Foreign> {
        let mut word = String::new();
        let mut quote = None;
        let mut quoted = false;
        while let Some(&next) = self.rest.peek() {
            match (next, quote) {
                (_, Some(open)) if next == open => {
                    quote = None;
                    self.rest.next();
                }
                ('"' | '\'', None) => {
                    (quote, quoted) = (Some(next), true);
                    self.rest.next();
                }
                ('$', None | Some('"')) => {
                    self.rest.next();
                    self.expansion(&mut word)?;
                }
                ('`', None | Some('"')) => return Err(Foreign("a command in a command".into())),
                ('\\', None) => {
                    self.rest.next();
                    word.extend(self.rest.next());
                }
                ('\\', Some('"')) => {
                    self.rest.next();
                    let escapes = self.rest.next_if(|&c| matches!(c, '"' | '\\' | '$' | '`'));
                    word.push(escapes.unwrap_or('\\'));
                }
                ('*' | '?' | '[', None) if !word.is_empty() || next != '[' => {
                    // In a value they stand for themselves; as a pattern of file names they are the host's affair.
                    if !word.contains('=') {
                        return Err(Foreign("a pattern of file names".into()));
                    }
                    word.extend(self.rest.next());
                }
                (blank, None) if blank.is_whitespace() => break,
                (';' | '|' | '&' | '>' | '<' | '(' | ')', None) => break,
                _ => word.extend(self.rest.next()),
            }
            if word.len() > MOST {
                return Err(Foreign("a word of more than a million octets".into()));
            }
        }
        self.size = self.size.saturating_add(word.len());
        match quote {
            Some(_) => Err(Foreign("a quote that never ends".into())),
            None if self.size > MOST => Err(Foreign("a command of more than a million octets".into())),
            None => Ok((word, quoted)),
        }
    }

    /// What stands behind `$`.
    fn expansion(&mut self, word: &mut String) -> Result<(), Foreign> {
        let name: String = match self.rest.peek() {
            Some('(') => return self.arithmetic(word),
            Some('{') => {
                self.rest.next();
                let name = self.taken(|c| c != '}');
                self.rest.next();
                name
            }
            Some('$') => {
                self.rest.next();
                "$".to_owned()
            }
            _ => self.taken(|c| c.is_ascii_alphanumeric() || c == '_'),
        };
        match (name.as_str(), self.variables.get(&name)) {
            (_, Some(value)) => word.push_str(value),
            ("PPID" | "PACKETDRILL_PID" | "$", None) => word.push(PROCESS),
            _ => return Err(Foreign(format!("the variable ${name}"))),
        }
        Ok(())
    }

    /// `$((…))`.
    fn arithmetic(&mut self, word: &mut String) -> Result<(), Foreign> {
        self.rest.next();
        if self.rest.next_if_eq(&'(').is_none() {
            return Err(Foreign("a command in a command".into()));
        }
        let mut text = String::new();
        let mut depth = 0_u32;
        loop {
            match self.rest.next() {
                Some(')') if depth == 0 => break,
                Some(next) => {
                    depth = match next {
                        '(' => depth.saturating_add(1),
                        ')' => depth.saturating_sub(1),
                        _ => depth,
                    };
                    text.push(next);
                }
                None => return Err(Foreign("arithmetic that never ends".into())),
            }
        }
        self.rest.next_if_eq(&')');
        let value = arithmetic::evaluate(&text, &self.variables);
        let value = value.ok_or_else(|| Foreign(format!("the arithmetic $(({text}))")))?;
        word.push_str(&value.to_string());
        Ok(())
    }

    fn taken(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(next) = self.rest.next_if(|&c| wanted(c)) {
            taken.push(next);
        }
        taken
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
}

#[cfg(test)]
mod tests;
