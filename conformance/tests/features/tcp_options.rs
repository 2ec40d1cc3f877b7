//! TCP options: what each asserts of a packet that is expected, and puts into one that is injected.
use super::path::spoiling;
use super::{BSD, GOOGLE, How, Row, check};

/// Behind a device that spoils what has certain lengths.
const SPOILING: How = How { target: spoiling, ..GOOGLE };

/// A receiver with two gaps, which names them.
macro_rules! sacks {
    () => {
        concat!(
            "{listening}+0 < S 0:0(0) win 1000 <mss 1000,nop,nop,sackOK>\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 1000\n",
            "+0 accept(3, ..., ...) = 4\n+0 < P. 11:21(10) ack 1 win 1000\n+0 > . 1:1(0) ack 1 <nop,nop,sack 11:21>\n",
            "+0 < P. 31:41(10) ack 1 win 1000\n+0 > . 1:1(0) ack 1 <nop,nop,sack "
        )
    };
}

/// A Fast Open cookie of a kind is asked for, and given.
macro_rules! cookie {
    ($asked:literal, $given:literal) => {
        concat!(
            "`sysctl -q net.ipv4.tcp_fastopen=3 net.ipv4.tcp_fastopen_key=00000001-00000002-00000003-00000004`\n",
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN, [1], 4) = 0\n",
            "+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 1000 <mss 1000,", $asked, ">\n+0 > S. 0:0(0) ack 1 <mss 1460,", $given, ">"
        )
    };
}

/// TCP options, each in and out.
const OPTIONS: &[Row] = &[
    Row::new(
        "no list is no option",
        "{listening}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <mss 1460>",
        "{listening}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1",
        "fail: options: expected none, seen <mss 1460>",
    ),
    Row::new(
        "<...> is any list",
        "{listening}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 2 <...>",
        "fail: acknowledgment number",
    ),
    Row::new(
        "the order counts, and every nop",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,nop,nop,sackOK>\n+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,nop,nop,sackOK>\n+0 > S. 0:0(0) ack 1 <nop,nop,sackOK,mss 1460>",
        "fail: options: expected <nop,nop,sackOK,mss 1460>, seen <mss 1460,nop,nop,sackOK>",
    ),
    Row::new(
        "mss and wscale are compared",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,nop,wscale 7>\n+0 > S. 0:0(0) ack 1 <mss 1460,nop,wscale 0>",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,nop,wscale 7>\n+0 > S. 0:0(0) ack 1 <mss 1461,nop,wscale 0>",
        "fail: options: expected <mss 1461,nop,wscale 0>, seen <mss 1460,nop,wscale 0>",
    ),
    Row::new(
        "sack edges are mapped",
        "{listening}+0 < S 500:500(0) win 1000 <mss 1000,nop,nop,sackOK>\n+0 > S. 0:0(0) ack 501 <...>\n+0 < . 1:1(0) ack 1 win 1000\n+0 accept(3, ..., ...) = 4\n+0 < P. 11:21(10) ack 1 win 1000\n+0 > . 1:1(0) ack 1 <nop,nop,sack 11:21>",
        "{listening}+0 < S 500:500(0) win 1000 <mss 1000,nop,nop,sackOK>\n+0 > S. 0:0(0) ack 501 <...>\n+0 < . 1:1(0) ack 1 win 1000\n+0 accept(3, ..., ...) = 4\n+0 < P. 11:21(10) ack 1 win 1000\n+0 > . 1:1(0) ack 1 <nop,nop,sack 12:21>",
        "fail: options: expected <nop,nop,sack 12:21>, seen <nop,nop,sack 11:21>",
    ),
    Row::new(
        "eol is an element like any other",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,eol,eol,eol,eol>\n+0 > S. 0:0(0) ack 1 <mss 1460>",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,eol,eol,eol,eol>\n+0 > S. 0:0(0) ack 1 <mss 1460,eol,eol,eol,eol>",
        "fail: options: expected <mss 1460,eol,eol,eol,eol>, seen <mss 1460>",
    ),
    Row::new(
        "unknown kinds can be injected",
        "{listening}+0 < S 0:0(0) win 1000 <gen-99 0102>\n+0 > S. 0:0(0) ack 1 <mss 1460>",
        "{listening}+0 < S 0:0(0) win 1000 <gen-99 0102>\n+0 > S. 0:0(0) ack 1 <gen-99 0102>",
        "fail: options: expected <gen-99 0102>, seen <mss 1460>",
    )
    .under(BSD),
    Row::new(
        "a list in hexadecimal",
        "{listening}+0 < S 0:0(0) win 1000 <020403e8>\n+0 > S. 0:0(0) ack 1 <020405b4>",
        "{listening}+0 < S 0:0(0) win 1000 <020403e8>\n+0 > S. 0:0(0) ack 1 <020405b5>",
        "fail: options: expected <020405b5>, seen <mss 1460>",
    )
    .under(BSD),
    Row::new(
        "the counters of AccECN are injected and compared",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,ECN e0b 1 ceb 2 e1b 3,nop>\n+0 > S. 0:0(0) ack 1 <mss 1460>",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,ECN e0b 1 ceb 2 e1b 3,nop>\n+0 > S. 0:0(0) ack 1 <mss 1460,ECN e0b 1 ceb 2 e1b 3,nop>",
        "fail: options: expected <mss 1460,ECN e0b 1 ceb 2 e1b 3,nop>, seen <mss 1460>",
    ),
    Row::new(
        "FO: a cookie, asked for and given",
        cookie!("FO,nop,nop", "FO 6d239c6d1b1d2410,nop,nop"),
        cookie!("FO,nop,nop", "FOEXP 6d239c6d1b1d2410"),
        "fail: options: expected <mss 1460,FOEXP 6d239c6d1b1d2410>, seen <mss 1460,FO 6d239c6d1b1d2410,nop,nop>",
    ),
    Row::new(
        "FOEXP: a cookie of the experimental kind",
        cookie!("FOEXP", "FOEXP 6d239c6d1b1d2410"),
        cookie!("FOEXP", "FOEXP 6d239c6d1b1d2411"),
        "fail: options: expected <mss 1460,FOEXP 6d239c6d1b1d2411>, seen <mss 1460,FOEXP 6d239c6d1b1d2410>",
    ),
    Row::new(
        "exp-X and exp-tarr: experiments by number",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,exp-ab12,exp-tarr 5,nop,nop,nop>\n+0 > S. 0:0(0) ack 1 <mss 1460>",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,exp-tarr>\n+0 > S. 0:0(0) ack 1 <mss 1460,exp-tarr>",
        "fail: options: expected <mss 1460,exp-tarr>, seen <mss 1460>",
    )
    .under(BSD),
    Row::new(
        "the order of SACK blocks counts",
        concat!(sacks!(), "31:41 11:21>"),
        concat!(sacks!(), "11:21 31:41>"),
        "fail: options: expected <nop,nop,sack 11:21 31:41>, seen <nop,nop,sack 31:41 11:21>",
    ),
    Row::new(
        "<...> is any kind of option, known or not",
        "{established}+0 write(4, ..., 44) = 44\n+0 > P. 1:45(44) ack 1 <...>",
        "{established}+0 write(4, ..., 44) = 44\n+0 > P. 1:45(44) ack 1",
        "fail: options: expected none, seen <gen-77 0000>",
    )
    .under(SPOILING),
    Row::new(
        "md5 valid needs its secret",
        "--tcp_md5_secret=secret\n{listening}+0 < S 0:0(0) win 1000 <mss 1000,md5 valid,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,md5 valid,nop,nop>\n+0 > S. 0:0(0) ack 1 <...>",
        "error: this packet cannot be sent: `md5 valid` needs --tcp_md5_secret",
    )
    .under(BSD),
    Row::new(
        "TCP_MD5SIG, and md5 valid on what leaves",
        "--tcp_md5_secret=secret\n{listening}+0 setsockopt(3, IPPROTO_TCP, TCP_MD5SIG, [1], 4) = 0
+0 < S 0:0(0) win 65535 <mss 1000,md5 valid,nop,nop>\n+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,md5 valid>
+0 < . 1:1(0) ack 1 win 65535 <md5 valid,nop,nop>\n+0 accept(3, ..., ...) = 4\n+0 write(4, ..., 2000) = 2000
+0 > . 1:981(980) ack 1 <nop,nop,md5 valid>\n+0 > . 981:1961(980) ack 1 <nop,nop,md5 valid>",
        "--tcp_md5_secret=secret\n{listening}+0 < S 0:0(0) win 65535 <mss 1000,md5 valid,nop,nop>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,md5 valid>",
        "fail: options: ",
    )
    .under(BSD),
    Row::new(
        "TCP_MD5SIG: without the digest nothing is heard",
        "--tcp_md5_secret=secret\n{listening}+0 setsockopt(3, IPPROTO_TCP, TCP_MD5SIG, [1], 4) = 0
+0 < S 0:0(0) win 65535 <mss 1000>\n+0 < S 0:0(0) win 65535 <mss 1000,md5 00112233445566778899aabbccddeeff,nop,nop>
+0 >! .2\n+0 < S 0:0(0) win 65535 <mss 1000,md5 valid,nop,nop>\n+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,md5 valid>",
        "--tcp_md5_secret=secret\n{listening}+0 setsockopt(3, IPPROTO_TCP, TCP_MD5SIG, [1], 4) = 0
+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,md5 valid>",
        "fail: ",
    )
    .under(BSD),
    Row::new(
        "[code c, pen p]: the cause of a RST",
        "{established}+0 < R. 1:9(8) ack 1 win 0 [code 5, pen 0]\n+0 >! .1",
        "{established}+0 < . 5000:5000(0) ack 9000 win 0\n+0 > R. 1:9(8) ack 1 [code 5, pen 0]",
        "fail: length: expected 8, seen 0",
    )
    .under(BSD),
];

/// Timestamps by the script's own names.
const STAMPS: &[Row] = &[
    Row::new(
        "a value is what the script calls it",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 777 ecr 1>\n+0 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 10 ecr 777>\n+0 accept(3, ..., ...) = 4",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 777 ecr 1>\n+0 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 10 ecr 778>",
        "fail: the echoed timestamp 778 is no value of an outbound packet before",
    ),
    Row::new(
        "--tcp_ts_ecr_scaled infers an echo",
        "--tcp_ts_ecr_scaled\n{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 777 ecr 1>\n+0 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 10 ecr 776>\n+0 accept(3, ..., ...) = 4",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 777 ecr 1>\n+0 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 10 ecr 776>",
        "fail: the echoed timestamp 776",
    ),
    Row::new(
        "--tcp_ts_tick_usecs judges values",
        "--tcp_ts_tick_usecs=1000\n{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 9>\n+1 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1100 ecr 9>",
        "--tcp_ts_tick_usecs=1000\n{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 9>\n+1 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 900 ecr 9>",
        "fail: the timestamp value is off by 200 ticks",
    ),
    Row::new(
        "ecr n! stands as it is",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val ... ecr 1>\n+0 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 10 ecr 0!>\n+0 accept(3, ..., ...) = 4",
        "{listening}+0 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 9 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val ... ecr 1>\n+0 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 10 ecr 0>",
        "fail: the echoed timestamp 0",
    )
    .under(BSD),
];

#[test]
fn options() {
    check(OPTIONS);
}

#[test]
fn timestamps() {
    check(STAMPS);
}
