//! A computed colour, and whether people would call it red or orange.

/// Red, green and blue, 0 to 255.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colour([f64; 3]);

impl Colour {
    /// Reads `rgb(…)` or `rgba(…)`.
    pub(super) fn parse(text: &str) -> Self {
        let numbers = text.trim_start_matches(|letter: char| !letter.is_ascii_digit()).trim_end_matches(')');
        let parts: Vec<f64> = numbers.split(',').map(|part| part.trim().parse().unwrap()).collect();
        Self([parts[0], parts[1], parts[2]])
    }

    /// The hue in degrees; `None` for greys.
    fn hue(self) -> Option<f64> {
        let [red, green, blue] = self.0;
        let (max, min) = (red.max(green).max(blue), red.min(green).min(blue));
        let spread = max - min;
        if spread < 25.0 {
            return None;
        }
        let sextant = if max == red {
            (green - blue) / spread
        } else if max == green {
            (blue - red) / spread + 2.0
        } else {
            (red - green) / spread + 4.0
        };
        Some((sextant * 60.0).rem_euclid(360.0))
    }

    pub(crate) fn is_red(self) -> bool {
        self.hue().is_some_and(|hue| !(15.0..=345.0).contains(&hue))
    }

    pub(crate) fn is_orange(self) -> bool {
        self.hue().is_some_and(|hue| (25.0..=45.0).contains(&hue))
    }
}

#[test]
fn classifies_colours_as_people_do() {
    let colour = Colour::parse;
    assert!(colour("rgb(251, 220, 217)").is_red() && colour("rgba(82, 28, 28, 0.9)").is_red());
    assert!(colour("rgb(255, 220, 174)").is_orange() && !colour("rgb(255, 220, 174)").is_red());
    for other in ["rgb(255, 255, 255)", "rgb(11, 107, 102)", "rgb(26, 32, 40)"] {
        assert!(!colour(other).is_red() && !colour(other).is_orange(), "{other}");
    }
}
