//! Breadth first, in parallel, the same on every run.
use core::fmt;
use std::collections::HashSet;

use rayon::prelude::*;
use stackdrill_oracle::Coverage;

/// How many states are taken further between two looks at what has been visited: bounds what is held in memory.
const BATCH: usize = 512;

/// Something that can go on in several ways.
pub trait World: Clone + Send + Sync {
    /// One of the ways.
    type Step: Copy + fmt::Debug + Send + Sync;

    /// The ways in which it can go on, always in the same order; none where it has ended.
    fn steps(&self) -> Vec<Self::Step>;

    /// Goes on in one of them.
    ///
    /// # Errors
    /// The law that does not hold afterwards, in words.
    fn take(&mut self, step: Self::Step) -> Result<(), String>;

    /// Nothing more is done to it: comes to rest.
    ///
    /// # Errors
    /// The law that does not hold on the way there.
    fn rest(&mut self) -> Result<(), String>;

    /// What it is, in canonical form: worlds with the same one go on alike.
    fn canonical(&self) -> u128;

    /// What the oracles in it have seen since the last time this was asked.
    fn coverage(&mut self) -> Coverage;
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Explored<S> {
    /// States visited.
    pub states: usize,
    /// Steps taken.
    pub transitions: usize,
    /// States first reached at each depth, from 0 on.
    pub levels: Vec<usize>,
    /// Whether every state was taken as far as it goes, rather than to the depth asked for.
    pub complete: bool,
    /// Pairs of state and event visited, and rules of the oracle fired.
    pub coverage: Coverage,
    /// The shortest way to a law that does not hold, if one does not: the search ends there.
    pub counterexample: Option<Counterexample<S>>,
}

/// A law that does not hold, and how to get there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counterexample<S> {
    /// The law, in words.
    pub law: String,
    /// Which of the roots it starts from.
    pub root: usize,
    /// The steps from there.
    pub steps: Vec<S>,
}

/// How a state was first reached.
#[derive(Clone, Copy)]
struct Origin {
    /// The state before, or the root.
    from: u32,
    /// Which of its steps; none for a root.
    step: Option<u16>,
}

/// What became of one step.
type Taken<W> = (Origin, Result<(u128, W), String>);

struct Search<W: World> {
    visited: HashSet<u128>,
    origins: Vec<Origin>,
    explored: Explored<W::Step>,
}

/// Visits every state that can be reached from `roots` in at most `depth` steps, each once, and lets those at that
/// depth come to rest. Ends with the first level that breaks a law.
///
/// Takes time in proportion to the transitions, and memory to the states (about 40 octets each, and whole worlds for
/// those of the widest level but the last).
pub fn explore<W: World>(roots: &[W], depth: usize) -> Explored<W::Step> {
    let explored = Explored {
        states: 0,
        transitions: 0,
        levels: Vec::new(),
        complete: false,
        coverage: Coverage::default(),
        counterexample: None,
    };
    let mut search = Search { visited: HashSet::new(), origins: Vec::new(), explored };
    let starts = roots.iter().cloned().enumerate();
    let starts = starts.map(|(root, world)| {
        let origin = Origin { from: root as u32, step: None };
        (origin, Ok((world.canonical(), world)))
    });
    let mut frontier = Vec::new();
    let mut broken = search.enter(starts.collect(), &mut frontier);
    search.explored.levels.push(frontier.len());
    for level in 1..=depth {
        if broken.is_some() || frontier.is_empty() {
            break;
        }
        let mut next = Vec::new();
        for batch in frontier.chunks(BATCH) {
            let mut fresh = Vec::new();
            broken = search.advance(batch, &mut fresh);
            if level == depth {
                let count = fresh.len();
                broken = broken.or_else(|| search.settle(fresh));
                next.resize_with(next.len() + count, || None);
            } else {
                next.extend(fresh.into_iter().map(Some));
            }
            if broken.is_some() {
                break;
            }
        }
        search.explored.levels.push(next.len());
        frontier = next.into_iter().flatten().collect();
    }
    search.explored.complete = broken.is_none() && search.explored.levels.last() == Some(&0);
    search.explored.states = search.origins.len();
    search.explored.counterexample = broken.map(|(law, last)| search.way(roots, law, last));
    search.explored
}

impl<W: World> Search<W> {
    /// Takes every step of every world of a batch, and keeps the states that are new.
    fn advance(&mut self, batch: &[(u32, W)], fresh: &mut Vec<(u32, W)>) -> Option<(String, Origin)> {
        let visited = &self.visited;
        let taken: Vec<(Vec<Taken<W>>, Coverage, usize)> = batch
            .par_iter()
            .map(|(node, world)| {
                let (mut taken, mut coverage) = (Vec::new(), Coverage::default());
                let steps = world.steps();
                for (index, &step) in steps.iter().enumerate() {
                    let origin = Origin { from: *node, step: Some(index as u16) };
                    let mut after = world.clone();
                    let outcome = after.take(step);
                    coverage.merge(&after.coverage());
                    match outcome {
                        Err(law) => taken.push((origin, Err(law))),
                        Ok(()) => {
                            let canonical = after.canonical();
                            if !visited.contains(&canonical) {
                                taken.push((origin, Ok((canonical, after))));
                            }
                        }
                    }
                }
                (taken, coverage, steps.len())
            })
            .collect();
        let mut broken = None;
        for (taken, coverage, steps) in taken {
            self.explored.coverage.merge(&coverage);
            self.explored.transitions += steps;
            broken = broken.or_else(|| self.enter(taken, fresh));
        }
        broken
    }

    /// Enters what is new among the visited; the first law that is broken.
    fn enter(&mut self, taken: Vec<Taken<W>>, fresh: &mut Vec<(u32, W)>) -> Option<(String, Origin)> {
        for (origin, outcome) in taken {
            match outcome {
                Err(law) => return Some((law, origin)),
                Ok((canonical, world)) => {
                    if self.visited.insert(canonical) {
                        fresh.push((self.origins.len() as u32, world));
                        self.origins.push(origin);
                    }
                }
            }
        }
        None
    }

    /// Lets worlds come to rest.
    fn settle(&mut self, fresh: Vec<(u32, W)>) -> Option<(String, Origin)> {
        let rested: Vec<_> = fresh
            .into_par_iter()
            .map(|(node, mut world)| {
                let outcome = world.rest();
                (node, outcome, world.coverage())
            })
            .collect();
        let mut broken = None;
        for (node, outcome, coverage) in rested {
            self.explored.coverage.merge(&coverage);
            let law = outcome.err();
            broken = broken.or_else(|| law.and_then(|law| Some((law, *self.origins.get(node as usize)?))));
        }
        broken
    }

    /// The way to what `last` led to.
    fn way(&self, roots: &[W], law: String, last: Origin) -> Counterexample<W::Step> {
        let (mut root, mut indices, mut origin) = (0, Vec::new(), Some(last));
        while let Some(Origin { from, step }) = origin {
            let Some(step) = step else {
                root = from as usize;
                break;
            };
            indices.push(step);
            origin = self.origins.get(from as usize).copied();
        }
        let mut steps = Vec::new();
        let mut world = roots.get(root).cloned();
        for index in indices.into_iter().rev() {
            let Some(world) = &mut world else { break };
            let Some(step) = world.steps().get(usize::from(index)).copied() else { break };
            steps.push(step);
            // The last one breaks the law that is told.
            drop(world.take(step));
        }
        Counterexample { law, root, steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two jugs, of three and five litres: a world in which little is reached in few steps.
    #[derive(Clone, Debug)]
    struct Jugs([u8; 2]);

    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    enum Pour {
        In(usize),
        Out(usize),
        From(usize),
    }

    const SIZES: [u8; 2] = [3, 5];

    impl World for Jugs {
        type Step = Pour;

        fn steps(&self) -> Vec<Pour> {
            [0, 1].into_iter().flat_map(|jug| [Pour::In(jug), Pour::Out(jug), Pour::From(jug)]).collect()
        }

        fn take(&mut self, step: Pour) -> Result<(), String> {
            match step {
                Pour::In(jug) => self.0[jug] = SIZES[jug],
                Pour::Out(jug) => self.0[jug] = 0,
                Pour::From(jug) => {
                    let moved = self.0[jug].min(SIZES[1 - jug] - self.0[1 - jug]);
                    self.0[jug] -= moved;
                    self.0[1 - jug] += moved;
                }
            }
            if self.0[1] == 4 { Err("there are never four litres".to_owned()) } else { Ok(()) }
        }

        fn rest(&mut self) -> Result<(), String> {
            Ok(())
        }

        fn canonical(&self) -> u128 {
            u128::from(self.0[0]) << 8 | u128::from(self.0[1])
        }

        fn coverage(&mut self) -> Coverage {
            Coverage::default()
        }
    }

    #[test]
    fn the_shortest_way_is_found() {
        let found = explore(&[Jugs([0, 0])], 20).counterexample.expect("four litres can be measured");
        assert_eq!(found.law, "there are never four litres");
        let way = [Pour::In(1), Pour::From(1), Pour::Out(0), Pour::From(1), Pour::In(1), Pour::From(1)];
        assert_eq!(found.steps, way);
        assert!(explore(&[Jugs([0, 0])], 5).counterexample.is_none(), "five steps do not do");
    }

    #[test]
    fn each_state_is_visited_once() {
        let explored = explore(&[Jugs([0, 0]), Jugs([3, 0])], 2);
        assert_eq!(explored.levels, [2, 3, 2]);
        assert_eq!((explored.states, explored.transitions), (7, 30));
    }
}
