//! Plots in characters, for a terminal.

use workshop_base::text::width_of;

use crate::plot::ROOM;

/// Darker for larger; a space is nothing.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// The same for negative values.
const NEGATIVE: [char; 5] = [' ', '-', '=', '%', '#'];
/// What is not finite.
const NO_NUMBER: char = '?';
/// One sign for each curve.
const SIGNS: [char; 4] = ['●', '+', '×', 'o'];
/// The size of a chart of curves, in characters.
const WIDTH: usize = 64;
const HEIGHT: usize = 16;

/// `label`, filled up on the left to `width` columns.
fn padded(label: &str, width: usize) -> String {
    format!("{}{label}", " ".repeat(width.saturating_sub(width_of(label))))
}

/// Curves through `points`, on a grid with both axes' ends written at it.
pub(crate) fn curves(
    (x_label, y_label): (&str, &str),
    (x_low, x_high): (f64, f64),
    (y_low, y_high): (f64, f64),
    curves: &[(String, Vec<(f64, f64)>)],
) -> String {
    let place = |value: f64, low: f64, high: f64, cells: usize| {
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        (share.clamp(0.0, 1.0) * (cells - 1) as f64).round() as usize
    };
    let mut grid = vec![vec![' '; WIDTH]; HEIGHT];
    for (i, (_, points)) in curves.iter().enumerate() {
        for (x, y) in points {
            let row = HEIGHT - 1 - place(*y, y_low, y_high, HEIGHT);
            grid[row][place(*x, x_low, x_high, WIDTH)] = SIGNS[i % SIGNS.len()];
        }
    }
    let (top, bottom) = (number(y_high, y_high - y_low), number(y_low, y_high - y_low));
    let margin = top.len().max(bottom.len());
    let mut drawn = format!("{y_label}\n");
    for (i, row) in grid.iter().enumerate() {
        let label = if i == 0 {
            top.as_str()
        } else if i + 1 == HEIGHT {
            bottom.as_str()
        } else {
            ""
        };
        let row: String = row.iter().collect();
        drawn += &format!("{label:>margin$} │{}\n", row.trim_end());
    }
    let (left, right) = (number(x_low, x_high - x_low), number(x_high, x_high - x_low));
    let gap = WIDTH.saturating_sub(left.len() + right.len());
    drawn += &format!("{:margin$} └{}\n", "", "─".repeat(WIDTH));
    drawn += &format!("{:margin$}  {left}{}{right}\n", "", " ".repeat(gap));
    drawn += &format!("{:margin$}  {x_label}\n", "");
    for (i, (name, _)) in curves.iter().enumerate() {
        drawn += &format!("{:margin$}  {} {name}\n", "", SIGNS[i % SIGNS.len()]);
    }
    drawn
}

/// A grid of values, each a shade of the largest, with two decimals beside it where there is room. Negative values have
/// shades of their own.
pub(crate) fn grid(rows: &[String], columns: &[String], values: &[Vec<f32>], largest: f32) -> String {
    let longest = rows.iter().map(|label| width_of(label)).max().unwrap_or(0);
    let roomy = columns.len() <= 10;
    let cell = if roomy {
        // A shade and a space stand before each value, and a space between two cells.
        let values = values.iter().flatten().map(|value| format!("{value:.2}").len() + 3);
        columns.iter().map(|label| width_of(label) + 1).chain(values).max().unwrap_or(0)
    } else {
        1 + usize::from(columns.len() <= ROOM)
    };
    let mut drawn = String::new();
    if roomy {
        let heads: String = columns.iter().map(|label| padded(label, cell)).collect();
        drawn += &format!("{}{heads}\n", " ".repeat(longest));
    }
    for (label, row) in rows.iter().zip(values) {
        drawn += &padded(label, longest);
        drawn += if roomy { "" } else { " │" };
        for value in row {
            let step = ((value.abs() / largest).clamp(0.0, 1.0) * (SHADES.len() - 1) as f32).round() as usize;
            let shade = match value {
                _ if !value.is_finite() => NO_NUMBER,
                _ if *value < 0.0 => NEGATIVE[step],
                _ => SHADES[step],
            };
            drawn += &if roomy { padded(&format!("{shade} {value:.2}"), cell) } else { shade.to_string().repeat(cell) };
        }
        drawn = drawn.trim_end().to_owned() + "\n";
    }
    drawn
}

/// Whether a number at an axis that spans `range` is whole, but for rounding.
pub(crate) fn is_whole(value: f64, range: f64) -> bool {
    (value - value.round()).abs() <= 1e-9 * range.clamp(0.0, 1.0)
}

/// The end of an axis that spans `range`: whole where it is whole, else with three significant digits, as the largest and the
/// smallest numbers are.
fn number(value: f64, range: f64) -> String {
    if value.abs() >= 1e9 {
        return format!("{value:.2e}");
    }
    if is_whole(value, range) {
        return format!("{value:.0}");
    }
    if value.abs() < 1e-6 {
        return format!("{value:.2e}");
    }
    let decimals = (2.0 - value.abs().log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{value:.decimals$}")
}

/// Bars, a row each, with their values as they are `shown`.
pub(crate) fn bars(title: &str, rows: &[(String, f64)], shown: &[String], largest: f64) -> String {
    const LONGEST: f64 = 40.0;
    let names = rows.iter().map(|(name, _)| width_of(name)).max().unwrap_or(0);
    let mut drawn = format!("{title}\n");
    for ((name, value), shown) in rows.iter().zip(shown) {
        let length = (LONGEST * value / largest.max(f64::MIN_POSITIVE)).round() as usize;
        drawn += &format!("{} {} {shown}\n", padded(name, names), "█".repeat(length));
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_runs_from_corner_to_corner() {
        let rising = vec![("rising".to_owned(), vec![(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])];
        let drawn = curves(("step", "loss"), (0.0, 1.0), (0.0, 1.0), &rising);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[0], "loss");
        assert_eq!(lines[1].find('●'), Some("1 │".len() + WIDTH - 1), "{drawn}");
        assert_eq!(lines[HEIGHT], "0 │●", "{drawn}");
        assert!(drawn.contains("step\n") && drawn.ends_with("● rising\n"), "{drawn}");
    }

    #[test]
    fn a_grid_shades_what_is_large_and_keeps_hangul_in_its_columns() {
        let labels = ["a".to_owned(), "고양이".to_owned()];
        let drawn = grid(&labels, &labels, &[vec![1.0, 0.0], vec![0.25, 0.5]], 1.0);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines, ["            a 고양이", "     a █ 1.00   0.00", "고양이 ░ 0.25 ▒ 0.50"], "{drawn}");
        let drawn = grid(&labels, &labels, &[vec![-1.0, f32::NAN], vec![-0.25, 0.5]], 1.0);
        let lines: Vec<&str> = drawn.lines().skip(1).collect();
        assert_eq!(lines, ["     a # -1.00   ? NaN", "고양이 - -0.25  ▒ 0.50"], "{drawn}");
        let many: Vec<String> = (0..11).map(|i| i.to_string()).collect();
        let drawn = grid(&labels[..1], &many, &[vec![-0.5; 11]], 0.5);
        assert_eq!(drawn, format!("a │{}\n", "#".repeat(22)));
        assert_eq!([0.04, 1234.5, -2.0].map(|value| number(value, 1.0)), ["0.0400", "1234", "-2"]);
        assert_eq!([0.0, 4e-11].map(|value| number(value, 4e-11)), ["0", "4.00e-11"]);
    }
}
