//! `%{ }%`: what is sampled when its event is due, and the program that runs after the last one.
use super::timing::Due;
use super::{Reason, Run, ScriptError, Stop};
use crate::expression::{self, Failure, Snippet};
use crate::script::{Code, Span};

/// A snippet and the variables that it will see.
#[derive(Debug)]
pub(super) struct Sampled<'a> {
    code: &'a Code,
    variables: Vec<(&'static str, i64)>,
}

impl<'a> Run<'a> {
    /// A code event: samples the socket under test.
    pub(super) fn code(&mut self, code: &'a Code, due: Due, span: Span) -> Result<(), Stop> {
        self.wait(due, span)?;
        let fd = self.socket().and_then(|socket| socket.fd);
        let fd = fd.ok_or(Stop::Wrong(ScriptError::NothingToSample, span))?;
        let variables = self.world.target.info(fd);
        let variables = variables.ok_or_else(|| Stop::unsupported("TCP_INFO", code.span))?;
        self.sampled.push(Sampled { code, variables });
        Ok(())
    }

    /// Runs all snippets as one program.
    pub(super) fn assert(&self) -> Result<(), Stop> {
        let snippets = self.sampled.iter().map(|sampled| Snippet {
            line: sampled.code.span.line,
            text: &sampled.code.text,
            variables: &sampled.variables,
        });
        let failure = match expression::run(snippets) {
            Ok(_) => return Ok(()),
            Err(failure) => failure,
        };
        // The snippet that stands nearest above the line.
        let above = |sampled: &&Sampled<'_>| sampled.code.span.line <= failure.line();
        let span = self.sampled.iter().rfind(above).map_or_else(Span::default, |sampled| sampled.code.span);
        Err(match failure {
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
}

/// A variable that packetdrill has and the target does not show.
fn unknown(what: &str) -> Option<&str> {
    let name = what.strip_prefix("name '")?.split('\'').next()?;
    let prefixes = ["tcpi_", "TCPI_", "TCP_", "SK_MEMINFO_", "bbr_", "dctcp_", "tcpv_"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)).then_some(name)
}
