//! What a target is known to do against the RFCs: each with a sentence, and a day by which it should be mended.
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::Verdict;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/departures");

/// A departure that is known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The requirement that is not met.
    pub requirement: String,
    /// Why, in a sentence.
    pub sentence: String,
    /// The last day on which that is good enough.
    pub expires: Day,
}

/// The known departures of a target, by requirement id.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Departures(BTreeMap<String, Known>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(default)]
    departure: Vec<Known>,
}

/// A departures file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("departures/{target}.toml does not parse: {said}")]
pub struct Unreadable {
    /// The target's name.
    pub target: String,
    /// What the parser said.
    pub said: String,
}

impl Departures {
    /// The embedded file of a target; none if it has no file.
    ///
    /// # Errors
    /// [`Unreadable`] if the file is not TOML of the right shape.
    pub fn of(target: &str) -> Result<Self, Unreadable> {
        let file = FILES.get_file(format!("{target}.toml"));
        file.map_or_else(
            || Ok(Self::default()),
            |file| Self::read(target, file.contents_utf8().unwrap_or_default()),
        )
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`Unreadable`] if it is not TOML of the right shape.
    pub fn read(target: &str, text: &str) -> Result<Self, Unreadable> {
        let sheet: Sheet = toml::from_str(text)
            .map_err(|error| Unreadable { target: target.to_owned(), said: error.message().to_owned() })?;
        Ok(Self(sheet.departure.into_iter().map(|known| (known.requirement.clone(), known)).collect()))
    }

    /// The departure from a requirement, if it is known.
    #[must_use]
    pub fn known(&self, requirement: &str) -> Option<&Known> {
        self.0.get(requirement)
    }

    /// What is wrong with the file today: entries that expired, pass again, or name nothing that was judged a
    /// failure. Rows that were left out of the matrix are not looked at.
    pub(super) fn stale(
        &self,
        target: &str,
        today: Day,
        verdict_of: impl Fn(&str) -> Option<Verdict>,
    ) -> Vec<String> {
        let complaint = |known: &Known| {
            let said = match verdict_of(&known.requirement)? {
                Verdict::Fail if known.expires >= today => return None,
                Verdict::Fail => format!("expired on {}", known.expires),
                verdict => format!("is {} now", verdict.name()),
            };
            Some(format!("departures/{target}.toml: {} {said}", known.requirement))
        };
        self.0.values().filter_map(complaint).collect()
    }
}

/// A day of the calendar, `2027-01-31`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    year: u32,
    month: u8,
    day: u8,
}

/// Text that is no day.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{}` is no day; write year-month-day", .0.escape_debug())]
pub struct NoDay(pub String);

impl Day {
    /// The day it is, in UTC.
    #[must_use]
    pub fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::since_epoch(u32::try_from(since.as_secs() / 86_400).unwrap_or(u32::MAX))
    }

    /// The day that lies so many days after 1970-01-01, by the Gregorian calendar.
    #[must_use]
    pub fn since_epoch(days: u32) -> Self {
        // Eras of 400 years begin on the first of March, so that the leap day ends a year.
        let days = u64::from(days) + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let narrow = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
        Self { year: u32::try_from(year).unwrap_or(u32::MAX), month: narrow(month), day: narrow(day) }
    }
}

impl FromStr for Day {
    type Err = NoDay;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NoDay(text.to_owned());
        let parts: Vec<&str> = text.split('-').collect();
        let &[year, month, day] = parts.as_slice() else { return Err(refused()) };
        let year = year.parse().map_err(|_| refused())?;
        let month = month.parse().ok().filter(|month| (1..=12).contains(month)).ok_or_else(refused)?;
        let day = day.parse().ok().filter(|day| (1..=31).contains(day)).ok_or_else(refused)?;
        Ok(Self { year, month, day })
    }
}

impl TryFrom<String> for Day {
    type Error = NoDay;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_the_epoch() {
        for (days, day) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_723, "2024-01-01"),
            (19_782, "2024-02-29"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(Day::since_epoch(days).to_string(), day, "{days}");
            assert_eq!(day.parse(), Ok(Day::since_epoch(days)));
        }
        for wrong in ["", "2027", "2027-13-01", "2027-01-00", "2027-1-1-1", "next year"] {
            assert_eq!(wrong.parse::<Day>(), Err(NoDay(wrong.into())));
        }
    }

    #[test]
    fn a_file_that_is_out_of_date_is_complained_of() {
        let text = "[[departure]]\nrequirement = \"RFC9293:MUST-13\"\nsentence = \"Not yet.\"\nexpires = \"2027-01-31\"\n";
        let departures = Departures::read("mine", text).expect("reads");
        let on = |day: &str, verdict| {
            departures.stale("mine", day.parse().expect("a day"), |_| verdict).into_iter().next()
        };
        assert_eq!(on("2027-01-31", Some(Verdict::Fail)), None);
        assert_eq!(on("2028-01-01", None), None);
        let expired = on("2027-02-01", Some(Verdict::Fail));
        assert_eq!(expired.as_deref(), Some("departures/mine.toml: RFC9293:MUST-13 expired on 2027-01-31"));
        let passes = on("2027-01-01", Some(Verdict::Pass));
        assert_eq!(passes.as_deref(), Some("departures/mine.toml: RFC9293:MUST-13 is pass now"));
    }

    #[test]
    fn every_embedded_file_reads() {
        for file in FILES.files() {
            let target = file.path().file_stem().unwrap_or_default().to_string_lossy();
            Departures::of(&target).expect("reads");
        }
        assert!(Departures::read("x", "departure = 3").is_err());
    }
}
