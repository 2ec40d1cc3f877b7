//! What actors do in more than one conversation.
use std::net::Shutdown;

use anyhow::ensure;

use super::scene::{PORT, Scene, hear, hear_out, say};

/// Octets of a request.
pub(crate) const REQUEST: usize = 120;

/// Asks, and reads to the end.
pub(crate) fn fetch(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.connect()?;
    say(&stream, REQUEST)?;
    hear_out(&stream)
}

/// Answers a request with 60,000 octets and closes.
pub(crate) fn serve_60k(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.accept()?;
    hear(&stream, REQUEST)?;
    say(&stream, 60_000)
}

/// Answers a request with 40,000 octets and closes.
pub(crate) fn serve_40k(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.accept()?;
    hear(&stream, REQUEST)?;
    say(&stream, 40_000)
}

/// Sends 40,000 octets, closes its half, reads to the end.
pub(crate) fn upload(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.connect()?;
    say(&stream, 40_000)?;
    stream.shutdown(Shutdown::Write)?;
    hear_out(&stream)
}

/// Reads to the end, then answers.
pub(crate) fn take_upload(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.accept()?;
    hear_out(&stream)?;
    say(&stream, REQUEST)
}

/// Asks three times and closes.
pub(crate) fn exchange(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.connect()?;
    for _ in 0..3 {
        say(&stream, REQUEST)?;
        hear(&stream, REQUEST)?;
    }
    Ok(())
}

/// Answers three times and waits for the end.
pub(crate) fn answer(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.accept()?;
    for _ in 0..3 {
        hear(&stream, REQUEST)?;
        say(&stream, REQUEST)?;
    }
    hear_out(&stream)
}

/// Opens at the same time as the other, exchanges a request's worth both ways, closes.
pub(crate) fn open_crossing(scene: &Scene<'_>) -> anyhow::Result<()> {
    let stream = scene.connect_crossing()?;
    say(&stream, REQUEST)?;
    hear(&stream, REQUEST)?;
    stream.shutdown(Shutdown::Write)?;
    hear_out(&stream)
}

/// Has nothing to do but let the other begin.
pub(crate) fn meet_only(scene: &Scene<'_>) -> anyhow::Result<()> {
    scene.meet()
}

/// Connects where nobody listens.
pub(crate) fn refused(scene: &Scene<'_>) -> anyhow::Result<()> {
    ensure!(scene.connect().is_err(), "somebody listens");
    Ok(())
}

/// Sends twice to a port that is closed, and hears of it both times.
pub(crate) fn unreachable(scene: &Scene<'_>) -> anyhow::Result<()> {
    scene.meet()?;
    let socket = scene.datagrams(0)?;
    socket.connect((scene.there, PORT))?;
    for _ in 0..2 {
        socket.send(b"is anybody there?")?;
        ensure!(socket.recv(&mut [0; 100]).is_err(), "somebody is");
    }
    Ok(())
}
