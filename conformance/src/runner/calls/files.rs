//! Calls on descriptors that are no sockets: `epoll`, pipes, files, capabilities.
use std::path::Path;

use super::arguments::{arguments, miscounted, text};
use super::evaluate::Evaluator;
use super::{After, Prepared};
use crate::runner::{Run, Stop};
use crate::script::{Argument, Expression};
use crate::target::{Call, EpollEvent};

impl<'a> Run<'a> {
    pub(super) fn epoll_call(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let spec = with.spec;
        match &*spec.name.node {
            "epoll_create" => {
                let [size] = arguments(spec, "1")?;
                Ok(Prepared { call: Call::EpollCreate { size: with.int(size)? }, after: After::OpensFile })
            }
            "epoll_ctl" => {
                let [epoll, operation, fd, event] = arguments(spec, "4")?;
                let (epoll, fd) = (self.fd(with, epoll)?, self.fd(with, fd)?);
                if let Some(named) = event.node.field("fd").map(|field| &field.value)
                    && self.fd(with, named)? != fd
                {
                    return Err(with.mistaken(named, "the descriptor that is watched"));
                }
                let call = Call::EpollControl {
                    epoll,
                    operation: with.int(operation)?,
                    fd,
                    event: self.watched(with, event)?,
                };
                Ok(Prepared { call, after: After::Nothing })
            }
            _ => {
                let [epoll, event, most, timeout] = arguments(spec, "4")?;
                let (most, timeout) = (with.int(most)?, with.int(timeout)?);
                let call = Call::EpollWait { epoll: self.fd(with, epoll)?, most, timeout };
                Ok(Prepared { call, after: After::Watched(self.watched(with, event)?) })
            }
        }
    }

    /// `{events=E, fd=F}`, or another word in place of a descriptor.
    fn watched(&self, with: Evaluator<'_>, argument: &Argument) -> Result<EpollEvent, Stop> {
        let field = |name| argument.node.field(name).map(|field| &field.value);
        let events = field("events").ok_or_else(|| with.mistaken(argument, "an epoll_event structure"))?;
        let data = match (field("fd"), field("ptr").or(field("u32")).or(field("u64"))) {
            (Some(fd), _) => self.fd(with, fd)?.0.into(),
            (None, Some(word)) => with.integer(word, "an integer")?,
            (None, None) => 0,
        };
        Ok(EpollEvent { events: with.int(events)?.cast_unsigned(), data: data.cast_unsigned() })
    }

    pub(super) fn file_call(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let spec = with.spec;
        match &*spec.name.node {
            "pipe" => {
                let [ends] = arguments(spec, "1")?;
                let (reads, writes) = match &ends.node {
                    Expression::Array(list) => match list.as_slice() {
                        [reads, writes] => {
                            (with.integer(reads, "a descriptor")?, with.integer(writes, "a descriptor")?)
                        }
                        _ => return Err(with.mistaken(ends, "two descriptors in brackets")),
                    },
                    _ => return Err(with.mistaken(ends, "two descriptors in brackets")),
                };
                Ok(Prepared { call: Call::Pipe, after: After::OpensPipe(reads, writes) })
            }
            "splice" => {
                let [from, from_offset, to, to_offset, length, flags] = arguments(spec, "6")?;
                for offset in [from_offset, to_offset] {
                    if with.integer(offset, "NULL")? != 0 {
                        return Err(with.mistaken(offset, "NULL"));
                    }
                }
                let (from, to) = (self.fd(with, from)?, self.fd(with, to)?);
                let call = Call::Splice { from, to, length: with.length(length)?, flags: with.int(flags)? };
                Ok(Prepared { call, after: After::Nothing })
            }
            "open" => {
                let [path, flags] = arguments(spec, "2")?;
                self.may_use_files(path)?;
                let path = String::from_utf8_lossy(&text(with, path)?).into_owned();
                // Relative to where the script lies, as its commands are.
                let path = self.configuration.shell.folder.join(Path::new(&path));
                let call = Call::Open { path, flags: with.int(flags)? };
                Ok(Prepared { call, after: After::OpensFile })
            }
            "sendfile" => self.sendfile_call(with),
            _ => {
                let [set, capability, value] = arguments(spec, "3")?;
                let (set, capability) = (with.int(set)?, with.int(capability)?);
                let call = Call::SetCapability { set, capability, value: with.int(value)? };
                Ok(Prepared { call, after: After::Nothing })
            }
        }
    }

    /// Linux has four arguments, FreeBSD seven: file before socket, and the count of what was sent in brackets.
    fn sendfile_call(&self, with: Evaluator<'a>) -> Result<Prepared<'a>, Stop> {
        let (to, from, offset, count) = match with.spec.arguments.as_slice() {
            [to, from, offset, count] | [from, to, offset, count, _, _, _] => (to, from, offset, count),
            given => return Err(miscounted(with.spec, "4 or 7", given.len())),
        };
        let offset = match &offset.node {
            Expression::Word(word) if &**word == "NULL" => None,
            Expression::Array(_) => Some(with.integer(with.boxed(offset)?, "an offset")?),
            _ => Some(with.integer(offset, "an offset")?),
        };
        let (to, from) = (self.fd(with, to)?, self.fd(with, from)?);
        let call = Call::SendFile { to, from, offset, count: with.length(count)? };
        Ok(Prepared { call, after: After::Nothing })
    }

    /// Scripts are not trusted: the host's files are theirs only if the user says so.
    fn may_use_files(&self, path: &Argument) -> Result<(), Stop> {
        if self.configuration.shell.allowed {
            return Ok(());
        }
        Err(Stop::unsupported("open() of a file of this host, without --allow-shell", path.span))
    }
}
