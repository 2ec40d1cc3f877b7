//! Shell commands, which are understood or refused but never executed.
use super::{Run, Stop};
use crate::script::Command;
use crate::settings;
use crate::target::Setting;

/// The settings that a command asks for.
pub(super) fn settings_of(command: &Command) -> Result<Vec<Setting>, Stop> {
    settings::of_command(&command.text).map_err(|missing| Stop::Unsupported(missing, command.span))
}

impl Run<'_> {
    /// Applies what a command asks for, now.
    pub(super) fn command(&mut self, command: &Command) -> Result<(), Stop> {
        for setting in settings_of(command)? {
            self.world.set(setting).map_err(|missing| Stop::Unsupported(missing, command.span))?;
        }
        self.settle()
    }
}
