use super::*;

fn closed(file: &str) -> Result<String, Unsupported> {
    Err(Unsupported(format!("no file {file}")))
}

/// The settings of a command, one after the other.
fn settings(command: &str) -> Result<Vec<(String, String)>, String> {
    fn of(steps: Vec<Step>, found: &mut Vec<(String, String)>) {
        for step in steps {
            match step.action {
                Action::Set(settings) => found.extend(settings.into_iter().map(|set| (set.name, set.value))),
                Action::File(steps) => of(steps, found),
                _ => {}
            }
        }
    }
    let read = |file: &str| match file {
        "./defaults.sh" => Ok("#!/bin/sh\nsysctl -q net.ipv4.tcp_ecn=$((1 + 1))\n. ./more.sh\n".to_owned()),
        "./more.sh" => {
            Ok("ip tcp_metrics flush all >/dev/null 2>&1\ntc qdisc replace dev tun0 root fq\n".into())
        }
        "./loop.sh" => Ok("./loop.sh".to_owned()),
        file => closed(file),
    };
    let mut found = Vec::new();
    of(parse(command, &read).map_err(|missing| missing.0)?, &mut found);
    Ok(found)
}

#[test]
fn sysctls_are_settings() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (command, expected) in [
        ("sysctl -q net.ipv4.tcp_sack=0", vec![pair("net.ipv4.tcp_sack", "0")]),
        (
            "sysctl -q net.ipv4.tcp_rmem=\"4096 131072 6291456\" net.ipv4.tcp_ecn=1",
            vec![pair("net.ipv4.tcp_rmem", "4096 131072 6291456"), pair("net.ipv4.tcp_ecn", "1")],
        ),
        (
            "sysctl -w net.inet.tcp.sack.enable=0 >/dev/null 2>&1; sysctl -w net.inet.tcp.ecn.enable=1",
            vec![pair("net.inet.tcp.sack.enable", "0"), pair("net.inet.tcp.ecn.enable", "1")],
        ),
        ("sysctl -q \\\n net.ipv4.tcp_ecn=1 # why\n", vec![pair("net.ipv4.tcp_ecn", "1")]),
        (
            "./defaults.sh && sysctl -n net.ipv4.tcp_ecn=0",
            vec![pair("net.ipv4.tcp_ecn", "2"), pair("net.ipv4.tcp_ecn", "0")],
        ),
        (
            "../tools/set.py /proc/sys/net/ipv4/tcp_sack=0 /proc/sys/net/ipv4/tcp_wmem='1 2 3'",
            vec![pair("net.ipv4.tcp_sack", "0"), pair("net.ipv4.tcp_wmem", "1 2 3")],
        ),
        ("echo 2 > /proc/sys/net/ipv4/tcp_ecn", vec![pair("net.ipv4.tcp_ecn", "2")]),
        ("/tmp/restore_${PPID}.sh", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(settings(command), Ok(expected), "{command}");
    }
}

#[test]
fn everything_else_is_named_and_refused() {
    for (command, missing) in [
        ("rm -rf /", "the command `rm`"),
        ("sysctl -q net.ipv4.tcp_sack=0; reboot", "the command `reboot`"),
        ("sysctl -w net.ipv4.tcp_ecn=$(id)", "a command in a command"),
        ("sysctl -w kernel.panic=1", "sysctl kernel.panic"),
        ("sysctl -w net.ipv4...panic=1", "sysctl net.ipv4...panic"),
        ("sysctl -w net/ipv4/../../kernel/panic=1", "sysctl net.ipv4.......kernel.panic"),
        ("./set.py /proc/sys/kernel/panic=1", "sysctl kernel.panic"),
        ("echo 1 > /proc/sys/kernel/panic", "sysctl kernel.panic"),
        ("echo 1 > /etc/passwd", "writing to /etc/passwd"),
        ("sysctl net.ipv4.tcp_sack", "sysctl without a value: net.ipv4.tcp_sack"),
        ("sysctl -p /etc/sysctl.conf", "sysctl -p"),
        ("./other.sh", "no file ./other.sh"),
        ("./loop.sh", "shell files that name one another more than 8 deep"),
        ("./tool --run", "the command `./tool`"),
        ("tc qdisc add dev tun0 root netem delay 10ms", "`tc qdisc add dev tun0 root netem delay 10ms`"),
        ("ip link del tun0", "`ip link del tun0`"),
        (
            "ip route change 192.0.2.0/24 dev tun0 hoplimit 3",
            "`ip route change 192.0.2.0/24 dev tun0 hoplimit 3`",
        ),
        ("cat x | grep y", "`cat` before a pipe"),
        ("ss -K", "`ss -K`"),
        ("sockstat | awk x", "`awk x` behind a pipe"),
        ("sleep forever", "the command `sleep`"),
    ] {
        assert_eq!(settings(command), Err(missing.to_owned()), "{command}");
    }
}

#[test]
fn other_commands_are_steps() {
    let all = |word: &str| Filter::parse(&["grep".to_owned(), word.to_owned()]).expect("it is understood");
    let count =
        |word: &str| Filter::parse(&["grep", "-c", word].map(str::to_owned)).expect("it is understood");
    for (command, action) in [
        ("sleep .25", Action::Wait(Duration::from_millis(250))),
        ("sleep 1.5", Action::Wait(Duration::from_millis(1500))),
        ("true", Action::Succeed),
        ("false", Action::Fail),
        ("nstat -n", Action::Succeed),
        ("setkey -F", Action::Succeed),
        ("ethtool -K tun0 tso off gso off", Action::Succeed),
        ("tc qdisc replace dev tun0 root pfifo", Action::Succeed),
        ("tcpdrop -s TIME_WAIT", Action::Drop(Dropped::State("TIME_WAIT".into()))),
        (
            "ip route change 192.0.2.0/24 via 192.168.0.1 dev tun0 initcwnd 3 mtu lock 1400 quickack 1",
            Action::Route(Route {
                initial_window: Some(3),
                mtu: Some(1400),
                quick_ack: Some(true),
                ..Route::default()
            }),
        ),
        (
            "sockstat -P tcp -s | grep packetdril | grep -c TIME_WAIT | grep 1",
            Action::Count(Tool::Sockstat, vec![all("packetdril"), count("TIME_WAIT"), all("1")]),
        ),
    ] {
        let steps = parse(command, &closed).expect("it is understood");
        let expected = Step { connector: Connector::Always, negated: false, action };
        assert_eq!(steps, [expected], "{command}");
    }
}
