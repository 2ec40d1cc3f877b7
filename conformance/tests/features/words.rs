//! Characters, words, comments, strings and symbols.
use super::{BSD, GOOGLE, How, Row, check};

/// What a token is.
const TOKENS: &[Row] = &[
    Row::new(
        "newlines carry no meaning",
        "0 < S 0:0(0)\nwin 65535 +0\n> R. 0:0(0) ack 1",
        "0 < S 0:0(0)\nwin 65535 +0\n> R. 0:0(0) ack 2",
        "fail: acknowledgment number: expected 2, seen 1",
    ),
    Row::new(
        "several events may share a line",
        "0 < S 0:0(0) win 65535 +0 > R. 0:0(0) ack 1 +.1 < S 0:0(0) win 65535 +0 > R. 0:0(0) ack 1",
        "0 < S 0:0(0) win 65535 +0 > R. 0:0(0) ack 1 +.1 < S 0:0(0) win 65535 +0 > R. 0:0(0) ack 3",
        "fail: acknowledgment number: expected 3, seen 1",
    ),
    Row::new(
        "a carriage return is no blank",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(3) = 0\n",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\r\n+0 close(3) = 0\r\n",
        "error: a carriage return",
    ),
    Row::new(
        "a float has digits behind its point",
        "{listening}+.5 < S 0:0(0) win 65535\n+0.0 > S. 0:0(0) ack 1 <...>",
        "{listening}+5. < S 0:0(0) win 65535\n+0.0 > S. 0:0(0) ack 1 <...>",
        "error: expected",
    ),
    Row::new(
        "a blank stands behind a time",
        "{listening}0 close(3) = 0",
        "{listening}0close(3) = 0",
        "or a time in seconds, found `0close`",
    ),
    Row::new(
        "no time is less than zero",
        "{listening}+-0 close(3) = 0",
        "{listening}+-.5 close(3) = 0",
        "error: a time cannot be negative",
    ),
    Row::new(
        "a float has no exponent",
        "{listening}+.001 close(3) = 0",
        "{listening}+1e-3 close(3) = 0",
        "error: expected",
    ),
    Row::new(
        "an integer with leading zeros is decimal",
        "{listening}+0 close(003) = 00",
        "{listening}+0 close(010) = 0",
        "error: no descriptor 10 is open",
    ),
    Row::new(
        "hexadecimal has a small x",
        "{listening}+0 close(0x3) = 0x0",
        "{listening}+0 close(0X3) = 0x0",
        "error: Linux has no constant named `0X3`",
    ),
    Row::new(
        "a word may begin with a digit",
        "{listening}+0 < S 0:0(0) win 65535 <FO 3021b9d8,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 65535 <FO 3021b9dx,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "error: `x` is no hexadecimal digit",
    ),
    Row::new(
        "two dashes begin an option",
        "--mtu=1040\n{listening}+0 < S 0:0(0) win 65535\n+0 > S. 0:0(0) ack 1 <mss 1000>",
        "-mtu=1040\n{listening}+0 < S 0:0(0) win 65535\n+0 > S. 0:0(0) ack 1 <mss 1000>",
        "error: expected",
    ),
    Row::new(
        "a digit needs a gap after the dot",
        "{established}+.1 < P. 1:11(10) ack 1 win 65535\n* > . 1:1(0) ack 11",
        "{established}+.1 < P. 1:11(10) ack 1 win 65535\n* > .1:1(0) ack 11",
        "error: expected",
    ),
    Row::new(
        "a minus sign belongs to the number behind it",
        "{listening}+0 close(3) = -0",
        "{listening}+0 close(3) = 1-1",
        "error: a time cannot be negative",
    ),
    Row::new(
        "an IPv4 address",
        "--remote_ip=192.0.2.77\n{established}+0 close(4) = 0",
        "--remote_ip=192.0.2.777\n{established}+0 close(4) = 0",
        "error: --remote_ip=192.0.2.777 makes no sense",
    ),
    Row::new(
        "an IPv6 address, which no sequence number is mistaken for",
        "--ip_version=ipv6\n--local_ip=fd00::1\n{established}+0 < P. 1:1001(1000) ack 1 win 65535\n* > . 1:1(0) ack 1001",
        "--ip_version=ipv6\n--local_ip=fd00:1\n{established}+0 < P. 1:1001(1000) ack 1 win 65535\n* > . 1:1(0) ack 1001",
        "error: expected",
    ),
];

/// Comments, strings, commands, code.
const DELIMITED: &[Row] = &[
    Row::new(
        "a line comment ends with a newline",
        "// first\n{listening}+0 close(3) = 0 // last\n",
        "// first\n{listening}+0 close(3) = 1 // last\n",
        "fail: close returned 0, not 1",
    ),
    Row::new(
        "a block comment does not end at two stars",
        "/* a * b */{listening}+0 close(3) = 0 /* c */\n",
        "/* a * b */{listening}+0 close(3) = 0 /* c **/\n",
        "error: this comment never ends",
    ),
    Row::new(
        "a block comment that did not end ends later",
        "{listening}/* c **/ +0 close(3) = 1 /* d */\n+0 close(3) = 0",
        "{listening}/* c */ +0 close(3) = 1 /* d */\n+0 close(3) = 0",
        "fail: close returned 0, not 1",
    ),
    Row::new(
        "comments do not stand in one another",
        "{listening}+0 close(3) = 0 /* a /* b */",
        "{listening}+0 close(3) = 0 /* a /* b */ */",
        "error: expected a packet, a call, a command or code, found `/`",
    ),
    Row::new(
        "a string may span lines",
        "{established}+0 write(4, \"a\nb\", 3) = 3",
        "{established}+0 write(4, \"a\nb, 3) = 3",
        "error: this string never ends",
    ),
    Row::new(
        "a string may be followed by an ellipsis, which changes nothing",
        "{established}+0 write(4, \"\\x00\"..., 1) = 1\n+0 > P. 1:2(1) ack 1",
        "{established}+0 write(4, \"\\x01\"..., 1) = 1\n+0 > P. 1:2(1) ack 1",
        "fail: text: expected zeros",
    ),
    Row::new(
        "blanks around code are taken away, newlines are not",
        "{established}+0 %{   assert True\nassert True }%",
        "{established}+0 %{\n  assert True }%",
        "fail: syntax error: unexpected indent",
    ),
    Row::new(
        "code does not end at two braces",
        "{established}+0 %{ assert tcpi_state == TCP_ESTABLISHED }%",
        "{established}+0 %{ assert tcpi_state == TCP_ESTABLISHED }}%",
        "error: this code never ends",
    ),
    Row::new(
        "a command may span lines",
        "{listening}+0 `sysctl -q \\\nnet.ipv4.tcp_sack=1`",
        "{listening}+0 `sysctl -q \\\nnet.ipv4.tcp_sack",
        "error: this command never ends",
    ),
    Row::new(
        "a string's escapes are read when the call is made",
        "{established}+0 write(4, \"\\n\", 1) = 1\n+0 close(4) = 0",
        "{established}+0 write(4, \"\\q\", 1) = 1\n+0 close(4) = 0",
        "error: the google dialect has no escape `\\q`",
    ),
    Row::new(
        "hexadecimal escapes make any octet, and strings side by side are one",
        "{established}+0 write(4, \"\\x00\" \"\\x00\", 2) = 2\n+0 > P. 1:3(2) ack 1",
        "{established}+0 write(4, \"\\x00\" \"\\x01\", 2) = 2\n+0 > P. 1:3(2) ack 1",
        "fail: text: expected zeros",
    ),
    Row::new(
        "a string ends at the last quote it can reach",
        "{established}+0 write(4, \"a\\n\", 2) = 2\n+0 write(4, \"b\", 1) = 1",
        "{established}+0 write(4, \"a\\\\\", 2) = 2\n+0 write(4, \"b\", 1) = 1",
        "error: this string never ends",
    ),
];

const fn defined(defines: &'static [(&'static str, &'static str)]) -> How {
    How { defines, ..GOOGLE }
}

/// What `-D` and `--define` do.
const SYMBOLS: &[Row] = &[
    Row::new(
        "a script defines a word",
        "--define=LEVEL=SOL_SOCKET\n{listening}+0 setsockopt(3, LEVEL, SO_KEEPALIVE, [1], 4) = 0",
        "--define=LEVEL=SOL_SOCKETS\n{listening}+0 setsockopt(3, LEVEL, SO_KEEPALIVE, [1], 4) = 0",
        "error: Linux has no constant named `SOL_SOCKETS`",
    ),
    Row::new(
        "a quoted value is a string",
        "--define=DATA=\"\\x00\"\n{established}+0 write(4, DATA, 1) = 1\n+0 > P. 1:2(1) ack 1",
        "--define=DATA=\"\\x01\"\n{established}+0 write(4, DATA, 1) = 1\n+0 > P. 1:2(1) ack 1",
        "fail: text: expected zeros",
    ),
    Row::new(
        "a backquoted value is a command",
        "--define=SET=`sysctl -q net.ipv4.tcp_sack=1`\n{listening}+0 SET",
        "--define=SET=`teapot`\n{listening}+0 SET",
        "unsupported: the command `teapot`",
    ),
    Row::new(
        "a number from outside is an integer, octal with a leading zero",
        "{listening}+0 close(FD) = 0",
        "{listening}+0 close(EIGHT) = 0",
        "error: no descriptor 8 is open",
    )
    .under(defined(&[("FD", "0x3"), ("EIGHT", "010")])),
    Row::new(
        "C reads a sign, and hexadecimal with a large X",
        "{listening}+0 close(FD) = ZERO",
        "{listening}+0 close(WORD) = ZERO",
        "error: Linux has no constant named `0x+3`",
    )
    .under(defined(&[("FD", "+3"), ("ZERO", "0X0"), ("WORD", "0x+3")])),
    Row::new(
        "in the BSD dialect it is as many decimal digits as it begins with",
        "{listening}+0 close(FD) = 0",
        "{listening}+0 close(TEN) = 0",
        "error: no descriptor 10 is open",
    )
    .under(How { defines: &[("FD", "3x"), ("TEN", "010")], ..BSD }),
    Row::new(
        "a cookie is the word that a symbol stands for, and no number",
        "{listening}+0 < S 0:0(0) win 65535 <FO WORD,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 65535 <FO NUMBER,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "error: symbol `NUMBER` stands for nothing here",
    )
    .under(defined(&[("WORD", "3021b9d8"), ("NUMBER", "30210908")])),
    Row::new(
        "in the BSD dialect a cookie is what is written",
        "{listening}+0 < S 0:0(0) win 65535 <FO 3021b9d8,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 65535 <FO WORD,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "symbol `WORD` stands for nothing here",
    )
    .under(How { defines: &[("WORD", "3021b9d8")], ..BSD }),
    Row::new(
        "a symbol cannot stand where hexadecimal must, in Google's dialect",
        "{established}+0 < (tos 0x28) P. 1:11(10) ack 1 win 65535\n* > . 1:1(0) ack 11",
        "{established}+0 < (tos TOS) P. 1:11(10) ack 1 win 65535\n* > . 1:1(0) ack 11",
        "error: expected",
    )
    .under(defined(&[("TOS", "0x28")])),
    Row::new(
        "in the BSD dialect it can",
        "{established}+0 < (tos TOS) P. 1:11(10) ack 1 win 65535\n* > . 1:1(0) ack 11",
        "{established}+0 < (tos TEN) P. 1:11(10) ack 1 win 65535\n* > . 1:1(0) ack 11",
        "error: expected",
    )
    .under(How { defines: &[("TOS", "0x28"), ("TEN", "10")], ..BSD }),
    Row::new(
        "a definition from outside wins",
        "--define=RESULT=\"a\"\n{listening}+0 close(FD) = 0",
        "--define=FD=SOL_TCP\n{listening}+0 close(FD) = 1",
        "fail: close returned 0, not 1",
    )
    .under(defined(&[("FD", "3")])),
    Row::new(
        "a value is never read again",
        "{listening}+0 < S 0:0(0) win 65535 <mss 1000,nop,nop,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 65535 <mss 1000,O,nop,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "error: expected a TCP option",
    )
    .under(defined(&[("O", "eol_")])),
    Row::new(
        "a keyword is no symbol",
        "{established}+0 < P. 1:11(10) ack 1 win 65535\n* > . 1:1(0) ack 11",
        "{established}+0 < P. 1:11(10) ack 1 win 65535\n* > . 1:1(0) ack 12",
        "fail: acknowledgment number: expected 12, seen 11",
    )
    .under(defined(&[("ack", "win")])),
    Row::new(
        "a symbol in an option's value is not replaced",
        "--remote_ip=192.0.2.7\n{established}+0 close(4) = 0",
        "--mtu=M\n{established}+0 close(4) = 0",
        "error: option `--mtu` takes an integer from 0 to 65535, not `M`",
    )
    .under(defined(&[("M", "1400")])),
];

/// The BSD dialect's conditions.
const CONDITIONS: &[Row] = &[
    Row::new(
        "#ifdef of the system takes what it holds",
        "{listening}#ifdef FreeBSD\n+0 close(3) = 0\n#endif\n",
        "{listening}#ifdef FreeBSD\n+0 close(3) = 1\n#endif\n",
        "fail: close returned 0, not 1",
    )
    .under(BSD),
    Row::new(
        "#ifdef of nothing skips it",
        "{listening}#ifdef STANDARD\n+0 close(3) = 1\n#endif\n",
        "--define=STANDARD=1\n{listening}#ifdef STANDARD\n+0 close(3) = 1\n#endif\n",
        "fail: close returned 0, not 1",
    )
    .under(BSD),
    Row::new(
        "a definition does not hold yet for an #ifdef right behind the options",
        "--define=LATER=1\n#ifdef LATER\n0 close(9) = 0\n#endif\n{listening}",
        "--define=LATER=1\n{listening}#ifdef LATER\n+0 close(9) = 0\n#endif\n",
        "error: no descriptor 9 is open",
    )
    .under(BSD),
    Row::new(
        "and for the second there neither",
        "--define=LATER=1\n#ifdef A\n#endif\n#ifdef LATER\n0 close(9) = 0\n#endif\n{listening}",
        "--define=LATER=1\n0 `true`\n#ifdef LATER\n+0 close(9) = 0\n#endif\n{listening}",
        "error: no descriptor 9 is open",
    )
    .under(BSD),
    Row::new(
        "#ifdef does not nest",
        "{listening}#ifdef A\n#endif\n#ifdef B\n#endif\n",
        "{listening}#ifdef A\n#ifdef B\n#endif\n#endif\n",
        "error: `#ifdef` cannot stand inside `#ifdef`",
    )
    .under(BSD),
    Row::new(
        "#ifdef has an #endif",
        "{listening}#ifdef A\n#endif\n",
        "{listening}#ifdef A\n",
        "error: this `#ifdef` has no `#endif`",
    )
    .under(BSD),
    Row::new(
        "#endif has an #ifdef",
        "{listening}#ifdef A\n#endif\n",
        "{listening}#endif\n",
        "error: this `#endif` has no `#ifdef`",
    )
    .under(BSD),
];

#[test]
fn tokens() {
    check(TOKENS);
}

#[test]
fn comments_strings_commands_and_code() {
    check(DELIMITED);
}

#[test]
fn symbols() {
    check(SYMBOLS);
}

#[test]
fn conditions() {
    check(CONDITIONS);
}
