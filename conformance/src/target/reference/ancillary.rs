//! What the reference tells and is told beside the data, as control messages of a system.
use stackdrill_stack::socket::{Ancillary, MessageOptions, Notice};

use super::calls::failed;
use super::info;
use crate::constants::Abi;
use crate::target::{Control, ControlData, End, ExtendedError, Statistic, Unsupported};

/// What the control messages of `sendmsg` ask; a number that cannot be is `EINVAL`.
pub(super) fn asked(messages: &[Control], abi: Abi) -> Result<MessageOptions, End> {
    let mut asked = MessageOptions::NONE;
    for message in messages {
        let is = |level, kind| {
            abi.number(level) == Some(message.level.into()) && abi.number(kind) == Some(message.kind.into())
        };
        let ControlData::Number { value, .. } = message.data else { return Err(failed("EINVAL")) };
        let octet = |least: u8| match u8::try_from(value) {
            Ok(octet) if octet >= least => Ok(Some(octet)),
            Ok(_) | Err(_) => Err(failed("EINVAL")),
        };
        // -1 leaves it to the socket.
        let octet_or_none = || if value == -1 { Ok(None) } else { octet(0) };
        match () {
            () if is("IPPROTO_IP", "IP_TOS") => asked.type_of_service = octet(0)?,
            () if is("IPPROTO_IP", "IP_TTL") => asked.time_to_live = octet(1)?,
            () if is("IPPROTO_IPV6", "IPV6_TCLASS") => asked.traffic_class = octet_or_none()?,
            () if is("IPPROTO_IPV6", "IPV6_HOPLIMIT") => asked.hop_limit = octet_or_none()?,
            () if is("SOL_SOCKET", "SO_TIMESTAMPING") => {
                asked.stamping = Some(i32::try_from(value).map_err(|_| failed("EINVAL"))?);
            }
            () => {
                let what = format!("a control message of level {} and type {}", message.level, message.kind);
                return Err(End::Unsupported(Unsupported(what)));
            }
        }
    }
    Ok(asked)
}

/// One control message.
pub(super) fn control(told: Ancillary, abi: Abi) -> Control {
    let number = |value: i64, width| ControlData::Number { value, width };
    let (level, kind, data) = match told {
        Ancillary::TypeOfService(octet) => ("IPPROTO_IP", "IP_TOS", number(octet.into(), 1)),
        Ancillary::TimeToLive(octet) => ("IPPROTO_IP", "IP_TTL", number(octet.into(), 4)),
        Ancillary::Options(octets) => ("IPPROTO_IP", "IP_RECVOPTS", ControlData::Octets(octets)),
        Ancillary::TrafficClass(octet) => ("IPPROTO_IPV6", "IPV6_TCLASS", number(octet.into(), 4)),
        Ancillary::HopLimit(octet) => ("IPPROTO_IPV6", "IPV6_HOPLIMIT", number(octet.into(), 4)),
        Ancillary::Left(octets) => ("IPPROTO_TCP", "TCP_CM_INQ", number(octets.into(), 4)),
        Ancillary::Stamp(at) => ("SOL_SOCKET", "SCM_TIMESTAMPING", ControlData::Stamp(at)),
        Ancillary::Statistics(info) => {
            ("SOL_SOCKET", "SCM_TIMESTAMPING_OPT_STATS", ControlData::Statistics(statistics(&info, abi)))
        }
        Ancillary::Error(notice) => ("IPPROTO_IP", "IP_RECVERR", error(&notice, 16, abi)),
        Ancillary::Error6(notice) => ("IPPROTO_IPV6", "IPV6_RECVERR", error(&notice, 28, abi)),
    };
    let of = |name| abi.number(name).and_then(|number| i32::try_from(number).ok()).unwrap_or_default();
    Control { level: of(level), kind: of(kind), data }
}

/// `struct sock_extended_err` and the address behind it.
fn error(notice: &Notice, address: usize, abi: Abi) -> ControlData {
    let errno = notice.errno.and_then(|errno| abi.number(errno.name())).unwrap_or(0);
    let error = ExtendedError {
        errno,
        origin: notice.origin as i64,
        kind: notice.kind.into(),
        code: notice.code.into(),
        info: notice.info.into(),
        data: notice.data.into(),
    };
    ControlData::Error { error, address }
}

/// The attributes of `SCM_TIMESTAMPING_OPT_STATS`, in the order in which Linux lists them, and the variables they show.
const ATTRIBUTES: &[(i64, &str)] = &[
    (1, "tcpi_busy_time"),
    (2, "tcpi_rwnd_limited"),
    (3, "tcpi_sndbuf_limited"),
    (4, "tcpi_data_segs_out"),
    (5, "tcpi_total_retrans"),
    (6, "tcpi_pacing_rate"),
    (7, "tcpi_delivery_rate"),
    (8, "tcpi_snd_cwnd"),
    (9, "tcpi_reordering"),
    (10, "tcpi_min_rtt"),
    (11, "tcpi_retransmits"),
    (12, "tcpi_delivery_rate_app_limited"),
    (15, "tcpi_snd_ssthresh"),
    (16, "tcpi_delivered"),
    (17, "tcpi_delivered_ce"),
    (13, "SK_MEMINFO_WMEM_QUEUED"),
    (14, "tcpi_ca_state"),
    (18, "tcpi_bytes_sent"),
    (19, "tcpi_bytes_retrans"),
    (20, "tcpi_dsack_dups"),
    (21, "tcpi_reord_seen"),
    (22, "tcpi_rtt"),
];

fn statistics(info: &stackdrill_stack::host::Info, abi: Abi) -> Vec<Statistic> {
    let queued = info.status.as_ref().map_or(0, |status| status.queued);
    let memory = stackdrill_stack::host::Memory { queued, ..Default::default() };
    let variables = info::variables(info, memory, abi, stackdrill_wire::Instant::ZERO);
    let of = |name: &str| variables.iter().find(|(other, _)| *other == name).map_or(0, |&(_, value)| value);
    ATTRIBUTES
        .iter()
        .map(|&(kind, name)| Statistic { kind, value: of(name), width: Statistic::width_of(kind) })
        .collect()
}
