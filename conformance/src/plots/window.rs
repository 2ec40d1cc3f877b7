//! How much a sender had in flight, and how much it was allowed.
use plotters::prelude::*;
use plotters::series::DashedLineSeries;

use super::watched::Sample;

const SIZE: (u32, u32) = (900, 320);
const CONGESTION: RGBColor = RGBColor(9, 105, 218);
const THRESHOLD: RGBColor = RGBColor(207, 34, 46);
const IN_FLIGHT: RGBColor = RGBColor(129, 139, 152);
const PEER: RGBColor = RGBColor(26, 127, 55);

/// Draws the windows of the socket that sent most, over time, in segments: what is in flight, the congestion window,
/// the slow start threshold where it is near, and the peer's window where it is. `None` if no socket ever had two
/// segments in flight: there is nothing to see then.
///
/// # Errors
/// Whatever the drawing library complains of, as a text.
pub fn window(samples: &[Sample]) -> Result<Option<String>, String> {
    let Some(curves) = Curves::of(samples) else { return Ok(None) };
    let mut svg = String::new();
    draw(&curves, &mut svg).map_err(|error| error.to_string())?;
    // The library ends its last line with none.
    svg.push('\n');
    Ok(Some(svg))
}

type Steps = Vec<(f64, i64)>;

/// The lines of the plot, each a staircase.
struct Curves {
    until: f64,
    top: i64,
    in_flight: Steps,
    congestion: Steps,
    threshold: Option<Steps>,
    peer: Option<Steps>,
}

impl Curves {
    fn of(samples: &[Sample]) -> Option<Self> {
        let busiest =
            samples.iter().filter(|sample| sample.in_flight > 1).max_by_key(|sample| sample.in_flight)?;
        let samples: Vec<_> = samples.iter().filter(|sample| sample.fd == busiest.fd).copied().collect();
        let until = seconds(&samples.last().copied()?);
        let top = samples.iter().map(|sample| sample.congestion_window.max(sample.in_flight)).max()?;
        // What nothing could reach would only flatten the rest.
        let near = |value: i64| value <= top + top / 2;
        let some = |value: fn(&Sample) -> i64| {
            let first = samples.iter().position(|sample| near(value(sample)))?;
            Some(steps(samples.get(first..)?, |sample| value(sample).min(top * 2)))
        };
        Some(Self {
            until,
            top: top + top / 2 + 1,
            in_flight: steps(&samples, |sample| sample.in_flight),
            congestion: steps(&samples, |sample| sample.congestion_window),
            threshold: some(|sample| sample.threshold),
            peer: some(|sample| sample.peer_window),
        })
    }
}

fn seconds(sample: &Sample) -> f64 {
    core::time::Duration::from_micros(sample.at.micros()).as_secs_f64()
}

/// Each value holds until the next one.
fn steps(samples: &[Sample], value: impl Fn(&Sample) -> i64) -> Steps {
    let mut steps = Steps::new();
    for sample in samples {
        let (at, value) = (seconds(sample), value(sample));
        if let Some(&(_, before)) = steps.last() {
            steps.push((at, before));
        }
        steps.push((at, value));
    }
    steps
}

fn draw(curves: &Curves, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..curves.until.max(0.001), 0..curves.top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(234, 238, 242))
        .x_desc("seconds")
        .y_desc("segments")
        .draw()?;
    let key =
        |colour: RGBColor| move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2));
    chart
        .draw_series(AreaSeries::new(curves.in_flight.iter().copied(), 0, IN_FLIGHT.mix(0.35)))?
        .label("in flight")
        .legend(key(IN_FLIGHT));
    chart
        .draw_series(LineSeries::new(curves.congestion.iter().copied(), CONGESTION.stroke_width(2)))?
        .label("congestion window")
        .legend(key(CONGESTION));
    if let Some(threshold) = &curves.threshold {
        chart
            .draw_series(DashedLineSeries::new(threshold.iter().copied(), 5, 4, THRESHOLD.stroke_width(1)))?
            .label("slow start threshold")
            .legend(key(THRESHOLD));
    }
    if let Some(peer) = &curves.peer {
        chart
            .draw_series(LineSeries::new(peer.iter().copied(), PEER.stroke_width(2)))?
            .label("peer's window")
            .legend(key(PEER));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    Ok(())
}
