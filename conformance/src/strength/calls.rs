//! Breakages of what the user is told.
use bytes::Bytes;

use super::Breakage;
use crate::constants::Errno;
use crate::target::broken::Fault;
use crate::target::{Call, End, Message, Output, Value};

/// Urgent data may be read: the same number everywhere.
const POLLPRI: i16 = 2;

pub(super) const ROWS: &[Breakage] = &[
    Breakage {
        name: "delivers text that was not to be delivered",
        violates: &[
            "RFC9293:3.10.7.1-closed-data-dropped",
            "RFC9293:3.10.7.4-seq-unacceptable-established",
            "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-1",
            "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-2",
            "RFC9293:3.10.7.4-overlap-reassembly",
            "RFC9293:3.10.7.4-ack-off-synchronized",
            "RFC9293:3.10.7.4-ack-established-too-high",
            "RFC9293:3.10.7.4-ack-too-high-fin-wait-2",
            "RFC9293:3.8.4-answers-keepalive",
            "RFC9293:3.5-data-on-syn-held",
            "RFC5961:5.2-ack-range-low",
            "RFC7323:5.3-paws-r1",
            "RFC7323:3.2-missing-ts-dropped",
            "RFC1122:4.1.3.3-icmp-to-application",
            "RFC6633:5-udp-ignores",
        ],
        fault: Fault::Returning(|call, end| match (call, &end) {
            (Call::Receive { .. }, End::Failed(errno)) if errno.name() == "EAGAIN" => received(10),
            _ => end,
        }),
    },
    Breakage {
        name: "loses the last octet that it delivers",
        violates: &[
            "RFC9293:3.10.7.4-text-established",
            "RFC9293:3.10.3-receive-close-wait",
            "RFC9293:3.10.3-receive-open-states",
            "RFC9293:3.9.1.3-push-returns-partial",
            "RFC9293:3.10.7.3-syn-sent-synack-data",
            "RFC9293:3.1-data-offset-locates-data",
            "RFC768:fields-length",
            "RFC768:interface-addresses",
            "RFC1122:4.1.3.5-choose-source",
        ],
        fault: Fault::Returning(|call, end| match (call, &end) {
            (Call::Receive { .. }, End::Returned { value, .. }) if *value > 1 => {
                received(usize::try_from(*value).unwrap_or(1).saturating_sub(1))
            }
            _ => end,
        }),
    },
    Breakage {
        name: "tells its user nothing of resets, refusals and timeouts",
        violates: &[
            "RFC9293:MUST-20b",
            "RFC9293:MUST-12b",
            "RFC9293:MUST-11",
            "RFC9293:MUST-21",
            "RFC9293:SHLD-26",
            "RFC9293:3.5-fig9-established-meets-reboot",
            "RFC9293:3.5-fig10-half-open-data",
            "RFC9293:3.10.7.3-syn-sent-rst-acceptable-ack",
            "RFC9293:3.10.7.4-rst-syn-received-active",
            "RFC9293:3.10.7.4-rst-established",
            "RFC9293:3.10.7.4-rst-fin-wait-1",
            "RFC9293:3.10.7.4-rst-fin-wait-2",
            "RFC9293:3.10.8-user-timeout",
            "RFC1122:4.1.3.3-icmp-to-application",
        ],
        fault: Fault::Returning(|call, end| match (call, &end) {
            (Call::Receive { .. }, End::Failed(errno))
                if ["ECONNRESET", "ECONNREFUSED", "ETIMEDOUT"].contains(&errno.name()) =>
            {
                received(0)
            }
            (Call::Send { data, .. }, End::Failed(_)) => returned(data.len()),
            (Call::GetOption { .. }, End::Returned { .. }) => {
                End::Returned { value: 0, output: Output::Option(Value::Int(0)) }
            }
            _ => end,
        }),
    },
    Breakage {
        name: "does not tell its user that the stream has ended",
        violates: &[
            "RFC9293:MUST-12a",
            "RFC9293:3.6-remote-close-signalled",
            "RFC9293:3.10.3-receive-close-wait",
            "RFC9293:3.10.3-receive-closing-states",
            "RFC9293:3.10.7.4-fin-with-data",
            "RFC768:fields-empty-datagram",
        ],
        fault: Fault::Returning(|call, end| match (call, &end) {
            (Call::Receive { .. }, End::Returned { value: 0, .. }) => {
                Errno::named("EAGAIN").map_or(end, End::Failed)
            }
            _ => end,
        }),
    },
    Breakage {
        name: "lets its user call anything at any time",
        violates: &[
            "RFC9293:3.10.1-open-other-states",
            "RFC9293:3.10.2-send-closed",
            "RFC9293:3.10.2-send-listen",
            "RFC9293:3.10.2-send-after-close",
            "RFC9293:3.10.3-receive-closed",
            "RFC9293:3.10.4-close-closed",
        ],
        fault: Fault::Returning(|call, end| match (call, &end) {
            (Call::Send { data, .. }, End::Failed(_)) => returned(data.len()),
            (Call::Receive { .. }, End::Failed(errno)) if errno.name() == "ENOTCONN" => received(0),
            (Call::Connect { .. } | Call::Shutdown { .. }, End::Failed(errno))
                if errno.name() != "EINPROGRESS" =>
            {
                returned(0)
            }
            _ => end,
        }),
    },
    Breakage {
        name: "tells of urgent data that is not there",
        violates: &["RFC9293:3.1-urgent-field-needs-urg", "RFC9293:3.10.7.4-urg-after-fin"],
        fault: Fault::Returning(|call, end| match (call, end) {
            (Call::Poll { watched, .. }, End::Returned { .. }) => {
                let urgent = watched.iter().map(|polled| polled.events & POLLPRI).collect();
                returned_with(watched.len(), Output::Polled(urgent))
            }
            (_, end) => end,
        }),
    },
];

fn returned(value: usize) -> End {
    returned_with(value, Output::Nothing)
}

fn returned_with(value: usize, output: Output) -> End {
    End::Returned { value: i32::try_from(value).unwrap_or(i32::MAX), output }
}

fn received(octets: usize) -> End {
    let data = Bytes::from(vec![0; octets]);
    let value = i32::try_from(octets).unwrap_or(i32::MAX);
    End::Returned { value, output: Output::Received(Message { data, ..Message::default() }) }
}
