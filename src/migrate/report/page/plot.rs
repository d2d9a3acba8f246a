//! Figures -> lengths of bars.

use serde::Serialize;

/// A bar of a plot, with what stands beside it.
#[derive(Debug, PartialEq, Serialize)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// Its pieces from the left.
    pub pieces: Vec<Piece>,
    /// The figure, as people read it.
    pub figure: String,
}

/// A piece of a bar.
#[derive(Debug, PartialEq, Serialize)]
pub struct Piece {
    /// Where it begins, percent of the whole width.
    pub x: String,
    /// How long it is, percent of the whole width.
    pub width: String,
    /// Which of the page's colours it has.
    pub colour: usize,
    /// What it is, shown under the pointer.
    pub title: String,
}

/// A line of a scale.
#[derive(Debug, PartialEq, Serialize)]
pub struct Tick {
    /// Where it is, percent of the whole width.
    pub x: String,
    /// Its figure.
    pub label: String,
}

/// Bars with a scale.
#[derive(Debug, PartialEq, Serialize)]
pub struct Plot {
    /// What it shows.
    pub title: &'static str,
    /// What its colours mean; empty where there is one only.
    pub legend: Vec<(usize, &'static str)>,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The scale; empty where the figures beside the bars are enough.
    pub ticks: Vec<Tick>,
    /// How many things are not drawn.
    pub more: String,
}

/// Lengths on a scale of powers of ten: one row is still to be seen beside ten million.
pub struct LogScale {
    decades: u32,
}

impl LogScale {
    /// Up to this number.
    pub fn to(most: u64) -> Self {
        let whole = most.checked_ilog10().unwrap_or(0);
        let above = u32::from(most > 10_u64.pow(whole));
        Self {
            decades: (whole + above).max(1),
        }
    }

    /// How long the bar of a number is, as a part of the width.
    pub fn length(&self, number: u64) -> f64 {
        if number == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "it becomes a length on a page")]
        let log = (number as f64).log10();
        (log + 1.0) / (f64::from(self.decades) + 1.0)
    }

    /// Its lines: 1, 10, 100…; every second or third where they would be many.
    pub fn ticks(&self) -> Vec<Tick> {
        let step = self.decades / 7 + 1;
        (0..=self.decades)
            .step_by(step as usize)
            .map(|decade| Tick {
                x: percent(f64::from(decade + 1) / (f64::from(self.decades) + 1.0)),
                label: power(decade),
            })
            .collect()
    }
}

/// `1`, `1 k`, `10 M`.
fn power(decade: u32) -> String {
    const UNITS: [&str; 7] = ["", " k", " M", " G", " T", " P", " E"];
    let unit = UNITS.get(decade as usize / 3).copied().unwrap_or("");
    format!("{}{unit}", 10_u32.pow(decade % 3))
}

/// A part of the whole as percent with two digits, never outside the page.
pub fn percent(part: f64) -> String {
    let part = if part.is_finite() {
        part.clamp(0.0, 1.0)
    } else {
        0.0
    };
    format!("{:.2}", part * 100.0)
}

/// Pieces one behind the other; the whole width is `most`.
pub fn stacked(parts: &[(f64, usize, String)], most: f64) -> Vec<Piece> {
    let mut begin = 0.0;
    let mut pieces = Vec::with_capacity(parts.len());
    for (value, colour, title) in parts {
        let length = if most > 0.0 { value.max(0.0) / most } else { 0.0 };
        if length > 0.0 {
            pieces.push(Piece {
                x: percent(begin),
                width: percent(length),
                colour: *colour,
                title: title.clone(),
            });
        }
        begin += length;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_is_seen_and_none_is_not() {
        let scale = LogScale::to(5_000_000);
        assert!(scale.length(0) == 0.0);
        assert_eq!(percent(scale.length(1)), "12.50");
        assert_eq!(percent(scale.length(10_000_000)), "100.00");
        let labels: Vec<_> = scale.ticks().into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["1", "100", "10 k", "1 M"]);
    }

    #[test]
    fn any_number_has_a_place() {
        for most in [0, 1, 9, 10, 11, u64::MAX] {
            let scale = LogScale::to(most);
            assert!((0.0..=1.0).contains(&scale.length(most)), "{most}");
            assert!(!scale.ticks().is_empty());
        }
    }

    #[test]
    fn pieces_lie_side_by_side() {
        let parts = [
            (1.0, 0, "a".to_owned()),
            (0.0, 1, "b".to_owned()),
            (3.0, 2, "c".to_owned()),
        ];
        let places: Vec<_> = stacked(&parts, 4.0)
            .into_iter()
            .map(|piece| (piece.x, piece.width, piece.colour))
            .collect();
        assert_eq!(
            places,
            [
                ("0.00".to_owned(), "25.00".to_owned(), 0),
                ("25.00".to_owned(), "75.00".to_owned(), 2)
            ]
        );
        assert!(stacked(&parts, 0.0).is_empty());
        assert_eq!(percent(f64::NAN), "0.00");
    }
}
