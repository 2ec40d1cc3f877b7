use super::*;

/// A command with `;`, `&&`, `||` and `|` between its commands and `·` between words.
fn shown(text: &str) -> Result<String, String> {
    let mut out = String::new();
    for (at, pipeline) in pipelines(text).map_err(|foreign| foreign.0)?.iter().enumerate() {
        let connector = match pipeline.connector {
            Connector::Always => " ; ",
            Connector::And => " && ",
            Connector::Or => " || ",
        };
        out.push_str(if at == 0 { "" } else { connector });
        out.push_str(if pipeline.negated { "!" } else { "" });
        let commands: Vec<_> = pipeline
            .commands
            .iter()
            .map(|command| match &command.output {
                Some(file) => format!("{} >{file}", command.words.join("·")),
                None => command.words.join("·"),
            })
            .collect();
        out.push_str(&commands.join(" | "));
    }
    Ok(out)
}

#[test]
fn commands_are_taken_apart() {
    for (text, read) in [
        ("a b", "a·b"),
        ("a 'b c' \"d e\"f", "a·b c·d ef"),
        ("a; b && c || d\ne", "a ; b && c || d ; e"),
        ("a \\\n b", "a·b"),
        ("a # b\nc", "a ; c"),
        ("a >/dev/null 2>&1; b &>/dev/null", "a >/dev/null ; b >/dev/null"),
        ("a 2> /dev/null | b -c | c", "a | b·-c | c"),
        ("! a", "!a"),
        ("echo $((1 + 2*3)) $(( (4-6) / 2 ))", "echo·7·-1"),
        ("X=5; echo $X ${X}y $((X * 2)) \"$X\" '$X'", "echo·5·5y·10·5·$X"),
        ("a\\ b \"\\\"\\n\"", "a b·\"\\n"),
        ("/tmp/x_${PPID}.sh", "/tmp/x_\u{e000}.sh"),
        ("", ""),
        ("sysctl a='1 * 2' b=*", "sysctl·a=1 * 2·b=*"),
    ] {
        assert_eq!(shown(text).as_deref(), Ok(read), "{text}");
    }
}

#[test]
fn what_is_more_is_named() {
    for (text, foreign) in [
        ("a &", "a command in the background"),
        ("(a)", "a subshell"),
        ("a < b", "the shell's `<`"),
        ("a $(b)", "a command in a command"),
        ("a `b`", "a command in a command"),
        ("a $HOME", "the variable $HOME"),
        ("if a; then b; fi", "the shell's `if`"),
        ("a 'b", "a quote that never ends"),
        ("a *.sh", "a pattern of file names"),
        ("a 2>b", "writing to b"),
        ("a $((1 / 0))", "the arithmetic $((1 / 0))"),
        ("a $((1", "arithmetic that never ends"),
    ] {
        assert_eq!(shown(text), Err(foreign.to_owned()), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "[a-z$(){}'\"`\\\\;&|><#!=*\\n 0-9+-]{0,60}") {
        let _ = pipelines(&text);
    }
}
