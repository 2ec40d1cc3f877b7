//! Where a host keeps its connections: found, added and taken out in constant time.
use super::Endpoint;

/// Names a connection for as long as the host lives; never used twice, and in the order of birth.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct ConnectionId {
    /// Its serial number.
    birth: u64,
    /// Where it lives.
    slot: u32,
}

/// The connections. A slot that one leaves is the next one's, so the slots are as many as there ever were connections
/// at a time.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Endpoints {
    /// In boxes: an empty slot costs a pointer, and growing moves only pointers.
    slots: Vec<Option<Box<(u64, Endpoint)>>>,
    free: Vec<u32>,
}

impl Endpoints {
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Takes in an endpoint with the serial number `birth`.
    pub(crate) fn insert(&mut self, birth: u64, endpoint: Endpoint) -> ConnectionId {
        let kept = Some(Box::new((birth, endpoint)));
        let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
        match self.slots.get_mut(slot as usize) {
            Some(empty) => *empty = kept,
            None => self.slots.push(kept),
        }
        ConnectionId { birth, slot }
    }

    pub(crate) fn get(&self, id: &ConnectionId) -> Option<&Endpoint> {
        let (birth, endpoint) = &**self.slots.get(id.slot as usize)?.as_ref()?;
        (*birth == id.birth).then_some(endpoint)
    }

    pub(crate) fn get_mut(&mut self, id: &ConnectionId) -> Option<&mut Endpoint> {
        let (birth, endpoint) = &mut **self.slots.get_mut(id.slot as usize)?.as_mut()?;
        (*birth == id.birth).then_some(endpoint)
    }

    pub(crate) fn remove(&mut self, id: &ConnectionId) {
        if self.get(id).is_none() {
            return;
        }
        if let Some(slot) = self.slots.get_mut(id.slot as usize) {
            *slot = None;
            self.free.push(id.slot);
        }
    }

    /// Every connection, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Endpoint)> {
        self.slots.iter().enumerate().filter_map(|(slot, kept)| {
            let (birth, endpoint) = &**kept.as_ref()?;
            Some((ConnectionId { birth: *birth, slot: slot as u32 }, endpoint))
        })
    }
}
