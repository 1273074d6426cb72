//! Typed views of tasks, told apart by which key is present. The value stays the source of truth.

use serde_json::Value;

use super::pointer::join;

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// `do`: tasks in order.
    Do,
    /// `set`: the output is the given data.
    Set,
    /// `switch`: the first case that holds says where to go.
    Switch,
    /// `for`: tasks once per item.
    For,
    /// `raise`: an error on purpose.
    Raise,
    /// `try`/`catch`.
    Try,
    /// `wait`.
    Wait,
    /// `run`.
    Run(RunKind),
    /// `call`.
    Call(CallKind),
    /// `fork`: branches side by side.
    Fork,
    /// `emit`: an event out.
    Emit,
    /// `listen`: events in.
    Listen,
    /// None of these (the definition is not valid).
    Unknown,
}

/// What a `call` task calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// `call: http`
    Http,
    /// `call: openapi`
    OpenApi,
    /// `call: grpc`
    Grpc,
    /// `call: asyncapi`
    AsyncApi,
    /// `call: a2a`
    A2a,
    /// `call: mcp`
    Mcp,
    /// A function of `use.functions`, a catalog or an address.
    Function,
}

/// What a `run` task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunKind {
    /// Another flow.
    Workflow,
    /// A container.
    Container,
    /// A script.
    Script,
    /// A shell command.
    Shell,
}

/// The keys that name a task's kind, in the order in which they are looked for (`for` before `do`:
/// a `for` task has both).
pub const KIND_KEYS: [&str; 12] = ["for", "do", "set", "switch", "raise", "try", "wait", "run", "call", "fork", "emit", "listen"];

impl TaskKind {
    /// The kind of a task by its keys.
    pub fn of(task: &Value) -> TaskKind {
        let Some(key) = KIND_KEYS.iter().find(|k| task.get(**k).is_some()) else {
            return TaskKind::Unknown;
        };
        match *key {
            "for" => TaskKind::For,
            "do" => TaskKind::Do,
            "set" => TaskKind::Set,
            "switch" => TaskKind::Switch,
            "raise" => TaskKind::Raise,
            "try" => TaskKind::Try,
            "wait" => TaskKind::Wait,
            "run" => RunKind::of(&task["run"]).map_or(TaskKind::Unknown, TaskKind::Run),
            "call" => task["call"].as_str().map_or(TaskKind::Unknown, |c| TaskKind::Call(CallKind::of(c))),
            "fork" => TaskKind::Fork,
            "emit" => TaskKind::Emit,
            _ => TaskKind::Listen,
        }
    }

    /// The key that marks the kind in a definition; empty for [`TaskKind::Unknown`].
    pub fn key(self) -> &'static str {
        match self {
            TaskKind::Do => "do",
            TaskKind::Set => "set",
            TaskKind::Switch => "switch",
            TaskKind::For => "for",
            TaskKind::Raise => "raise",
            TaskKind::Try => "try",
            TaskKind::Wait => "wait",
            TaskKind::Run(_) => "run",
            TaskKind::Call(_) => "call",
            TaskKind::Fork => "fork",
            TaskKind::Emit => "emit",
            TaskKind::Listen => "listen",
            TaskKind::Unknown => "",
        }
    }

    /// The kind as people read it: `set`, `call http`, `run workflow`.
    pub fn label(self) -> &'static str {
        match self {
            TaskKind::Run(RunKind::Workflow) => "run workflow",
            TaskKind::Run(RunKind::Container) => "run container",
            TaskKind::Run(RunKind::Script) => "run script",
            TaskKind::Run(RunKind::Shell) => "run shell",
            TaskKind::Call(CallKind::Http) => "call http",
            TaskKind::Call(CallKind::OpenApi) => "call openapi",
            TaskKind::Call(CallKind::Grpc) => "call grpc",
            TaskKind::Call(CallKind::AsyncApi) => "call asyncapi",
            TaskKind::Call(CallKind::A2a) => "call a2a",
            TaskKind::Call(CallKind::Mcp) => "call mcp",
            TaskKind::Call(CallKind::Function) => "call function",
            TaskKind::Unknown => "unknown",
            other => other.key(),
        }
    }
}

impl CallKind {
    /// The kind by the text after `call:`.
    pub fn of(call: &str) -> CallKind {
        match call {
            "http" => CallKind::Http,
            "openapi" => CallKind::OpenApi,
            "grpc" => CallKind::Grpc,
            "asyncapi" => CallKind::AsyncApi,
            "a2a" => CallKind::A2a,
            "mcp" => CallKind::Mcp,
            _ => CallKind::Function,
        }
    }
}

impl RunKind {
    /// The kind by the keys of the `run` object.
    pub fn of(run: &Value) -> Option<RunKind> {
        [("workflow", RunKind::Workflow), ("container", RunKind::Container), ("script", RunKind::Script), ("shell", RunKind::Shell)]
            .into_iter()
            .find_map(|(key, kind)| run.get(key).map(|_| kind))
    }
}

/// One item of a task list.
#[derive(Debug, Clone)]
pub struct TaskRef<'a> {
    /// Position in its list, from 0.
    pub index: usize,
    /// The task's name: the item's single key.
    pub name: &'a str,
    /// JSON pointer of the task: `<list>/<index>/<name>`, names escaped (RFC 6901).
    pub pointer: String,
    /// What it does.
    pub kind: TaskKind,
    /// The task itself.
    pub value: &'a Value,
}

/// Why a task holds a list of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListRole {
    /// `do` of a `do` task.
    Do,
    /// `do` of a `for` task.
    For,
    /// `try`.
    Try,
    /// `catch.do`.
    Catch,
    /// `fork.branches`.
    Branches,
    /// `foreach.do` of a `listen` task (or of an asyncapi subscription).
    Foreach,
}

/// A list of tasks inside a task.
#[derive(Debug, Clone)]
pub struct ChildList<'a> {
    /// Why it is there.
    pub role: ListRole,
    /// JSON pointer of the list.
    pub pointer: String,
    /// The array.
    pub value: &'a Value,
}

/// The tasks of a list. Items that are not a one-key object are left out; `validate` names them.
pub fn task_list<'a>(list: &'a Value, pointer: &str) -> Vec<TaskRef<'a>> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let (name, value) = item.as_object().filter(|o| o.len() == 1)?.iter().next()?;
            let pointer = join(&join(pointer, index), name);
            Some(TaskRef { index, name, pointer, kind: TaskKind::of(value), value })
        })
        .collect()
}

/// The tasks of the definition's own `do`.
pub fn root(definition: &Value) -> Vec<TaskRef<'_>> {
    definition.get("do").map(|list| task_list(list, "/do")).unwrap_or_default()
}

/// The lists of tasks that a task holds, in the order in which they run.
pub fn child_lists<'a>(task: &TaskRef<'a>) -> Vec<ChildList<'a>> {
    let paths: &[(&[&str], ListRole)] = match task.kind {
        TaskKind::Do => &[(&["do"], ListRole::Do)],
        TaskKind::For => &[(&["do"], ListRole::For)],
        TaskKind::Try => &[(&["try"], ListRole::Try), (&["catch", "do"], ListRole::Catch)],
        TaskKind::Fork => &[(&["fork", "branches"], ListRole::Branches)],
        TaskKind::Listen => &[(&["foreach", "do"], ListRole::Foreach)],
        TaskKind::Call(CallKind::AsyncApi) => &[(&["with", "subscription", "foreach", "do"], ListRole::Foreach)],
        _ => &[],
    };
    paths
        .iter()
        .filter_map(|(path, role)| {
            let value = path.iter().try_fold(task.value, |v, key| v.get(key))?;
            let pointer = path.iter().fold(task.pointer.clone(), |p, key| join(&p, key));
            value.is_array().then_some(ChildList { role: *role, pointer, value })
        })
        .collect()
}

/// Visits every task reachable from `do`, depth first, in document order; the number is the depth
/// of the task's list (0 for the definition's own).
pub fn walk<'a>(definition: &'a Value, visit: &mut dyn FnMut(&TaskRef<'a>, usize)) {
    for task in root(definition) {
        walk_task(&task, visit);
    }
}

/// Visits one task and every task inside it, depth first.
pub fn walk_task<'a>(task: &TaskRef<'a>, visit: &mut dyn FnMut(&TaskRef<'a>, usize)) {
    fn inside<'a>(task: &TaskRef<'a>, depth: usize, visit: &mut dyn FnMut(&TaskRef<'a>, usize)) {
        visit(task, depth);
        for child in child_lists(task) {
            for task in task_list(child.value, &child.pointer) {
                inside(&task, depth + 1, visit);
            }
        }
    }
    inside(task, 0, visit);
}

/// Where to go after a task or a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow<'a> {
    /// The next task of the list.
    Continue,
    /// Leave this list.
    Exit,
    /// End the run.
    End,
    /// The named task of the same list.
    Task(&'a str),
}

impl<'a> Flow<'a> {
    /// The directive written as `text`.
    pub fn of(text: &'a str) -> Flow<'a> {
        match text {
            "continue" => Flow::Continue,
            "exit" => Flow::Exit,
            "end" => Flow::End,
            name => Flow::Task(name),
        }
    }

    /// The `then` of a task, a case or a catch; absent is [`Flow::Continue`].
    pub fn then(holder: &'a Value) -> Flow<'a> {
        holder.get("then").and_then(Value::as_str).map_or(Flow::Continue, Flow::of)
    }
}

/// One case of a `switch`.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The case's name.
    pub name: &'a str,
    /// JSON pointer of the case.
    pub pointer: String,
    /// Its condition; none for the default case.
    pub when: Option<&'a str>,
    /// Where it leads.
    pub then: Flow<'a>,
}

/// The cases of a `switch` task, in order.
pub fn cases<'a>(task: &TaskRef<'a>) -> Vec<Case<'a>> {
    let list = join(&task.pointer, "switch");
    let items = task.value.get("switch").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let (name, case) = item.as_object()?.iter().next()?;
            Some(Case {
                name,
                pointer: join(&join(&list, index), name),
                when: case.get("when").and_then(Value::as_str),
                then: Flow::then(case),
            })
        })
        .collect()
}

/// Whether the task says `metadata.signalbox.atMostOnce: true`: after a crash it is never run
/// again, the run parks as *needs attention* instead (PRODUCT §7.2).
pub fn at_most_once(task: &Value) -> bool {
    task.pointer("/metadata/signalbox/atMostOnce").and_then(Value::as_bool).unwrap_or(false)
}
