//! Text in pages and pictures.
use std::fmt::{self, Write};

use crate::script::acts;

/// Text that means only itself in HTML and XML. What those cannot say, or would act upon, becomes a space.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ if acts(character) || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                    f.write_char(' ')?;
                }
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn nothing_that_is_shown_is_markup() {
        let shown = Escaped("<script>alert(\"x\")</script> & 'y'\x1b[31m\u{202e}").to_string();
        assert_eq!(shown, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39; [31m ");
    }
}
