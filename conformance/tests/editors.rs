//! The TextMate grammar in `editors/`, read as editors read it, gives every character of every script a colour.
//!
//! syntect, the crate that knows Sublime's grammars, does not read this form of one, and what a grammar needs is little:
//! at each place of a line the leftmost match of the rules counts, the first rule among equals; a `begin` opens a
//! context that its `end` closes.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fancy_regex::Regex;
use serde_json::Value;

/// A rule: what it matches, the scope of that and of its groups; if it opens a context, what closes it and is inside.
struct Rule {
    pattern: Regex,
    scope: Option<String>,
    groups: BTreeMap<usize, String>,
    context: Option<Context>,
}

struct Context {
    end: Regex,
    end_scope: Option<String>,
    rules: Vec<Rule>,
}

/// The file, read but for its rules.
struct Source(Value);

/// The rules that a script's text begins with.
struct Grammar(Vec<Rule>);

impl Source {
    /// The rules that a list of patterns comes to, includes followed. No rule of ours is inside itself.
    fn rules(&self, patterns: &[Value]) -> Vec<Rule> {
        patterns.iter().flat_map(|pattern| self.rule(pattern)).collect()
    }

    fn rule(&self, pattern: &Value) -> Vec<Rule> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let regex = |source: String| Regex::new(&source).unwrap_or_else(|error| panic!("{source}: {error}"));
        if let Some(name) = text(pattern, "include") {
            let named = &self.0["repository"][name.trim_start_matches('#')];
            assert!(!named.is_null(), "{name} is in the repository");
            return self.rule(named);
        }
        let scope = text(pattern, "name");
        if let Some(source) = text(pattern, "match") {
            let groups = groups(&pattern["captures"]);
            return vec![Rule { pattern: regex(source), scope, groups, context: None }];
        }
        let inside = pattern["patterns"].as_array().cloned().unwrap_or_default();
        let Some(begin) = text(pattern, "begin") else { return self.rules(&inside) };
        let end = regex(text(pattern, "end").expect("what begins ends"));
        let end_scope = groups(&pattern["endCaptures"]).remove(&0);
        let context = Some(Context { end, end_scope, rules: self.rules(&inside) });
        vec![Rule { pattern: regex(begin), scope, groups: groups(&pattern["beginCaptures"]), context }]
    }
}

impl Grammar {
    fn load() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/pkt.tmLanguage.json");
        let text = std::fs::read_to_string(path).expect("the grammar is there");
        let source = Source(serde_json::from_str(&text).expect("the grammar is JSON"));
        Self(source.rules(source.0["patterns"].as_array().expect("patterns")))
    }

    /// The scope of each character of a text, `None` where no rule has a word for it.
    fn colour(&self, text: &str) -> Vec<(char, Option<String>)> {
        let mut out = Vec::new();
        let mut open: Vec<(&Rule, &Context)> = Vec::new();
        for line in text.split_inclusive('\n') {
            let bare = line.trim_end_matches('\n');
            let mut scopes: Vec<Option<String>> = vec![None; bare.len() + 1];
            let mut at = 0;
            loop {
                let rules = open.last().map_or(&self.0, |(_, context)| &context.rules);
                let inner = open.last().and_then(|(rule, _)| rule.scope.as_ref());
                let end = open.last().and_then(|(_, context)| place(&context.end, bare, at));
                let found = leftmost(rules, bare, at);
                let start = found.map(|(start, _)| start);
                let closes = end.filter(|(from, _)| start.is_none_or(|start| *from <= start));
                let until = closes.map(|(from, _)| from).or(start).unwrap_or(bare.len());
                paint(&mut scopes, at..until, inner);
                if let Some((from, to)) = closes {
                    let (_, context) = open.pop().expect("one is open");
                    paint(&mut scopes, from..to, context.end_scope.as_ref().or(inner));
                    at = to;
                    continue;
                }
                let Some((_, rule)) = found else { break };
                at = mark(&mut scopes, bare, at, (rule, inner));
                open.extend(rule.context.as_ref().map(|context| (rule, context)));
            }
            out.extend(bare.char_indices().map(|(at, letter)| (letter, scopes[at].clone())));
            if line.ends_with('\n') {
                out.push(('\n', None));
            }
        }
        out
    }
}

/// Group number to scope.
fn groups(captures: &Value) -> BTreeMap<usize, String> {
    let all = captures.as_object().into_iter().flatten();
    all.map(|(group, value)| {
        let scope = value["name"].as_str().expect("a capture has a name");
        (group.parse().expect("a group is a number"), scope.to_owned())
    })
    .collect()
}

fn place(pattern: &Regex, line: &str, at: usize) -> Option<(usize, usize)> {
    let found = pattern.find_from_pos(line, at).ok()??;
    Some((found.start(), found.end()))
}

fn paint(scopes: &mut [Option<String>], range: std::ops::Range<usize>, scope: Option<&String>) {
    for cell in &mut scopes[range] {
        *cell = scope.cloned();
    }
}

/// The rule whose match begins first, and where that is.
fn leftmost<'r>(rules: &'r [Rule], line: &str, at: usize) -> Option<(usize, &'r Rule)> {
    let mut best: Option<(usize, &Rule)> = None;
    for rule in rules {
        if let Some((start, _)) = place(&rule.pattern, line, at)
            && best.is_none_or(|(first, _)| start < first)
        {
            best = Some((start, rule));
            if start == at {
                break;
            }
        }
    }
    best
}

/// Paints the match of a rule and its groups; where it ends.
fn mark(
    scopes: &mut [Option<String>],
    line: &str,
    at: usize,
    (rule, inner): (&Rule, Option<&String>),
) -> usize {
    let captures = rule.pattern.captures_from_pos(line, at).ok().flatten().expect("it matched before");
    let whole = captures.get(0).expect("group 0 is the whole");
    assert!(whole.end() > whole.start(), "a rule that matches nothing would never end: {}", rule.pattern);
    let own = rule.scope.as_ref().or(inner).cloned();
    // A match without a scope of its own is still one: what its groups leave is punctuation.
    let own = own.or_else(|| (!rule.groups.is_empty()).then(|| "punctuation.pkt".to_owned()));
    paint(scopes, whole.range(), own.as_ref());
    for (group, scope) in &rule.groups {
        if let Some(part) = captures.get(*group) {
            paint(scopes, part.range(), Some(scope));
        }
    }
    whole.end()
}

/// A line's words, each with the last but one part of its scope: `+0/time <//inbound …`.
fn shown(grammar: &Grammar, text: &str) -> String {
    let mut out = String::new();
    let mut last: Option<String> = None;
    for (letter, scope) in grammar.colour(text) {
        if scope != last && letter != '\n' {
            let name = scope.as_deref().unwrap_or("-").trim_end_matches(".pkt").trim_end_matches(".python");
            out.push_str(&format!("‹{name}›"));
        }
        out.push(letter);
        last = if letter == '\n' { None } else { scope };
    }
    out
}

fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of scripts").flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts(&path, found);
        } else if path.extension().is_some_and(|end| end == "pkt") {
            found.push(path);
        }
    }
}

/// Nothing in any of our scripts is left without a scope, and every comment is one.
#[test]
fn every_script_is_coloured() {
    let grammar = Grammar::load();
    let mut found = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts"), &mut found);
    assert!(found.len() > 200, "the suite is there");
    for path in found {
        let text = std::fs::read_to_string(&path).expect("a script");
        let coloured = grammar.colour(&text);
        let plain: String = coloured.iter().map(|(letter, _)| letter).collect();
        assert_eq!(plain, text, "every character is there once");
        let mut line = 1;
        let mut comment = false;
        for (at, (letter, scope)) in coloured.iter().enumerate() {
            let name = scope.as_deref().unwrap_or_default();
            assert!(
                letter.is_whitespace() || scope.is_some(),
                "{}:{line}: {letter:?} has no scope",
                path.display()
            );
            let begins = *letter == '/' && coloured.get(at + 1).is_some_and(|next| next.0 == '/');
            comment = *letter != '\n' && (comment || (begins && name.starts_with("comment")));
            let in_comment =
                name.starts_with("comment") || name.ends_with("tag.pkt") || name.contains("requirement");
            assert!(!comment || in_comment, "{}:{line}: {name} inside a comment", path.display());
            assert!(!begins || in_comment, "{}:{line}: a comment is {name}", path.display());
            line += usize::from(*letter == '\n');
        }
    }
}

/// What each part of the language is called.
#[test]
fn each_form_has_its_colour() {
    let grammar = Grammar::load();
    let text = r#"// Proves: RFC9293:MUST-13 and more
/* over
   two lines */
--mtu=1500 // small
#ifdef FreeBSD
`sysctl -q net.ipv4.tcp_sack=1`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.1 write(4, "a\n", 2) = -1 EPIPE (Broken pipe)
+.1~+.2 > [ect0] SP?. 1:11(10) ack 1 win 5 <mss 1460,nop,wscale 7,FO 3021b9d8,TS val 1 ecr 2>
*  >? . ...(10) ack ... <...> | R 1:1(0)
0.1 < 5 > 7 P.5 1~2:3(1) ack 1 win 0x5
+0 >! 0.5
+0 < ipv4 [ttl 3] 1.2.3.4 > 5.6.7.8: icmp unreachable frag_needed mtu 1400 [1:11(10)]
+0 %{ assert tcpi_snd_cwnd == 10, "why" # because
}%
+0 poll([{fd=4, events=POLLIN|POLLOUT}], 1, 0) = 0x1
"#;
    insta::assert_snapshot!("colours", shown(&grammar, text));
}
