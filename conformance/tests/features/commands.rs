//! Commands and embedded code: what is understood without a shell, and what is not.
use super::{BSD, GOOGLE, How, Row, check};
use stackdrill::Profile;

const LINUX: How = How { profile: Profile::Linux, ..GOOGLE };
const FREEBSD: How = How { profile: Profile::FreeBsd, ..BSD };

macro_rules! syn {
    ($command:literal, $options:literal) => {
        concat!(
            "`",
            $command,
            "`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
            "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n",
            "+0 > S 0:0(0) <",
            $options,
            ">\n"
        )
    };
}

macro_rules! initrwnd {
    () => {
        concat!(
            "`sysctl -q net.ipv4.tcp_rmem='4096 131072 6291456'`\n0 `ip route change 192.0.2.0/24 via 192.168.0.1 dev tun0 initrwnd 14`\n",
            "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
            "+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n+0 > S 0:0(0) "
        )
    };
}

/// A server that takes text with a SYN whose cookie is good.
macro_rules! early {
    ($assertion:literal) => {
        concat!(
            "`sysctl -q net.ipv4.tcp_fastopen=2 net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4`\n",
            "{listening}+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN, [1], 4) = 0\n",
            "+0 < S 0:10(10) win 65535 <mss 1000,FO TFO_COOKIE,nop,nop>\n+0 > S. 0:0(0) ack 11 <...>\n",
            "+0 accept(3, ..., ...) = 4\n+0 %{ assert ",
            $assertion,
            " }%"
        )
    };
}

const SETTINGS: &[Row] = &[
    Row::new(
        "an init command with sysctls",
        syn!("sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0", "mss 1460,nop,wscale 0"),
        syn!("sysctl -q net.ipv4.tcp_timestamps=0", "mss 1460,nop,wscale 0"),
        "fail: options: expected <mss 1460,nop,wscale 0>",
    ),
    Row::new(
        "a timed command with sysctls",
        "0 `sysctl -w net.ipv4.tcp_timestamps=0`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
        "0 `sysctl -w net.ipv4.tcp_teapot=0`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
        "unsupported: sysctl net.ipv4.tcp_teapot",
    ),
    Row::new(
        "statements joined by ;, &&, ||, newlines and continuations",
        syn!(
            "sysctl -q net.ipv4.tcp_timestamps=0 >/dev/null 2>&1 && \\\n sysctl -q net.ipv4.tcp_sack=0 || false\ntrue; :",
            "mss 1460,nop,wscale 0"
        ),
        syn!("true || sysctl -q net.ipv4.tcp_timestamps=0; false", "mss 1460"),
        "fail: the command `true || sysctl -q net.ipv4.tcp_timestamps=0; false` ended with status 1",
    ),
    Row::new(
        "pairs of /proc/sys/net and values",
        syn!(
            "./set_them.py /proc/sys/net/ipv4/tcp_timestamps=0 /proc/sys/net/ipv4/tcp_sack=0",
            "mss 1460,nop,wscale 0"
        ),
        syn!("./set_them.py /proc/sys/kernel/panic=1", "mss 1460"),
        "unsupported: sysctl kernel.panic",
    ),
    Row::new(
        "the helper's clean-up restores nothing, for every target is fresh",
        "`true`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`/tmp/restore_${PPID}.sh`\n",
        "`true`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`/tmp/restore_it`\n",
        "unsupported: the command `/tmp/restore_it`",
    ),
    Row::new(
        "arithmetic and variables",
        syn!(
            "ON=1; sysctl -q net.ipv4.tcp_timestamps=$((ON - 1)) net.ipv4.tcp_sack=$((5*0))",
            "mss 1460,nop,wscale 0"
        ),
        syn!("sysctl -q net.ipv4.tcp_sack=$HOME", "mss 1460"),
        "unsupported: the variable $HOME",
    ),
    Row::new(
        "a shell file is the host's",
        syn!("echo ./defaults.sh", "mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 0"),
        syn!("./defaults.sh", "mss 1460"),
        "unsupported: the shell file `./defaults.sh` without --allow-shell",
    ),
    Row::new(
        "what a shell would do beyond that has a name",
        syn!("sysctl -q net.ipv4.tcp_timestamps=0 \"net.ipv4.tcp_sack=0\"", "mss 1460,nop,wscale 0"),
        syn!("if true; then sysctl -q net.ipv4.tcp_sack=0; fi", "mss 1460"),
        "unsupported: the shell's `if`",
    ),
    Row::new(
        "nothing else runs",
        syn!("sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0", "mss 1460,nop,wscale 0"),
        syn!("rm -rf /", "mss 1460"),
        "unsupported: the command `rm`",
    ),
];

const OTHERS: &[Row] = &[
    Row::new(
        "commands without effect on a virtual target",
        "0 `tc qdisc replace dev tun0 root pfifo; ethtool -K tun0 tso off gso off; ip tcp_metrics flush all; setkey -F; nstat -n`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
        "0 `tc qdisc add dev tun0 root netem delay 1ms`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
        "unsupported: `tc qdisc add dev tun0 root netem delay 1ms`",
    ),
    Row::new(
        "sleep is a wait",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 `sleep 1`\n+0 > P. 1:11(10) ack 1",
        "{established}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0 `sleep .5`\n+0 > P. 1:11(10) ack 1",
        "fail: the packet was due at 0.500000 s but happened at 1.000000 s",
    ),
    Row::new(
        "sysctl net.ipv4.tcp_dsack: whether the peer hears what came twice",
        "0 `sysctl -q net.ipv4.tcp_dsack=0`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>\n+0 > S. 0:0(0) ack 1 <...>\n+.1 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n+0 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001\n+.1 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001\n0.2 `sysctl -q net.ipv4.tcp_dsack=1`\n+0 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001 <nop,nop,sack 1:1001>",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>\n+0 > S. 0:0(0) ack 1 <...>\n+.1 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n+0 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001\n+.1 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001",
        "fail: options: expected",
    )
    .under(LINUX),
    Row::new(
        "ip route change … mtu",
        "0 `ip route change 192.0.2.0/24 via 192.168.0.1 dev tun0 mtu 1000`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n+0 > S 0:0(0) <mss 960,sackOK,TS val 0 ecr 0,nop,wscale 0>",
        "0 `ip route change 192.0.2.0/24 via 192.168.0.1 dev tun0 hoplimit 3`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n",
        "unsupported: `ip route change 192.0.2.0/24 via 192.168.0.1 dev tun0 hoplimit 3`",
    ),
    Row::new(
        "sysctl net.inet.tcp.ecn.enable: whether ECN is asked for",
        "0 `sysctl -w net.inet.tcp.ecn.enable=1`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n+0 > SEW 0:0(0) <...>",
        "0 `sysctl -w net.inet.tcp.ecn.enable=2`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n+0 > SEW 0:0(0) <...>",
        "fail: flags: expected SEW, seen S",
    )
    .under(FREEBSD),
    Row::new(
        "ip route change … advmss: what is announced, not what is sent",
        "0 `ip route change 192.0.2.0/24 via 192.168.0.1 dev tun0 advmss 700`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n+0 > S 0:0(0) <mss 700,sackOK,TS val 0 ecr 0,nop,wscale 0>\n+0 < S. 0:0(0) ack 1 win 65535 <mss 1400>\n+0 > . 1:1(0) ack 1\n+0 %{ assert tcpi_advmss == 700 }%\n+0 send(3, ..., 1400, 0) = 1400\n+0 > P. 1:1401(1400) ack 1",
        "0 `ip route change 192.0.2.0/24 via 192.168.0.1 dev tun0 advmss 700`\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS (under way)\n+0 > S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 0>",
        "fail: options: expected <mss 1460,",
    ),
    Row::new(
        "ip route change … initrwnd: the window of a SYN, in segments; later ones grow with what comes",
        concat!(initrwnd!(), "win 20440 <...>\n+0 < S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>\n+0 > . 1:1(0) ack 1 win 160
+0 < . 1:1001(1000) ack 1 win 512\n+0 > . 1:1(0) ack 1001 win 183\n+0 < . 1001:1101(100) ack 1 win 512\n+0 > . 1:1(0) ack 1101 win 183"),
        concat!(initrwnd!(), "win 64240 <...>"),
        "fail: window: expected 64240, seen 20440",
    )
    .under(LINUX),
    Row::new(
        "sockets are counted by state and process",
        "{established}+0 `sockstat -P tcp -s | grep packetdril | grep -c ESTABLISHED | grep 1`\n",
        "{established}+0 `sockstat -P tcp -s | grep packetdril | grep -c TIME_WAIT | grep 1`\n",
        "fail: the command `sockstat -P tcp -s | grep packetdril | grep -c TIME_WAIT | grep 1` ended with status 1",
    )
    .under(FREEBSD),
    Row::new(
        "tcpdrop",
        "{established}+0 `tcpdrop -s ESTABLISHED`\n+0 > R. 1:1(0) ack 1\n+0 `ss -t | grep -c ESTAB | grep 0`\n",
        "{established}+0 `tcpdrop -s TIME_WAIT`\n",
        "fail: the command `tcpdrop -s TIME_WAIT` ended with status 1",
    )
    .under(FREEBSD),
    Row::new(
        "the clean-up needs an init command",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`unknown`\n",
        "`true`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`unknown`\n",
        "unsupported: the command `unknown`",
    ),
    Row::new(
        "the clean-up needs no init command",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`true`\n",
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`unknown`\n",
        "unsupported: the command `unknown`",
    )
    .under(BSD),
    Row::new(
        "options that run something",
        "--code_format=python\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
        "--init_scripts=true\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
        "unsupported: --init_scripts without --allow-shell",
    ),
];

const CODE: &[Row] = &[
    Row::new(
        "variables of the socket under test",
        "{established}+0 %{ assert tcpi_state == TCP_ESTABLISHED }%",
        "{established}+0 %{ assert tcpi_state == TCP_CLOSE_WAIT }%",
        "fail: assertion failed: tcpi_state == TCP_CLOSE_WAIT (tcpi_state = 1, TCP_CLOSE_WAIT = 8)",
    ),
    Row::new(
        "FreeBSD's states and numbers",
        "{established}+0 %{ assert tcpi_state == TCPI_ESTABLISHED and tcpi_state == 4 }%",
        "{established}+0 %{ assert tcpi_state == 1 }%",
        "fail: assertion failed: tcpi_state == 1 (tcpi_state = 4)",
    )
    .under(FREEBSD),
    Row::new(
        "TCPI_OPT_SYN_DATA and TCPI_OPT_TFO_CHILD: text on a SYN was taken",
        early!("(tcpi_options & TCPI_OPT_SYN_DATA) != 0 and (tcpi_options & TCPI_OPT_TFO_CHILD) != 0"),
        early!("(tcpi_options & TCPI_OPT_SYN_DATA) == 0"),
        "fail: assertion failed: (tcpi_options & TCPI_OPT_SYN_DATA) == 0",
    )
    .under(How { defines: &[("TFO_COOKIE", "3021b9d889017eeb")], ..LINUX }),
    Row::new(
        "TCPI_OPT_ECN: both ends agreed on it",
        "`sysctl -q net.ipv4.tcp_ecn=1`\n{listening}+0 < SEW 0:0(0) win 65535 <mss 1000>\n+0 > SE. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n+0 %{ assert tcpi_options & TCPI_OPT_ECN }%",
        "`sysctl -q net.ipv4.tcp_ecn=1`\n{established}+0 %{ assert tcpi_options & TCPI_OPT_ECN }%",
        "fail: assertion failed: tcpi_options & TCPI_OPT_ECN",
    ),
    Row::new(
        "one namespace for the whole script",
        "{established}+0 %{ x = tcpi_unacked }%\n+0 write(4, ..., 10) = 10\n+0 %{ x += tcpi_unacked\nassert x == 1 }%",
        "{established}+0 %{ x = tcpi_unacked }%\n+0 write(4, ..., 10) = 10\n+0 %{ assert y == 1 }%",
        "fail: name 'y' is not defined",
    ),
    Row::new(
        "code runs after the last event",
        "{established}+0 %{ x = 1 }%\n+0 close(4) = 0\n+0 > F. 1:1(0) ack 1",
        "{established}+0 %{ assert False }%\n+0 close(4) = 1",
        "fail: close returned 0, not 1",
    ),
    Row::new(
        "a variable that is not shown is 0",
        "{established}+0 %{ assert tcpi_delivery_rate == 0 }%",
        "{established}+0 %{ assert tcpi_delivery_rate == 1 }%",
        "unsupported: tcpi_delivery_rate",
    ),
    Row::new(
        "what is more than the subset is named",
        "{established}+0 %{ assert min(3, int('4'), abs(-5)) == 3 and f'{3:02d}' == '%02d' % 3 }%",
        "{established}+0 %{ import os }%",
        "unsupported: `import`",
    ),
    Row::new(
        "code needs a socket that is open",
        "{established}+0 %{ assert tcpi_state }%",
        "0 < S 0:0(0) win 1000\n+0 %{ assert True }%",
        "error: there is no open socket whose variables these assertions could see",
    ),
    Row::new(
        "and one that is closed shows none",
        "{established}+0 %{ assert tcpi_state }%\n+0 close(4) = 0",
        "{established}+0 close(4) = 0\n+0 %{ assert tcpi_state }%",
        "error: there is no open socket whose variables these assertions could see",
    ),
    Row::new(
        "_file and _line say where it stands",
        "{established}+0 %{ assert _line == 8 and _file == '' }%",
        "{established}+0 %{ assert _line == 9 }%",
        "fail: assertion failed: _line == 9 (_line = 8)",
    ),
];

#[test]
fn settings() {
    check(SETTINGS);
}

#[test]
fn other_commands() {
    check(OTHERS);
}

#[test]
fn code() {
    check(CODE);
}
