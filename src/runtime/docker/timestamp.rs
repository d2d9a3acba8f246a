//! Points in time as Docker prints them.

use std::time::{Duration, SystemTime};

/// Reads RFC 3339, `2026-11-21T13:29:07.449719326Z` or with an offset; `None` for Docker's zero time.
#[must_use]
pub fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once('T')?;
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let offset_at = time.find(['Z', '+', '-'])?;
    let (clock, offset) = time.split_at(offset_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let seconds = u64::try_from(seconds - offset_seconds(offset)?).ok()?;
    let nanos: u32 = format!("{:0<9}", fraction.get(..9).unwrap_or(fraction))
        .parse()
        .ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos))
}

/// How long ago that was; nothing for a time to come.
#[must_use]
pub fn since(text: &str) -> Option<Duration> {
    SystemTime::now().duration_since(parse(text)?).ok()
}

fn offset_seconds(offset: &str) -> Option<i64> {
    let sign = match offset.chars().next()? {
        '-' => -1,
        '+' => 1,
        _ => return Some(0),
    };
    let (hours, minutes) = offset[1..].split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60))
}

/// Howard Hinnant's `days_from_civil`.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        let since_epoch = parse(text)?.duration_since(SystemTime::UNIX_EPOCH);
        since_epoch.ok().map(|duration| duration.as_secs())
    }

    #[test]
    fn times_are_read() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2026-11-21T13:29:07.449719326Z"), Some(1_795_267_747));
        assert_eq!(seconds("2026-11-21T15:29:07.4+02:00"), Some(1_795_267_747));
        assert_eq!(seconds("2000-02-29T12:00:00-01:30"), Some(951_831_000));
        assert_eq!(seconds("0001-01-01T00:00:00Z"), None);
        assert_eq!(seconds("yesterday"), None);
    }
}
