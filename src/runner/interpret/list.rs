//! Task lists: one task after another, and where `then` leads.
use serde_json::Value;

use super::scope::{Place, Scope};
use super::{Run, Waiting};
use crate::definition::tasks::task_list;
use crate::runner::durable::{Data, DurableCtx, FlowDirective};
use crate::runner::fault::{Kind, TaskError};

/// How a list of tasks came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// After its last task, or by `then: exit`.
    List,
    /// By `then: end`, which ends the run.
    Run,
}

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Does the tasks of a list, the output of one being the raw input of the next; answers the last output.
    pub(super) fn list<'f>(
        &'f mut self,
        place: &'f Place,
        tasks: Option<&'f Value>,
        input: Data,
        scope: &'f Scope,
    ) -> Waiting<'f, (Data, Ending)> {
        Box::pin(async move {
            let tasks = task_list(tasks.unwrap_or(&Value::Null), &place.pointer);
            let mut visits = vec![0_u32; tasks.len()];
            let mut data = input;
            let mut at = 0;
            while let Some(task) = tasks.get(at) {
                visits[at] += 1;
                let here = place.child(task.index).child(task.name).visit(visits[at]);
                let done = self.task(task, here, data, scope).await?;
                data = done.output;
                at = match done.then {
                    None => at + 1,
                    Some(FlowDirective::Exit) => break,
                    Some(FlowDirective::End) => return Ok((data, Ending::Run)),
                    Some(FlowDirective::Task(name)) => {
                        self.jumps += 1;
                        if self.jumps > self.world.ceilings.jumps {
                            let text = format!("more than {} jumps by `then`: the flow goes round in circles", self.world.ceilings.jumps);
                            return Err(TaskError::standard(Kind::Runtime, text, &task.pointer).into());
                        }
                        let found = tasks.iter().position(|candidate| candidate.name == name);
                        found.ok_or_else(|| {
                            let text = format!("`then: {name}` names no task of this list: use the name of a task beside this one, or continue, exit or end");
                            TaskError::standard(Kind::Configuration, text, &task.pointer)
                        })?
                    }
                };
            }
            Ok((data, Ending::List))
        })
    }
}
