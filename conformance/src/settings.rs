//! Settings: sysctl names, and the commands that scripts set them with, recognised without a shell.
use crate::target::{Setting, Unsupported};

mod policy;

pub(crate) use policy::apply;

/// Names under these can be settings; a name that climbs out of them cannot.
const ROOTS: &[&str] = &["net.ipv4.", "net.ipv6.", "net.core.", "net.inet.", "net.inet6.", "kern.ipc."];

/// What a shell command asks for, if it is nothing but `sysctl` statements.
///
/// Statements are joined by `;`, `&&`, `||` or newlines; output may be thrown away; `#` starts a comment.
///
/// # Errors
/// [`Unsupported`] names the first word of the first statement that is anything else.
pub fn of_command(command: &str) -> Result<Vec<Setting>, Unsupported> {
    let mut found = Vec::new();
    let joined = command.replace("\\\n", " ");
    for line in joined.lines() {
        let line = line.split_once('#').map_or(line, |(before, _)| before);
        for statement in line.split([';', '&', '|']).map(str::trim).filter(|statement| !statement.is_empty())
        {
            statement_settings(statement, &mut found)?;
        }
    }
    Ok(found)
}

fn statement_settings(statement: &str, found: &mut Vec<Setting>) -> Result<(), Unsupported> {
    let words = words(statement).ok_or_else(|| unsupported(statement))?;
    let mut words = words.iter().map(String::as_str);
    match words.next() {
        // What is left of `2>&1` once statements are split at `&`.
        Some("1") if words.next().is_none() => return Ok(()),
        Some("sysctl" | "/sbin/sysctl") => {}
        _ => return Err(unsupported(statement)),
    }
    for word in words {
        match word.split_once('=') {
            _ if word.starts_with('-') => {}
            _ if word.starts_with('>') || word.starts_with("2>") || word.starts_with("1>") => {}
            Some((name, value)) => found.push(setting(name, value)?),
            None if word == "/dev/null" => {}
            None => return Err(Unsupported(format!("sysctl without a value: {}", word.escape_debug()))),
        }
    }
    Ok(())
}

/// A name is a plain dotted one under a root that is the network's.
fn setting(name: &str, value: &str) -> Result<Setting, Unsupported> {
    let name = name.replace('/', ".");
    let plain =
        name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-'));
    if plain && !name.contains("..") && ROOTS.iter().any(|root| name.starts_with(root)) {
        Ok(Setting { name, value: value.to_owned() })
    } else {
        Err(Unsupported(format!("sysctl {}", name.escape_debug())))
    }
}

fn unsupported(statement: &str) -> Unsupported {
    let word = statement.split_whitespace().next().unwrap_or_default();
    Unsupported(format!("the command `{}`", word.escape_debug()))
}

/// A statement's words, its quotes taken off. `None` if it uses more of a shell than that.
fn words(statement: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in statement.chars() {
        match (character, quote) {
            ('$' | '`', None | Some('"')) | ('(' | ')' | '{' | '}' | '*' | '<', None) => return None,
            (_, Some(open)) if character == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (blank, None) if blank.is_whitespace() => words.extend(word.take()),
            (_, None | Some(_)) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(command: &str) -> Result<Vec<(String, String)>, String> {
        let found = of_command(command).map_err(|missing| missing.0)?;
        Ok(found.into_iter().map(|setting| (setting.name, setting.value)).collect())
    }

    #[test]
    fn sysctl_statements_are_settings() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for (command, expected) in [
            ("sysctl -q net.ipv4.tcp_sack=0", vec![pair("net.ipv4.tcp_sack", "0")]),
            (
                "sysctl -q net.ipv4.tcp_rmem=\"4096 131072 6291456\" net.ipv4.tcp_ecn=1",
                vec![pair("net.ipv4.tcp_rmem", "4096 131072 6291456"), pair("net.ipv4.tcp_ecn", "1")],
            ),
            (
                "sysctl -w net.inet.tcp.sack.enable=0 >/dev/null 2>&1; sysctl -w net.inet.tcp.ecn.enable=1",
                vec![pair("net.inet.tcp.sack.enable", "0"), pair("net.inet.tcp.ecn.enable", "1")],
            ),
            ("sysctl -q \\\n net.ipv4.tcp_ecn=1 # why\n", vec![pair("net.ipv4.tcp_ecn", "1")]),
            ("", vec![]),
        ] {
            assert_eq!(settings(command), Ok(expected), "{command}");
        }
    }

    #[test]
    fn everything_else_is_named_and_refused() {
        for (command, missing) in [
            ("rm -rf /", "the command `rm`"),
            ("sysctl -q net.ipv4.tcp_sack=0; reboot", "the command `reboot`"),
            ("sysctl -w net.ipv4.tcp_ecn=$(id)", "the command `sysctl`"),
            ("sysctl -w kernel.panic=1", "sysctl kernel.panic"),
            ("sysctl -w net.ipv4...panic=1", "sysctl net.ipv4...panic"),
            ("sysctl net.ipv4.tcp_sack", "sysctl without a value: net.ipv4.tcp_sack"),
            ("./defaults.sh", "the command `./defaults.sh`"),
        ] {
            assert_eq!(settings(command), Err(missing.to_owned()), "{command}");
        }
    }
}
