//! Holds the colours of `assets/app.css` to WCAG 2.2 AA, by arithmetic and not by taste.

const SHEET: &str = include_str!("assets/app.css");

/// The tokens of one scheme: dark falls back on light, as the cascade does.
fn token(scheme: &str, name: &str) -> [f64; 3] {
    let (light, rest) = SHEET.split_once("@media (prefers-color-scheme:dark)").expect("a dark scheme");
    let dark = rest.split_once("/* type */").expect("its end").0;
    let find = |block: &str| {
        let at = block.find(&format!("--{name}:#"))? + name.len() + 4;
        u32::from_str_radix(block.get(at..at + 6)?, 16).ok()
    };
    let value = if scheme == "dark" { find(dark).or_else(|| find(light)) } else { find(light) };
    let value = value.unwrap_or_else(|| panic!("no colour --{name}"));
    [value >> 16, value >> 8 & 255, value & 255].map(|channel| f64::from(channel) / 255.0)
}

/// Relative luminance (WCAG 2.2, definition of that name).
fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(scheme: &str, front: &str, back: &str) -> f64 {
    let (a, b) = (luminance(token(scheme, front)), luminance(token(scheme, back)));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_stands_out_by_four_and_a_half_and_marks_by_three_in_both_schemes() {
    let grounds = ["paper", "raised", "sunk"];
    let mut weak = Vec::new();
    for scheme in ["light", "dark"] {
        let mut least = |front: &str, back: &str, least: f64| {
            let found = contrast(scheme, front, back);
            if found < least {
                weak.push(format!("{scheme}: {front} on {back} is {found:.2}, needs {least}"));
            }
        };
        for ground in grounds {
            for ink in ["ink", "quiet", "jade", "jade-deep", "ochre", "vermilion", "slate"] {
                least(ink, ground, 4.5);
            }
            least("edge", ground, 3.0);
        }
        for state in ["jade", "ochre", "vermilion", "slate"] {
            least(state, &format!("{state}-wash"), 4.5);
            least("ink", &format!("{state}-wash"), 4.5);
        }
        least("on-jade", "jade", 4.5);
        least("on-jade", "jade-deep", 4.5);
        least("paper", "vermilion", 4.5);
        least("quiet", "jade-wash", 4.5);
        least("jade", "ochre-wash", 4.5);
        least("jade", "vermilion-wash", 4.5);
    }
    assert!(weak.is_empty(), "{}", weak.join("\n"));
}

#[test]
fn the_sheet_stays_small_and_asks_for_nothing_elsewhere() {
    assert!(SHEET.len() < 33_000, "{} bytes", SHEET.len());
    assert!(!SHEET.contains("@import") && !SHEET.contains("url("));
}
