//! The call graph of a pipeline: which step stands where.

/// A step's width and height in the drawing, and the room between them.
pub const WIDTH: usize = 148;
pub const HEIGHT: usize = 46;
const GAP_X: usize = 52;
const GAP_Y: usize = 14;
const MARGIN: usize = 6;

/// Steps in columns from left to right: each in the first that is behind all that it waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The upper left corner of each step, in the order of the steps.
    pub places: Vec<(usize, usize)>,
    /// From a step to one that waits for it.
    pub edges: Vec<(usize, usize)>,
    /// How many columns there are.
    pub layers: usize,
    pub width: usize,
    pub height: usize,
}

impl Graph {
    /// Of steps with the names of those that they wait for. Unknown names are left out.
    #[must_use]
    pub fn of<'a>(steps: &[(&'a str, Vec<&'a str>)]) -> Self {
        let place = |name: &str| steps.iter().position(|(one, _)| *one == name);
        let edges: Vec<(usize, usize)> = steps
            .iter()
            .enumerate()
            .flat_map(|(to, (_, after))| after.iter().filter_map(move |name| place(name).map(|from| (from, to))))
            .collect();
        let mut layer = vec![0; steps.len()];
        // A longest way has fewer steps than there are; a circle, which the API refuses, ends there too.
        for _ in 1..steps.len() {
            for (from, to) in &edges {
                layer[*to] = layer[*to].max((layer[*from] + 1).min(steps.len() - 1));
            }
        }
        let layers = layer.iter().max().map_or(0, |last| last + 1);
        let mut filled = vec![0; layers];
        let rows: Vec<usize> = layer
            .iter()
            .map(|layer| {
                filled[*layer] += 1;
                filled[*layer] - 1
            })
            .collect();
        let tallest = filled.iter().max().copied().unwrap_or(0);
        let column = |count: usize| count * (HEIGHT + GAP_Y) - GAP_Y.min(count * GAP_Y);
        let places = layer.iter().zip(&rows).map(|(layer, row)| {
            // Shorter columns stand in the middle.
            let top = (column(tallest) - column(filled[*layer])) / 2;
            (MARGIN + layer * (WIDTH + GAP_X), MARGIN + top + row * (HEIGHT + GAP_Y))
        });
        Self {
            places: places.collect(),
            edges,
            layers,
            width: 2 * MARGIN + layers * (WIDTH + GAP_X) - GAP_X.min(layers * GAP_X),
            height: 2 * MARGIN + column(tallest),
        }
    }

    /// The curve of an edge, as a path of SVG.
    #[must_use]
    pub fn curve(&self, (from, to): (usize, usize)) -> String {
        let ((from_x, from_y), (to_x, to_y)) = (self.places[from], self.places[to]);
        let (begin, end) = (from_x + WIDTH, to_x.saturating_sub(5));
        let (begin_y, end_y) = (from_y + HEIGHT / 2, to_y + HEIGHT / 2);
        let bend = GAP_X / 2;
        format!("M{begin} {begin_y}C{} {begin_y} {} {end_y} {end} {end_y}", begin + bend, end.saturating_sub(bend))
    }
}

/// Where a bar begins and how long it is, in percent of the whole; never so short that it cannot be seen.
#[must_use]
pub fn bar(start_ms: f64, ms: f64, total_ms: f64) -> (f64, f64) {
    const SHORTEST: f64 = 0.8;
    let percent = |part: f64| if total_ms > 0.0 { (part / total_ms * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    let begin = percent(start_ms).min(100.0 - SHORTEST);
    // Not `clamp`, which panics where rounding has left less than the shortest.
    (begin, percent(ms).min(100.0 - begin).max(SHORTEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_stands_behind_all_that_it_waits_for() {
        let graph = Graph::of(&[
            ("page", vec!["team", "sports"]),
            ("who", vec![]),
            ("team", vec!["who"]),
            ("sports", vec![]),
            ("lost", vec!["nobody"]),
        ]);
        let column = |step: usize| (graph.places[step].0 - MARGIN) / (WIDTH + GAP_X);
        assert_eq!((0..5).map(column).collect::<Vec<_>>(), [2, 0, 1, 0, 0]);
        assert_eq!(graph.edges, [(2, 0), (3, 0), (1, 2)]);
        assert_eq!(graph.layers, 3);
        assert!(graph.places.iter().all(|(x, y)| x + WIDTH <= graph.width && y + HEIGHT <= graph.height));
        let mut places = graph.places.clone();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 5, "no two steps stand in one place");
    }

    #[test]
    fn nothing_and_circles_end() {
        assert_eq!(Graph::of(&[]).layers, 0);
        assert_eq!(Graph::of(&[("a", vec!["b"]), ("b", vec!["a"])]).places.len(), 2);
        let hundred: Vec<String> = (0..100).map(|number| format!("s{number}")).collect();
        let chain: Vec<(&str, Vec<&str>)> = hundred
            .iter()
            .enumerate()
            .map(|(at, name)| {
                (name.as_str(), at.checked_sub(1).map(|before| hundred[before].as_str()).into_iter().collect())
            })
            .collect();
        assert_eq!(Graph::of(&chain).layers, 100);
    }

    #[test]
    fn bars_stay_within_the_whole() {
        assert_eq!(bar(0.0, 5.0, 10.0), (0.0, 50.0));
        for (start, ms, total) in [(10.0, 0.0, 10.0), (0.0, 0.0, 0.0), (9.9, 5.0, 10.0)] {
            let (begin, length) = bar(start, ms, total);
            assert!(begin >= 0.0 && length > 0.5 && begin + length <= 100.001, "{begin} {length}");
        }
    }
}
