//! `%{ }%`: variables are sampled when its event is due, and the program that runs after the last one.
use std::fmt::Write as _;

use super::timing::Due;
use super::{Reason, Run, ScriptError, Stop, host};
use crate::expression::{self, Failure, Snippet};
use crate::script::{Code, Span};

/// A snippet and the variables that it will see.
#[derive(Debug)]
pub(super) struct Sampled<'a> {
    code: &'a Code,
    variables: Vec<(&'static str, i64)>,
    /// Variables that the target does not show.
    missing: Vec<&'static str>,
}

impl<'a> Run<'a> {
    /// A code event: samples the socket under test.
    pub(super) fn code(&mut self, code: &'a Code, due: Due, span: Span) -> Result<(), Stop> {
        self.wait(due, span)?;
        let open = self.under_test.and_then(|at| self.descriptors.values().find(|it| it.socket == Some(at)));
        let fd = open.map(|open| open.fd).ok_or(Stop::Wrong(ScriptError::NothingToSample, span))?;
        let variables = self.world.target.info(fd);
        let mut variables = variables.ok_or_else(|| Stop::unsupported("TCP_INFO", code.span))?;
        let missing = expression::complete(&mut variables, self.world.abi());
        self.sampled.push(Sampled { code, variables, missing });
        Ok(())
    }

    /// Runs all snippets as one program: here, or, where that is allowed and needed, by Python.
    pub(super) fn assert(&mut self) -> Result<(), Stop> {
        if self.sampled.is_empty() {
            return Ok(());
        }
        if let Some(interpreter) = self.configuration.code_command.clone() {
            return self.python(&interpreter);
        }
        let snippets = self.sampled.iter().map(|sampled| Snippet {
            file: self.script.source.name(),
            line: sampled.code.span.line,
            text: &sampled.code.text,
            variables: &sampled.variables,
            missing: &sampled.missing,
        });
        let ran = expression::run(snippets);
        if self.configuration.shell.allowed && matches!(ran.ended, Err(Failure::Unsupported { .. })) {
            return self.python("python3");
        }
        self.printed = ran.printed;
        let Err(failure) = ran.ended else { return Ok(()) };
        let span = self.snippet_at(failure.line());
        Err(match failure {
            Failure::Missing { variable, .. } => Stop::unsupported(variable, span),
            Failure::Unsupported { construct, .. } => Stop::unsupported(construct, span),
            Failure::Raised { what, .. } => match unknown(&what) {
                Some(variable) => Stop::unsupported(variable, span),
                None => Stop::failed(Reason::Assertion(what), span),
            },
            Failure::Assertion { .. } | Failure::Syntax { .. } => {
                Stop::failed(Reason::Assertion(failure.to_string()), span)
            }
        })
    }

    /// The snippet that stands nearest above a line.
    fn snippet_at(&self, line: u32) -> Span {
        let above = |sampled: &&Sampled<'_>| sampled.code.span.line <= line;
        self.sampled.iter().rfind(above).map_or_else(Span::default, |sampled| sampled.code.span)
    }

    fn python(&mut self, interpreter: &str) -> Result<(), Stop> {
        let program = self.program();
        let ran = host::python(interpreter, &program, &self.configuration.shell.folder, &mut self.printed);
        let Err(how) = ran else { return Ok(()) };
        // The hook's line comes first, what was raised last.
        let line = how.lines().find_map(|line| {
            let (place, _) = line.split_once(": error in Python code")?;
            place.rsplit(':').next()?.parse().ok()
        });
        let said = how.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
        Err(Stop::failed(Reason::Assertion(said), self.snippet_at(line.unwrap_or(u32::MAX))))
    }

    /// The snippets as one program of Python's: before each, its variables, its file and its line.
    fn program(&self) -> String {
        let name = self.script.source.name();
        let mut program = String::from(
            "import sys as _sys, traceback as _traceback\n\
             def _raised(kind, value, trace):\n\
             \x20   _sys.stderr.write('%s:%d: error in Python code\\n' % (_file, _line))\n\
             \x20   _traceback.print_exception(kind, value, trace)\n\
             _sys.excepthook = _raised\n",
        );
        for sampled in &self.sampled {
            let missing = sampled.missing.iter().map(|name| (*name, 0));
            for (name, value) in sampled.variables.iter().copied().chain(missing) {
                let _ = writeln!(program, "{name} = {value}");
            }
            let file: String = name.chars().flat_map(quoted).collect();
            let line = sampled.code.span.line;
            let _ = writeln!(program, "_file = '{file}'\n_line = {line}\n{}\n", sampled.code.text);
        }
        program
    }
}

/// A character inside one of Python's single-quoted strings.
fn quoted(character: char) -> Vec<char> {
    match character {
        '\'' | '\\' => vec!['\\', character],
        control if control.is_control() => format!("\\x{:02x}", u32::from(control)).chars().collect(),
        character => vec![character],
    }
}

/// A variable that packetdrill has and the target does not show.
fn unknown(what: &str) -> Option<&str> {
    let name = what.strip_prefix("name '")?.split('\'').next()?;
    let prefixes = ["tcpi_", "TCPI_", "TCP_", "SK_MEMINFO_", "bbr_", "dctcp_", "tcpv_"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)).then_some(name)
}
