//! Which requirements bind a target: all of them, but for those that bind only stacks which have a feature.
use crate::requirement::{Applies, Requirement};
use crate::suite::Entry;
use crate::target::Capability;

/// What `offered` lacks of what a requirement is about; `None` if it binds.
///
/// Only entries of the catalogue that apply *if implemented* can be spared. What such an entry is about is told by its
/// RFC or its area, and where these do not say, by what all the scripts that prove it need.
pub(super) fn lacking<'e>(
    requirement: &Requirement,
    proofs: impl Iterator<Item = &'e Entry>,
    offered: &[Capability],
) -> Option<Capability> {
    if requirement.applies != Applies::IfImplemented {
        return None;
    }
    let missing = |needs: &[Capability]| needs.iter().copied().find(|need| !offered.contains(need));
    if let Some(feature) = feature(requirement.rfc, &requirement.area) {
        return missing(&[feature]);
    }
    let each: Vec<Option<Capability>> = proofs.map(|entry| missing(&entry.needs)).collect();
    each.iter().copied().collect::<Option<Vec<_>>>()?.first().copied()
}

/// The feature that an RFC, or an area of several, is about.
fn feature(rfc: u16, area: &str) -> Option<Capability> {
    let feature = match (rfc, area) {
        (1191 | 8201, _) => Capability::PathMtu,
        (2883, _) => Capability::DuplicateSack,
        (3042, _) => Capability::LimitedTransmit,
        (4443 | 5722 | 8200, _) => Capability::Ipv6,
        (4821, _) => Capability::PacketizationLayerPathMtu,
        (5482, _) => Capability::UserTimeout,
        (5682, _) => Capability::ForwardRto,
        (5961, _) => Capability::BlindAttackMitigation,
        (6191, _) => Capability::TimeWaitReopening,
        (6582, _) => Capability::NewReno,
        (6675, _) => Capability::SackRecovery,
        (6937 | 9937, _) => Capability::ProportionalRateReduction,
        (8985, _) => Capability::RackTlp,
        (9406, _) => Capability::HyStart,
        (9438, _) => Capability::Cubic,
        (9768, _) => Capability::AccurateEcn,
        (_, "ecn") => Capability::Ecn,
        (_, "fastopen") => Capability::FastOpen,
        (_, "keepalive") => Capability::KeepAlive,
        (_, "sack") => Capability::Sack,
        (_, "timestamps") => Capability::Timestamps,
        (_, "udp") => Capability::Udp,
        (_, "window-scale") => Capability::WindowScale,
        _ => return None,
    };
    Some(feature)
}
