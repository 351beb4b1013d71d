//! Running a plan: as much at the same time as the references allow.

use std::time::{Duration, Instant};

use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use serde_json::value::RawValue;

use super::{Plan, plan::Step, refs::Reference};
use crate::{Data, Grant, MAX_ANSWER_BYTES, json::Object, view::Fields};

/// How a pipeline is run.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// When it is given up. What is done by then stays done.
    pub deadline: Duration,
    /// The most steps at the same time.
    pub concurrency: usize,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(10), concurrency: 32 }
    }
}

/// What came of a pipeline.
#[derive(Debug)]
pub struct Report {
    /// Whether every step was done.
    pub complete: bool,
    /// Milliseconds of the whole.
    pub ms: f64,
    /// In the order in which the steps were sent.
    pub steps: Vec<StepReport>,
}

/// What came of a step.
#[derive(Debug)]
pub struct StepReport {
    pub name: String,
    /// As the same call by itself would have answered; 424 where a step that it refers to failed, 504 where the
    /// deadline came first.
    pub status: u16,
    /// The result; on failure `problem`.
    pub result: Object,
    /// Milliseconds from the pipeline's begin to the step's.
    pub start_ms: f64,
    /// Milliseconds that it took.
    pub ms: f64,
    /// The steps that it waited for.
    pub after: Vec<String>,
}

impl StepReport {
    /// Whether its result can be referred to.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

impl Plan {
    /// Runs it for the caller. Each step is judged by itself, as its call alone would be.
    pub async fn run(&self, data: &Data, grant: &Grant, options: RunOptions) -> Report {
        let began = Instant::now();
        let mut run = Run { plan: self, began, done: self.steps.iter().map(|_| None).collect(), bytes: 0 };
        let mut running = FuturesUnordered::new();
        let mut started = vec![false; self.steps.len()];
        let deadline = tokio::time::sleep(options.deadline);
        let mut deadline = std::pin::pin!(deadline);
        loop {
            // What has become free may free others at once, when it fails without a call.
            while let Some(place) = run.free(&started).filter(|_| running.len() < options.concurrency) {
                started[place] = true;
                let start_ms = run.elapsed();
                match run.call(place) {
                    Ok(call) => running.push(
                        async move { (place, start_ms, Instant::now(), call.run(data, grant).await) }
                            .map(|(place, start_ms, began, result)| (place, start_ms, millis(began), result)),
                    ),
                    Err(failure) => run.finish(place, start_ms, 0.0, failure.status, failure.problem()),
                }
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                Some((place, start_ms, ms, result)) = running.next() => match result {
                    Ok((status, fields)) => run.finish(place, start_ms, ms, status, fields),
                    Err(error) => {
                        let problem = crate::view::problem(&error).into_object();
                        let fields = Fields::new().with("problem", &problem).into_object();
                        run.finish(place, start_ms, ms, error.status(), fields);
                    }
                },
                () = &mut deadline => break,
            }
        }
        run.report(&started)
    }
}

/// Why a step was not called.
struct NotCalled {
    status: u16,
    code: &'static str,
    detail: String,
}

impl NotCalled {
    fn problem(&self) -> Object {
        let problem = Fields::new().with("code", self.code).with("detail", &self.detail).into_object();
        Fields::new().with("problem", &problem).into_object()
    }
}

struct Run<'a> {
    plan: &'a Plan,
    began: Instant,
    done: Vec<Option<StepReport>>,
    /// Of all results so far.
    bytes: u64,
}

impl Run<'_> {
    fn elapsed(&self) -> f64 {
        millis(self.began)
    }

    /// A step that was not started and waits for nothing.
    fn free(&self, started: &[bool]) -> Option<usize> {
        let is_free = |step: &Step| step.after.iter().all(|before| self.done[*before].is_some());
        self.plan
            .steps
            .iter()
            .enumerate()
            .find(|(place, step)| !started[*place] && is_free(step))
            .map(|(place, _)| place)
    }

    /// The step's call with results put in.
    fn call(&self, place: usize) -> Result<super::step::Call, NotCalled> {
        let step = &self.plan.steps[place];
        if self.bytes > MAX_ANSWER_BYTES {
            let detail = format!("the results so far are more than the {MAX_ANSWER_BYTES} bytes of an answer");
            return Err(NotCalled { status: 413, code: "too_large", detail });
        }
        let failed =
            step.after.iter().filter_map(|before| self.done[*before].as_ref()).find(|report| !report.is_done());
        if let Some(failed) = failed {
            let detail = format!("step `{}` was not done, so this one was not begun", failed.name);
            return Err(NotCalled { status: 424, code: "dependency_failed", detail });
        }
        let find = |reference: &Reference| -> Result<Box<RawValue>, String> {
            let result = self.done.iter().flatten().find(|report| report.name == reference.step);
            let result = result.ok_or_else(|| format!("`{}` has no result", reference.step))?;
            reference.find(&result.result)
        };
        step.spec.fill(&find).map_err(|detail| NotCalled { status: 422, code: "unresolved_reference", detail })
    }

    fn finish(&mut self, place: usize, start_ms: f64, ms: f64, status: u16, result: Object) {
        let step = &self.plan.steps[place];
        self.bytes += result.0.iter().map(|(_, value)| value.get().len() as u64).sum::<u64>();
        let after = step.after.iter().map(|before| self.plan.steps[*before].name.clone()).collect();
        self.done[place] = Some(StepReport { name: step.name.clone(), status, result, start_ms, ms, after });
    }

    /// Everything, with what the deadline cut off.
    fn report(mut self, started: &[bool]) -> Report {
        let now = self.elapsed();
        for (place, started) in started.iter().enumerate() {
            if self.done[place].is_none() {
                let detail = if *started {
                    "the deadline came while the step ran; a write may have happened"
                } else {
                    "the deadline came before the step was begun"
                };
                let failure = NotCalled { status: 504, code: "deadline", detail: detail.to_owned() };
                self.finish(place, now, 0.0, failure.status, failure.problem());
            }
        }
        let steps: Vec<StepReport> = self.done.into_iter().flatten().collect();
        Report { complete: steps.iter().all(StepReport::is_done), ms: now, steps }
    }
}

fn millis(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

impl Report {
    /// All results by the names of their steps.
    #[must_use]
    pub fn plain(&self) -> Object {
        self.fields(|step| step.fields().into_object())
    }

    /// The same with the timeline: when each step began, and what it waited for.
    #[must_use]
    pub fn explained(&self) -> Object {
        self.fields(|step| step.fields().with("start_ms", &step.start_ms).with("after", &step.after).into_object())
    }

    fn fields(&self, step: impl Fn(&StepReport) -> Object) -> Object {
        let mut steps = Fields::new();
        for report in &self.steps {
            steps = steps.with(&report.name, &step(report));
        }
        Fields::new()
            .with("complete", &self.complete)
            .with("ms", &self.ms)
            .with("steps", &steps.into_object())
            .into_object()
    }
}

impl StepReport {
    fn fields(&self) -> Fields {
        let status = Fields::new().with("status", &self.status);
        status.with_all(&self.result).with("ms", &self.ms)
    }
}
