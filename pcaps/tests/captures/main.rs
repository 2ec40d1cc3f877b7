//! Captures: files whole, broken and hostile; links; flows.
mod files;
mod flows;
mod given;
mod hostile;
mod links;
