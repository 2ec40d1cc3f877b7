//! The pen: the few elements of SVG that a ladder is made of.
use std::fmt::Write;

use crate::report::Escaped;

/// Where a text stands from its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Elements, drawn one after the other, and how far down they reach.
#[derive(Debug, Default)]
pub(super) struct Drawing(String);

/// Drawn to be read on any background, so it brings its own.
const STYLE: &str = "\
text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}\
.title{font:600 13px system-ui,sans-serif}.note{font:italic 11px system-ui,sans-serif;fill:#59636e}\
.time,.clause{fill:#818b98}.call{fill:#0550ae}.state{font-weight:600}\
.line{stroke:#d1d9e0;stroke-width:2}.gap{stroke:#d1d9e0;stroke-width:2;stroke-dasharray:1 5}\
.arrow{stroke:#1f2328;stroke-width:1.3}.lost{stroke:#cf222e;stroke-width:1.3}";

impl Drawing {
    // Writing to a string cannot fail.

    /// A text of a class of [`STYLE`].
    pub(super) fn text(&mut self, (x, y): (i32, i32), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.0,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>",
            Escaped(text)
        );
    }

    /// A straight line of a class of [`STYLE`].
    pub(super) fn line(&mut self, (x1, y1): (i32, i32), (x2, y2): (i32, i32), class: &str) {
        let _ = writeln!(self.0, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>");
    }

    /// A line with a head at its end.
    pub(super) fn arrow(&mut self, from: (i32, i32), to: (i32, i32)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = writeln!(
            self.0,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"arrow\" marker-end=\"url(#head)\"/>"
        );
    }

    /// A cross where something went no further.
    pub(super) fn cross(&mut self, (x, y): (i32, i32)) {
        self.line((x - 5, y - 5), (x + 5, y + 5), "lost");
        self.line((x - 5, y + 5), (x + 5, y - 5), "lost");
    }

    /// A bar from `top` to `bottom` around `x`.
    pub(super) fn bar(&mut self, x: i32, (top, bottom): (i32, i32), colour: &str) {
        let (x, height) = (x - 4, (bottom - top).max(0));
        let _ = writeln!(
            self.0,
            "<rect x=\"{x}\" y=\"{top}\" width=\"8\" height=\"{height}\" rx=\"3\" fill=\"{colour}\"/>"
        );
    }

    /// The whole picture; what was drawn `under` lies below the rest, the first lowest.
    pub(super) fn finish(self, (width, height): (i32, i32), under: &[Self]) -> String {
        let under: String = under.iter().map(|drawing| drawing.0.as_str()).collect();
        let head = "<marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
                    orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#1f2328\"/></marker>";
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
             {height}\">\n<style>{STYLE}</style>\n<defs>{head}</defs>\n<rect width=\"{width}\" height=\"{height}\" \
             rx=\"6\" fill=\"#fff\"/>\n{under}{}</svg>\n",
            self.0
        )
    }
}
