//! What all tasks have in common: `if`, input, output, export, timeout and `then`.
//!
//! The order is the specification's: raw input, `if`, `input.schema`, `input.from`, the task itself, `output.as`,
//! `output.schema`, `export.as`, `export.schema`.
use super::data::{Frame, bounded};
use super::list::Ending;
use super::scope::{Deadline, Place, Scope};
use super::{Run, Stop, Waiting};
use crate::definition::tasks::{Flow, TaskKind, TaskRef, at_most_once};
use crate::runner::durable::{Data, DurableCtx, Entered, FlowDirective, Left, Outcome, Step};
use crate::runner::fault::{Kind, TaskError};

/// After so many tasks others get a turn, and a cancelled run notices, even when no task of it ever waits.
const BREATH: u64 = 64;

/// A task that has ended without a fault.
pub(super) struct Done {
    pub output: Data,
    pub then: Option<FlowDirective>,
}

/// What the body of a task came to.
pub(super) struct Body {
    pub output: Data,
    /// Where it leads, when the body decides that (a switch, a catch, an `end` inside).
    pub then: Next,
}

/// Whether a body decides where the flow goes.
pub(super) enum Next {
    /// As the task's own `then` says.
    Own,
    /// Here.
    Given(Option<FlowDirective>),
}

impl Body {
    pub fn plain(output: Data) -> Body {
        Body { output, then: Next::Own }
    }

    /// The body of a task that held a list.
    pub fn of_list((output, ending): (Data, Ending)) -> Body {
        match ending {
            Ending::List => Body::plain(output),
            Ending::Run => Body { output, then: Next::Given(Some(FlowDirective::End)) },
        }
    }
}

/// The directive as contexts record it; `continue` is the absence of one.
pub(super) fn directive(flow: Flow<'_>) -> Option<FlowDirective> {
    match flow {
        Flow::Continue => None,
        Flow::Exit => Some(FlowDirective::Exit),
        Flow::End => Some(FlowDirective::End),
        Flow::Task(name) => Some(FlowDirective::Task(name.to_owned())),
    }
}

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Enters, performs and leaves one task.
    pub(super) async fn task(&mut self, task: &TaskRef<'_>, place: Place, input: Data, scope: &Scope) -> Result<Done, Stop> {
        self.entered += 1;
        if self.entered > self.world.ceilings.tasks {
            let text = format!("more than {} tasks in one run", self.world.ceilings.tasks);
            return Err(TaskError::standard(Kind::Runtime, text, &place.pointer).into());
        }
        if self.entered.is_multiple_of(BREATH) {
            tokio::task::yield_now().await;
        }
        let key = place.step_key();
        let step = Step {
            key: key.clone(),
            stable: place.stable.as_str().into(),
            pointer: place.pointer.clone(),
            name: task.name.to_owned(),
            kind: task.kind.key(),
            iteration: scope.iteration,
            attempt: scope.attempt,
            leaf: !matches!(task.kind, TaskKind::Do | TaskKind::For | TaskKind::Try),
            at_most_once: at_most_once(task.value),
            input: input.clone(),
        };
        let at = match self.ctx.enter(step).await? {
            Entered::Open { at } => at,
            Entered::Recorded(left) => return self.recorded(left, input),
        };
        let before = self.context.clone();
        let mut frame = Frame::task(task, place, scope.clone(), at, input.clone());
        let performed = match scope.passed(self.ctx.now()) {
            Some(deadline) => Err(deadline.passed().into()),
            None => self.timed(&mut frame).await,
        };
        let (outcome, then) = match &performed {
            Ok(Some(done)) => (Outcome::Completed(done.output.clone()), done.then.clone()),
            Ok(None) => (Outcome::Skipped, None),
            Err(Stop::Fault(error)) => (Outcome::Faulted(error.clone()), None),
            Err(Stop::Interrupted(why)) => return Err(why.clone().into()),
        };
        let context = (!self.context.same(&before)).then(|| self.context.clone());
        self.ctx.leave(&key, Left { outcome, context, then }).await?;
        // A skipped task hands its raw input on, and its `then` is not followed: it never completed.
        Ok(performed?.unwrap_or(Done { output: input, then: None }))
    }

    fn recorded(&mut self, left: Left, input: Data) -> Result<Done, Stop> {
        if let Some(context) = left.context {
            self.context = context;
        }
        match left.outcome {
            Outcome::Completed(output) => Ok(Done { output, then: left.then }),
            Outcome::Skipped => Ok(Done { output: input, then: None }),
            Outcome::Faulted(error) => Err(error.into()),
        }
    }

    /// Performs a task under its own timeout, which counts from its recorded entry.
    fn timed<'f>(&'f mut self, frame: &'f mut Frame<'_>) -> Waiting<'f, Option<Done>> {
        Box::pin(async move {
            let Some(task) = frame.task else { return Ok(None) };
            if !self.wanted(frame).await? {
                return Ok(None);
            }
            let raw = frame.raw_input.clone();
            if let Some(allowed) = self.timeout_of(frame, task.value, &raw).await? {
                let deadline = Deadline { at: frame.at.plus(allowed), owner: frame.place.step_key(), pointer: frame.place.pointer.clone() };
                frame.scope = frame.scope.until(deadline);
            }
            match self.performed(frame).await {
                Err(Stop::Fault(error)) if error.deadline.as_ref().is_some_and(|owner| owner.as_str() == frame.place.key) => {
                    Err(TaskError::standard(Kind::Timeout, "the task took longer than its timeout allows", &frame.place.pointer).into())
                }
                other => other.map(Some),
            }
        })
    }

    async fn wanted(&mut self, frame: &Frame<'_>) -> Result<bool, Stop> {
        let condition = frame.task.and_then(|task| task.value.get("if")).and_then(|text| text.as_str());
        match condition {
            None => Ok(true),
            Some(text) => self.holds(frame, text, &frame.raw_input).await,
        }
    }

    async fn performed(&mut self, frame: &mut Frame<'_>) -> Result<Done, Stop> {
        let Some(task) = frame.task else {
            return Err(TaskError::standard(Kind::Runtime, "no task here", &frame.place.pointer).into());
        };
        let raw = frame.raw_input.clone();
        self.check_schema(frame, task.value.get("input"), &format!("{}/input", task.pointer), &raw)?;
        let input = self.reshape(frame, task.value.get("input"), "from", &raw).await?;
        frame.input = Some(input.clone());

        let body = self.body(task, frame, input).await?;
        bounded(&body.output, self.world.ceilings.payload, &frame.place.pointer)?;

        frame.raw_output = Some(body.output.clone());
        let output = self.reshape(frame, task.value.get("output"), "as", &body.output).await?;
        self.check_schema(frame, task.value.get("output"), &format!("{}/output", task.pointer), &output)?;
        bounded(&output, self.world.ceilings.payload, &frame.place.pointer)?;
        frame.output = Some(output.clone());

        if let Some(export) = task.value.get("export") {
            if export.get("as").is_some() {
                let context = self.reshape(frame, Some(export), "as", &output).await?;
                bounded(&context, self.world.ceilings.payload, &frame.place.pointer)?;
                self.context = context;
            }
            let context = self.context.clone();
            self.check_schema(frame, Some(export), &format!("{}/export", task.pointer), &context)?;
        }
        let then = match body.then {
            Next::Own => directive(Flow::then(task.value)),
            Next::Given(then) => then,
        };
        Ok(Done { output, then })
    }
}
