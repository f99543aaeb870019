//! Plots as SVG.
//!
//! A plot stands on its own (dark ink on white paper) and inside a page, where the page's theme sets the ink: what is
//! drawn as ink is `currentColor`. Each plot carries a sentence that says what it shows, for people who do not see it.

use std::ops::RangeInclusive;

use candle_core::{DType, Tensor};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use workshop_base::text::width_of;

use crate::text;

/// Why a plot cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// There is nothing to draw.
    #[error("the plot is empty: {0}")]
    Empty(&'static str),
    /// Values that no axis can span.
    #[error("the plot has values beyond ±{LARGEST:e}, which no axis spans: leave them out, or draw their logarithms")]
    Huge,
    /// A bar that cannot be drawn.
    #[error("a bar needs a value from 0 to {LARGEST:e}")]
    Bar,
    /// Labels and values do not fit.
    #[error("a heatmap of {rows} row labels and {columns} column labels needs values of that shape, not {shape:?}")]
    Labels {
        /// Row labels.
        rows: usize,
        /// Column labels.
        columns: usize,
        /// The shape of the values.
        shape: Vec<usize>,
    },
    /// The values are not numbers.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// The drawing library failed.
    #[error("the plot could not be drawn: {0}")]
    Draw(String),
}

/// A finished plot.
#[derive(Debug, Clone)]
pub struct Plot {
    title: String,
    svg: String,
    text: String,
}

impl Plot {
    /// What the plot shows, in a sentence.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The drawing.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The drawing in characters, for a terminal.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Ink that follows the page: replaced by `currentColor` in the finished drawing.
const INK: RGBColor = RGBColor(1, 2, 3);
/// Hues that read on white and on near-black, told apart also by people who see red and green alike.
const HUES: [RGBColor; 4] =
    [RGBColor(46, 134, 222), RGBColor(214, 112, 28), RGBColor(30, 150, 110), RGBColor(186, 85, 211)];
const FONT: &str = "sans-serif";
/// The largest size of a value on an axis: the span of two of this size, and what plotters makes of it, is still finite.
const LARGEST: f64 = 1e300;
/// Columns of a heatmap whose cells still have room for their values.
pub(crate) const ROOM: usize = 48;

/// One curve for each name, over `range`, sampled at 200 points. A curve begins with its first finite value and ends before
/// the next one that is not.
///
/// # Errors
/// When no curve has a finite value, or a value is larger than any axis spans.
pub fn lines(
    x_label: &str,
    y_label: &str,
    range: RangeInclusive<f64>,
    curves: &[(&str, &dyn Fn(f64) -> f64)],
) -> Result<Plot, PlotError> {
    let (start, end) = (*range.start(), *range.end());
    let sampled: Vec<(String, Vec<(f64, f64)>)> = curves
        .iter()
        .map(|(name, curve)| {
            let points = (0..=200).map(|i| start + (end - start) * f64::from(i) / 200.0).map(|x| (x, curve(x)));
            let begun = points.skip_while(|(_, y)| !y.is_finite());
            ((*name).to_owned(), begun.take_while(|(_, y)| y.is_finite()).collect())
        })
        .collect();
    series(x_label, y_label, &sampled)
}

/// One line through the given points for each name. Points that are not finite are left out.
///
/// # Errors
/// When no point is finite, or one is larger than any axis spans.
pub fn series(x_label: &str, y_label: &str, curves: &[(String, Vec<(f64, f64)>)]) -> Result<Plot, PlotError> {
    let finite = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    };
    let curves: Vec<(String, Vec<(f64, f64)>)> =
        curves.iter().map(|(name, points)| (name.clone(), finite(points))).collect();
    let points = || curves.iter().flat_map(|(_, points)| points.iter().copied());
    let spread = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let margin = if high > low { (high - low) * 0.04 } else { 0.5 };
        (low, high, margin)
    };
    if points().next().is_none() {
        return Err(PlotError::Empty("no curve has a finite value"));
    }
    if points().any(|(x, y)| x.abs().max(y.abs()) > LARGEST) {
        return Err(PlotError::Huge);
    }
    let (x_low, x_high, _) = spread(&mut points().map(|(x, _)| x));
    let (mut y_low, mut y_high, y_margin) = spread(&mut points().map(|(_, y)| y));
    if y_low >= 0.0 && y_high <= 1.0 && y_high > 0.4 {
        // Shares and weights: a cut axis would exaggerate their differences.
        (y_low, y_high) = (0.0, 1.0);
    }
    let names: Vec<&str> = curves.iter().map(|(name, _)| name.as_str()).collect();
    let title = format!("{y_label} against {x_label}: {}", names.join(", "));
    let text = text::curves((x_label, y_label), (x_low, x_high), (y_low, y_high), &curves);
    draw(title, text, (640, 360), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(58)
            .build_cartesian_2d(x_low..x_high, (y_low - y_margin)..(y_high + y_margin))?;
        chart
            .configure_mesh()
            .axis_style(INK)
            .label_style((FONT, 13, &INK))
            .axis_desc_style((FONT, 14, &INK))
            .bold_line_style(INK.mix(0.12))
            .light_line_style(TRANSPARENT)
            .x_labels(8)
            .y_labels(6)
            .x_label_formatter(&|x| tick(*x, x_high - x_low))
            .y_label_formatter(&|y| tick(*y, y_high - y_low))
            .x_desc(x_label)
            .y_desc(y_label)
            .draw()?;
        for (i, (name, points)) in curves.iter().enumerate() {
            let style = HUES[i % HUES.len()].stroke_width(2);
            chart
                .draw_series(LineSeries::new(points.iter().copied(), style))?
                .label(name.clone())
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            if points.len() <= 20 {
                chart.draw_series(points.iter().map(|at| Circle::new(*at, 3, style.filled())))?;
            }
        }
        chart.configure_series_labels().label_font((FONT, 13, &INK)).border_style(INK.mix(0.3)).draw()?;
        Ok(())
    })
}

/// A grid of values with a label for each row and column, and the value written in each cell: a stronger colour for a larger
/// value, another hue for a negative one, an empty cell for 0, an outline around what is not finite. Beyond 48 columns the
/// cells are small and without their values, and what is below a hundredth of the largest is left empty.
///
/// # Shapes
/// `values`: `(rows, columns)`.
///
/// # Errors
/// When it is empty, or the labels do not fit.
pub fn heatmap(title: &str, rows: &[String], columns: &[String], values: &Tensor) -> Result<Plot, PlotError> {
    if values.dims() != [rows.len(), columns.len()] {
        return Err(PlotError::Labels { rows: rows.len(), columns: columns.len(), shape: values.dims().to_vec() });
    }
    if rows.is_empty() || columns.is_empty() {
        return Err(PlotError::Empty("it has no rows or no columns"));
    }
    let grid = values.to_dtype(DType::F32)?.to_vec2::<f32>()?;
    let largest =
        grid.iter().flatten().copied().filter(|v| v.is_finite()).fold(f32::MIN_POSITIVE, |l, v| l.max(v.abs()));
    let longest = |labels: &[String]| labels.iter().map(|label| width_of(label)).max().unwrap_or(1) as i32;
    let (narrow, tiny) = (columns.len() > 10, columns.len() > ROOM);
    // With few columns their labels fit above the cells as they are; with many they are turned.
    let (cell_width, cell_height) = match (tiny, narrow) {
        (true, _) => (14, 14),
        (_, true) => (40, 36),
        _ => ((longest(columns) * 9 + 10).max(52), 44),
    };
    let (margin, title_height) = (10, 30);
    let left = margin + 9 * longest(rows) + 10;
    let top = title_height + if narrow { 9 * longest(columns) + 14 } else { 26 };
    let label_size = if tiny { 11 } else { 13 };
    let width = (left + cell_width * columns.len() as i32 + margin).max(8 * width_of(title) as i32 + 2 * margin);
    let height = top + cell_height * rows.len() as i32 + margin;
    let in_characters = text::grid(rows, columns, &grid, largest);
    let text = |size: i32| (FONT, size).into_font().color(&INK);
    draw(title.to_owned(), in_characters, (width as u32, height as u32), |area| {
        area.draw_text(title, &text(14).pos(Pos::new(HPos::Left, VPos::Center)), (margin, title_height / 2))?;
        for (j, name) in columns.iter().enumerate() {
            let at = (left + cell_width * j as i32 + cell_width / 2, top - 10);
            let style = if narrow {
                text(label_size).pos(Pos::new(HPos::Left, VPos::Center)).transform(FontTransform::Rotate270)
            } else {
                text(13).pos(Pos::new(HPos::Center, VPos::Center))
            };
            area.draw_text(name, &style, at)?;
        }
        for (i, name) in rows.iter().enumerate() {
            let y = top + cell_height * i as i32;
            let style = text(label_size).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw_text(name, &style, (left - 8, y + cell_height / 2))?;
            for (j, value) in grid[i].iter().enumerate() {
                let x = left + cell_width * j as i32;
                let corners = [(x + 1, y + 1), (x + cell_width - 1, y + cell_height - 1)];
                let strength = f64::from((value.abs() / largest).clamp(0.0, 1.0));
                let hue = if *value < 0.0 { HUES[1] } else { HUES[0] };
                if !value.is_finite() {
                    // No strength says how much it is.
                    area.draw(&Rectangle::new(corners, INK))?;
                } else if *value != 0.0 && !(tiny && strength < 0.01) {
                    area.draw(&Rectangle::new(corners, hue.mix(0.06 + 0.84 * strength).filled()))?;
                } else if !tiny {
                    // Nothing at all, which is not the same as a little.
                    area.draw(&Rectangle::new(corners, INK.mix(0.12)))?;
                }
                if tiny || *value == 0.0 {
                    continue;
                }
                let shown = format!("{value:.2}");
                let shown = if narrow && value.abs() < 1.0 { shown.replacen("0.", ".", 1) } else { shown };
                let strong = value.is_finite() && strength > 0.6;
                let ink = if strong { text(13).color(&WHITE) } else { text(13) };
                let middle = ink.pos(Pos::new(HPos::Center, VPos::Center));
                area.draw_text(&shown, &middle, (x + cell_width / 2, y + cell_height / 2))?;
            }
        }
        Ok(())
    })
}

/// One bar for each name, from 0, with its value written beside it.
///
/// # Errors
/// When there is no bar, or a value is not finite or below 0.
pub fn bars(title: &str, rows: &[(String, f64)]) -> Result<Plot, PlotError> {
    let largest = rows.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    if rows.is_empty() {
        return Err(PlotError::Empty("it has no bars"));
    }
    if rows.iter().any(|(_, value)| !(0.0..=LARGEST).contains(value)) {
        return Err(PlotError::Bar);
    }
    let whole = rows.iter().all(|(_, value)| value.fract() == 0.0);
    let shown: Vec<String> = rows
        .iter()
        .map(|(_, value)| if whole { format!("{value:.0}") } else { tick(*value, largest.min(1.0)) })
        .collect();
    let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(width_of).max().unwrap_or(1) as i32;
    let (margin, title_height, row_height, length) = (12, 34, 26, 340);
    let left = margin + 8 * widest(&mut rows.iter().map(|(name, _)| name.as_str())) + 10;
    let right = left + length + 8 + 9 * widest(&mut shown.iter().map(String::as_str)) + margin;
    let width = right.max(8 * width_of(title) as i32 + 2 * margin);
    let height = title_height + row_height * rows.len() as i32 + margin;
    let in_characters = text::bars(title, rows, &shown, largest);
    let text = || (FONT, 13).into_font().color(&INK);
    draw(title.to_owned(), in_characters, (width as u32, height as u32), |area| {
        area.draw_text(title, &text().pos(Pos::new(HPos::Left, VPos::Center)), (margin, title_height / 2))?;
        for (i, ((name, value), shown)) in rows.iter().zip(&shown).enumerate() {
            let middle = title_height + row_height * i as i32 + row_height / 2;
            let end = left + (f64::from(length) * value / largest.max(f64::MIN_POSITIVE)).round() as i32;
            area.draw_text(name, &text().pos(Pos::new(HPos::Right, VPos::Center)), (left - 8, middle))?;
            area.draw(&Rectangle::new([(left, middle - 9), (end.max(left + 1), middle + 9)], HUES[0].filled()))?;
            area.draw_text(shown, &text().pos(Pos::new(HPos::Left, VPos::Center)), (end + 8, middle))?;
        }
        Ok(())
    })
}

/// How many values fall into each of `bins` parts of equal width between the smallest and the largest, one curve of steps
/// for each name. Values that are not finite are left out.
///
/// # Errors
/// When no value is finite, or one is larger than any axis spans.
pub fn histogram(x_label: &str, bins: usize, groups: &[(String, Vec<f64>)]) -> Result<Plot, PlotError> {
    let finite = || groups.iter().flat_map(|(_, values)| values.iter().copied()).filter(|value| value.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let bins = bins.max(1);
    let width = if high > low { (high - low) / bins as f64 } else { 1.0 };
    let curves: Vec<(String, Vec<(f64, f64)>)> = groups
        .iter()
        .map(|(name, values)| {
            let mut counts = vec![0_u32; bins];
            for value in values.iter().filter(|value| value.is_finite()) {
                counts[(((value - low) / width) as usize).min(bins - 1)] += 1;
            }
            let steps = counts.iter().enumerate().flat_map(|(i, count)| {
                let (start, count) = (low + width * i as f64, f64::from(*count));
                [(start, count), (start + width, count)]
            });
            let end = low + width * bins as f64;
            (name.clone(), std::iter::once((low, 0.0)).chain(steps).chain([(end, 0.0)]).collect())
        })
        .collect();
    series(x_label, "count", &curves)
}

/// A number at an axis that spans `range`: whole ones without decimals, others with as many as tell them apart, and with a
/// power of 10 from a thousand million on, and where the axis spans less than a thousand-millionth.
fn tick(value: f64, range: f64) -> String {
    if value.abs() >= 1e9 {
        return format!("{value:.1e}");
    }
    let range = if range > 0.0 { range.min(1.0) } else { 1.0 };
    if text::is_whole(value, range) {
        return format!("{value:.0}");
    }
    if range < 1e-9 {
        let digits = 1 + (value.abs() / range).log10().ceil().max(0.0) as usize;
        return format!("{value:.digits$e}");
    }
    let decimals = if range < 1.0 { (1.0 - range.log10()).ceil() as usize } else { 1 };
    format!("{value:.decimals$}")
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(
    title: String,
    text: String,
    size: (u32, u32),
    paint: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Drawn,
) -> Result<Plot, PlotError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        paint(&area).map_err(|error| PlotError::Draw(error.to_string()))?;
        area.present().map_err(|error| PlotError::Draw(error.to_string()))?;
    }
    Ok(Plot { svg: finish(&svg, &title, size), title, text })
}

/// A drawing that scales, names itself, and takes its ink from where it stands.
fn finish(svg: &str, title: &str, (width, height): (u32, u32)) -> String {
    let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let inner = svg.split_once('>').map_or(svg, |(_, inner)| inner).replace("#010203", "currentColor");
    format!(
        "<svg class=\"plot\" role=\"img\" aria-label=\"{escaped}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         style=\"max-width:100%;height:auto;color:var(--plot-ink,#1f2328);background:var(--plot-paper,#fff)\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title>{escaped}</title>{inner}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn a_plot_names_itself_and_takes_the_ink_of_the_page() -> anyhow::Result<()> {
        let plot = lines("x", "x²", 0.0..=2.0, &[("square", &|x| x * x)])?;
        assert_eq!(plot.title(), "x² against x: square");
        assert!(plot.svg().contains("aria-label=\"x² against x: square\""));
        assert!(plot.svg().contains("currentColor") && !plot.svg().contains("#000000"));
        Ok(())
    }

    #[test]
    fn what_is_not_finite_is_left_out() -> anyhow::Result<()> {
        let exploding = vec![("loss".to_owned(), vec![(0.0, 1.0), (1.0, f64::INFINITY), (2.0, f64::NAN), (3.0, 2.0)])];
        series("step", "loss", &exploding)?;
        assert!(series("step", "loss", &[("loss".to_owned(), vec![(0.0, f64::NAN)])]).is_err());
        assert_eq!((tick(0.01, 0.05), tick(0.5, 1.0), tick(3.0, 8.0)), ("0.010".into(), "0.5".into(), "3".into()));
        Ok(())
    }

    #[test]
    fn the_numbers_at_a_tiny_axis_differ() -> anyhow::Result<()> {
        assert_eq!([0.0, 5e-11, 1e-10].map(|value| tick(value, 1e-10)), ["0", "5.0e-11", "1.0e-10"]);
        assert_ne!(tick(1.0, 1e-10), tick(1.0 + 5e-11, 1e-10));
        assert_eq!(tick(1e-26, 1e-10), "0", "rounding is no tick of its own");
        let tiny = series("x", "y", &[("tiny".to_owned(), vec![(0.0, 0.0), (2e-12, 3e-300)])])?;
        assert!(tiny.text().contains("2.00e-12") && tiny.text().contains("3.00e-300"), "{}", tiny.text());
        assert!(tiny.svg().contains("1.0e-12"), "{}", tiny.svg());
        Ok(())
    }

    #[test]
    fn what_no_axis_spans_is_refused() -> anyhow::Result<()> {
        let exp = |x: f64| x.exp();
        let far = |size: f64| series("x", "y", &[("far".to_owned(), vec![(0.0, -size), (1.0, size)])]);
        assert!(matches!(lines("x", "e^x", 0.0..=709.78, &[("exp", &exp)]), Err(PlotError::Huge)));
        assert!(matches!(far(1.7e308), Err(PlotError::Huge)));
        assert!(matches!(
            series("x", "y", &[("far".to_owned(), vec![(-1.7e308, 0.0), (1.7e308, 1.0)])]),
            Err(PlotError::Huge)
        ));
        let widest = far(LARGEST)?;
        assert!(widest.svg().len() < 20_000 && widest.text().contains("1.00e300"), "{}", widest.text());
        Ok(())
    }

    #[test]
    fn bars_are_as_long_as_their_values() -> anyhow::Result<()> {
        let plot = bars("removed", &[("duplicates".to_owned(), 20.0), ("짧은 글".to_owned(), 5.0)])?;
        assert!(plot.svg().contains("짧은 글") && plot.text().contains("20"), "{}", plot.text());
        let lengths: Vec<usize> =
            plot.text().lines().map(|line| line.matches('█').count()).filter(|n| *n > 0).collect();
        assert_eq!((lengths.len(), lengths[0] / lengths[1]), (2, 4), "{}", plot.text());
        for wrong in [f64::NAN, -1.0, f64::INFINITY] {
            assert!(bars("x", &[("a".to_owned(), wrong)]).is_err());
        }
        assert!(bars("x", &[]).is_err());
        Ok(())
    }

    #[test]
    fn a_histogram_counts_every_finite_value_once() -> anyhow::Result<()> {
        let plot = histogram("length", 4, &[("reviews".to_owned(), vec![1.0, 1.0, 2.0, 5.0, f64::NAN])])?;
        assert!(plot.title().contains("count against length"));
        assert!(histogram("length", 4, &[("none".to_owned(), vec![])]).is_err());
        histogram("length", 0, &[("one".to_owned(), vec![3.0])])?;
        Ok(())
    }

    #[test]
    fn a_curve_begins_with_its_first_finite_value() -> anyhow::Result<()> {
        let drawn = lines("x", "ln x", 0.0..=1.0, &[("ln", &|x| x.ln()), ("1 - ln", &|x| 1.0 - x.ln())])?;
        // The grid, without the signs that name the curves below it.
        let grid: Vec<&str> = drawn.text().lines().filter(|line| line.contains('│')).collect();
        assert!(grid.concat().contains('●') && grid.concat().contains('+'), "{}", drawn.text());
        Ok(())
    }

    #[test]
    fn what_is_not_finite_is_outlined_and_says_so() -> anyhow::Result<()> {
        let labels = ["a".to_owned(), "b".to_owned()];
        let values = [[1.0_f32, f32::NAN], [f32::INFINITY, f32::NEG_INFINITY]];
        let plot = heatmap("broken", &labels, &labels, &Tensor::new(&values, &Device::Cpu)?)?;
        let texts: Vec<&str> = plot.svg().lines().filter(|line| ["NaN", "inf", "-inf"].contains(line)).collect();
        assert_eq!(texts, ["NaN", "inf", "-inf"], "{}", plot.svg());
        assert!(!plot.svg().contains("opacity=\"NaN\""), "{}", plot.svg());
        assert_eq!(plot.svg().matches("fill=\"#2E86DE\"").count(), 1, "one cell is filled: {}", plot.svg());
        Ok(())
    }

    #[test]
    fn a_wide_heatmap_has_small_cells_without_numbers() -> anyhow::Result<()> {
        let of = |n: usize| -> anyhow::Result<Plot> {
            let labels = vec!["a".to_owned(); n];
            Ok(heatmap("wide", &labels, &labels, &Tensor::full(0.25_f32, (n, n), &Device::Cpu)?)?)
        };
        let (roomy, wide) = (of(ROOM)?, of(ROOM + 1)?);
        assert!(roomy.svg().contains(".25") && !wide.svg().contains(".25"));
        assert!(wide.svg().len() < roomy.svg().len() / 2, "{} bytes", wide.svg().len());
        let width = |plot: &Plot| plot.text().lines().map(|line| line.chars().count()).max();
        assert!(width(&wide) < width(&roomy), "{}", wide.text());
        // One strong cell among 160,000 weak ones.
        let labels = vec!["a".to_owned(); 400];
        let mut values = vec![0.001_f32; 400 * 400];
        values[0] = 1.0;
        let plot = heatmap("very wide", &labels, &labels, &Tensor::from_vec(values, (400, 400), &Device::Cpu)?)?;
        assert_eq!(plot.svg().matches("#2E86DE").count(), 1);
        Ok(())
    }

    #[test]
    fn a_negative_value_has_a_hue_of_its_own() -> anyhow::Result<()> {
        let labels = ["a".to_owned(), "b".to_owned()];
        let orange = |values: &[[f32; 2]; 2]| -> anyhow::Result<bool> {
            Ok(heatmap("a", &labels, &labels, &Tensor::new(values, &Device::Cpu)?)?.svg().contains("#D6701C"))
        };
        assert!(orange(&[[1.0, 0.5], [0.0, -0.5]])?);
        assert!(!orange(&[[1.0, 0.5], [0.0, 0.5]])?);
        Ok(())
    }

    #[test]
    fn labels_must_fit() -> anyhow::Result<()> {
        let values = Tensor::zeros((2, 3), DType::F32, &Device::Cpu)?;
        let rows = ["a".to_owned(), "b".to_owned()];
        let error = heatmap("weights", &rows, &rows, &values).map(|plot| plot.title).expect_err("three columns");
        assert!(error.to_string().contains("not [2, 3]"), "{error}");
        Ok(())
    }
}
