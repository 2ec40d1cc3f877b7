//! Calls and expressions as text.
use super::packet::{gre, mpls_entry};
use super::seconds;
use crate::script::tree::{Argument, CallSpec, Expression, Field};

/// A call, what it answers and its note.
pub(super) fn call(call: &CallSpec) -> String {
    let mut text = call.returns_at.map_or_else(String::new, |end| format!("...{} ", seconds(end)));
    text.push_str(&call.name.node);
    text.push('(');
    text.push_str(&list(&call.arguments));
    text.push_str(") = ");
    text.push_str(&expression(&call.result.node));
    if let Some(errno) = &call.errno {
        text.push(' ');
        text.push_str(&errno.node);
    }
    for note in &call.notes {
        text.push_str(" (");
        text.push_str(&note.join(" "));
        text.push(')');
    }
    text
}

fn list(arguments: &[Argument]) -> String {
    let texts: Vec<String> = arguments.iter().map(|argument| expression(&argument.node)).collect();
    texts.join(", ")
}

/// An expression.
pub(super) fn expression(node: &Expression) -> String {
    match node {
        Expression::Ellipsis => "...".to_owned(),
        Expression::Integer(value) => value.to_string(),
        Expression::Hex(value) => format!("{value:#x}"),
        Expression::Word(word) => word.to_string(),
        Expression::Text(texts) => {
            let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
            quoted.join(" ")
        }
        Expression::TextAndMore(text) => format!("\"{text}\"..."),
        Expression::Or(parts) => {
            let texts: Vec<String> = parts.iter().map(|part| expression(&part.node)).collect();
            texts.join(" | ")
        }
        Expression::Assign(name, value) => format!("{} = {}", name.node, expression(&value.node)),
        Expression::Array(elements) => format!("[{}]", list(elements)),
        Expression::IoVec(length) => format!("{{..., {}}}", expression(&length.node)),
        Expression::Struct(fields) => {
            let texts: Vec<String> = fields.iter().map(field).collect();
            format!("{{{}}}", texts.join(", "))
        }
        Expression::List(elements) => format!("{{{}}}", list(elements)),
        Expression::Apply(name, argument) => format!("{}({})", name.node, expression(&argument.node)),
        Expression::Mpls(entries) => {
            let texts: Vec<String> = entries.iter().map(mpls_entry).collect();
            format!("{{ {} }}", texts.join(" "))
        }
        Expression::Gre(fields) => format!("{{ {} }}", gre(fields)),
    }
}

fn field(field: &Field) -> String {
    let size = field.size.as_ref().map_or_else(String::new, |size| format!("({})", expression(&size.node)));
    format!("{}{size}={}", field.name.node, expression(&field.value.node))
}
