//! Calls that only one of the tools makes, and forms of calls that only one reads.
use crate::script::diagnostic::Fault;
use crate::script::dialect::Dialect;
use crate::script::span::Span;
use crate::script::tree::{Argument, CallSpec, Expression};

/// Something that one tool alone has: what, whose, and where.
type Owned = (&'static str, Dialect, Span);

/// What of a call belongs to the other dialect, if anything.
pub(super) fn foreign(call: &CallSpec, dialect: Dialect) -> Option<(Fault, Span)> {
    let all = owned(call).into_iter().chain(message(call));
    let (what, dialect, span) = all.into_iter().find(|&(_, owner, _)| owner != dialect)?;
    Some((Fault::OtherDialect { what, dialect }, span))
}

/// Whose a message header is, and each control message in it: the BSD tool has the flags last, the size of the control
/// messages in front of them, and the length of each.
fn message(call: &CallSpec) -> Vec<Owned> {
    let owner = |bsd| if bsd { Dialect::Bsd } else { Dialect::Google };
    let mut all = Vec::new();
    for argument in &call.arguments {
        let Expression::Struct(fields) = &argument.node else { continue };
        let place = |name: &str| fields.iter().position(|field| &*field.name.node == name);
        let Some(control) = place("msg_control").and_then(|at| fields.get(at)) else { continue };
        let bsd = control.size.is_some() || place("msg_control") < place("msg_flags");
        all.push(("a message header of this form", owner(bsd), control.name.span));
        if let Expression::Array(messages) = &control.value.node {
            let whose = |one: &Argument| owner(one.node.field("cmsg_len").is_some());
            all.extend(messages.iter().map(|one| ("a control message of this form", whose(one), one.span)));
        }
    }
    all
}

/// The first thing about a call that one tool alone has: what, whose, and where.
fn owned(call: &CallSpec) -> Option<Owned> {
    use Dialect::{Bsd, Google};
    const GOOGLE: &[&str] = &[
        "epoll_create",
        "epoll_ctl",
        "epoll_wait",
        "pipe",
        "splice",
        "cap_set",
        "psp_rx_assoc",
        "psp_tx_assoc",
    ];
    let name = &*call.name.node;
    if GOOGLE.contains(&name) {
        return Some(("this call", Google, call.name.span));
    }
    if name.starts_with("sctp_") {
        return Some(("this call", Bsd, call.name.span));
    }
    let argument = |at: usize| call.arguments.get(at);
    let opens = |at: usize| argument(at).is_some_and(|given| given.node == Expression::Ellipsis);
    match name {
        // The BSD tool fills in the family itself, always.
        "socket" if !opens(0) => Some(("a family of the script's own", Google, argument(0)?.span)),
        "connect" if !opens(1) => Some(("a family of the script's own", Google, argument(1)?.span)),
        "getsockopt" | "setsockopt" if opens(4) => {
            Some(("`...` for the length of an option", Bsd, argument(4)?.span))
        }
        // Google's tool reads numbers, strings, addresses and GRE headers.
        "getsockopt" if matches!(argument(3)?.node, Expression::Struct(_)) => {
            Some(("a structure that is read", Bsd, argument(3)?.span))
        }
        "sendfile" if call.arguments.len() == 4 => Some(("sendfile with four arguments", Google, call.span)),
        "sendfile" if call.arguments.len() == 7 => Some(("sendfile with seven arguments", Bsd, call.span)),
        _ => None,
    }
}
