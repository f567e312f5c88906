//! The rates as a picture: a group of bars for each operation, as long as the rate beside that of the fastest program.

use std::fmt::Write as _;

use super::report::{Measured, Report};

const WIDTH: f64 = 720.0;
const LABELS: f64 = 210.0;
const BAR: f64 = 14.0;
const GAP: f64 = 16.0;
const TOP: f64 = 34.0;

/// One colour for each program; each is legible on white and on black.
const COLOURS: [&str; 3] = ["#1f7a5c", "#8a8f98", "#b98a3c"];

/// Draws it.
pub(super) fn draw(report: &Report) -> String {
    let group = BAR * report.programs.len() as f64 + GAP;
    let height = TOP + group * report.operations.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#767b84\" role=\"img\">\n\
         <title>Requests a second</title>\n"
    );
    let mut left = 0.0;
    for (program, colour) in report.programs.iter().zip(COLOURS) {
        let _ = writeln!(svg, "<rect x=\"{left}\" y=\"4\" width=\"12\" height=\"12\" fill=\"{colour}\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"14\">{}</text>", left + 18.0, program.name);
        left += 60.0 + 7.0 * program.name.len() as f64;
    }
    for (measured, number) in report.operations.iter().zip(0_u8..) {
        bars(&mut svg, measured, TOP + group * f64::from(number));
    }
    svg + "</svg>\n"
}

fn bars(svg: &mut String, measured: &Measured, top: f64) {
    let Measured { operation, clients, per_second, .. } = measured;
    let of_clients = if *clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
    let _ = writeln!(svg, "<text x=\"0\" y=\"{}\">{operation}, {of_clients}</text>", top + BAR * 2.0 - 3.0);
    let most = per_second.iter().copied().fold(1.0, f64::max);
    let mut y = top;
    for (rate, colour) in per_second.iter().zip(COLOURS) {
        let width = (WIDTH - LABELS - 60.0) * rate / most;
        let height = BAR - 2.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{LABELS}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{rate:.0}/s</text>",
            LABELS + width + 6.0,
            y + BAR - 4.0
        );
        y += BAR;
    }
}
