//! What is fuzzed: each function takes any bytes, must come back in bounded time and memory, and checks what must hold of the result.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use thaiyyal_engine::{Answer, Catalog, EffectKind, Machine, Plan, Progress, Start};
use thaiyyal_expr::{Bounds, Draw, EvalCode, Expression, Lookup, NodeIndex, Scope, SettingTemplates, Template};
use thaiyyal_model::{Definition, ExecutionId, Limits, Trigger, Value};

const BOUNDS: Bounds = Bounds { steps: 20_000, value_bytes: 1 << 20 };
const NODES: [&str; 3] = ["a", "a-b", "1"];

/// An expression, and in the last line the JSON of its input.
pub fn expression(data: &[u8]) {
    let Some((source, input)) = text_and_input(data) else { return };
    let Ok(expression) = Expression::compile(source, &NODES) else { return };
    let world = World(input.clone());
    let scope = Scope::new(&world, Timestamp::UNIX_EPOCH).with_input(&input).with_bounds(BOUNDS);
    let mut spent = 0;
    let value = expression.eval_value_metered(&scope, &mut spent);
    assert!(spent <= BOUNDS.steps, "{spent} steps");
    match &value {
        Ok(value) => check(value),
        Err(error) => assert!(error.byte_offset <= source.len() && source.is_char_boundary(error.byte_offset), "{error:?}"),
    }
    let again = expression.eval_value(&scope);
    assert_eq!(again.is_ok(), value.is_ok(), "the same twice");
    let truth = expression.eval_bool(&scope);
    if let (Ok(value), Ok(truth)) = (&value, &truth) {
        assert_eq!(value.as_bool() == Some(true), *truth, "both forms agree");
    }
    if let (Err(error), Err(other)) = (&value, &truth) {
        assert!(error.code != EvalCode::Unresolved, "what cannot be resolved is false, not {other}");
    }
    let items = Value::from(vec![input.clone()]);
    let _ = expression.eval_bool(&scope.at_element(&input, 0, &items));
}

/// A text with templates, and in the last line the JSON of its input.
pub fn template(data: &[u8]) {
    let Some((source, input)) = text_and_input(data) else { return };
    let world = World(input.clone());
    let scope = Scope::new(&world, Timestamp::UNIX_EPOCH).with_input(&input).with_bounds(BOUNDS);
    if let Ok(template) = Template::compile(source, &NODES)
        && let Ok(value) = template.render(&scope)
    {
        check(&value);
        assert!(!template.is_fixed() || value.as_str() == Some(source), "a text without templates stays as it is");
    }
    if let Ok(settings) = SettingTemplates::compile(&Value::from(vec![Value::from(source), input.clone()]), &[], &NODES)
        && let Ok(value) = settings.render(&scope)
    {
        check(&value);
    }
}

/// The JSON of a definition: it is refused, or runs to an end whatever the world answers.
pub fn definition(data: &[u8]) {
    let read = Definition::from_json(data);
    // The quick way to read one takes nothing that the way with reasons does not, and makes the same of it.
    match Value::from_json(data) {
        Ok(value) => assert_eq!(read, Definition::from_value(&value)),
        Err(_) => assert!(read.is_err()),
    }
    let Ok(definition) = read else { return };
    if let Ok(compiled) = Plan::compile(&definition, &CATALOG, &LIMITS) {
        run(Arc::new(compiled.plan), Value::Null);
    }
}

/// A byte that chooses a format, and a text in it.
pub fn parse(data: &[u8]) {
    static PLANS: LazyLock<Vec<Arc<Plan>>> = LazyLock::new(|| {
        ["AUTO", "JSON", "CSV", "TSV", "YAML", "XML"]
            .map(|format| {
                let definition = serde_json::json!({
                    "nodes": [
                        {"id": "n", "type": "number", "data": {"value": 0}},
                        {"id": "t", "type": "expression", "data": {"expression": "trigger.input"}},
                        {"id": "p", "type": "parse", "data": {"input_type": format}},
                        {"id": "f", "type": "format", "data": {"output_type": "JSON"}}
                    ],
                    "edges": [{"source": "n", "target": "t"}, {"source": "t", "target": "p"}, {"source": "p", "target": "f"}]
                });
                let definition = Definition::from_json(definition.to_string().as_bytes()).expect("a definition");
                Arc::new(Plan::compile(&definition, &CATALOG, &LIMITS).expect("a plan").plan)
            })
            .into()
    });
    let Some((format, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    run(Arc::clone(&PLANS[usize::from(*format) % PLANS.len()]), Value::from(text));
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::new([]));

static LIMITS: LazyLock<Arc<Limits>> = LazyLock::new(|| {
    Arc::new(Limits {
        max_expression_steps: BOUNDS.steps,
        max_value_bytes: 4 << 20,
        max_total_bytes: 16 << 20,
        max_node_executions: Some(2_000),
        // There is no object store.
        max_stored_bytes: 0,
        ..Limits::default()
    })
});

fn run(plan: Arc<Plan>, input: Value) {
    /// Each is at most some milliseconds of work.
    const MOST_SLICES: usize = 2_000;
    let start = Start {
        execution: ExecutionId::from_uuid(uuid::Uuid::nil()),
        workflow: None,
        version: None,
        trigger: Trigger::Api,
        parent: None,
        depth: 0,
        input,
        started_at: Timestamp::UNIX_EPOCH,
    };
    let mut now = start.started_at;
    let mut machine = Machine::start(plan, start, Arc::clone(&LIMITS));
    for _ in 0..MOST_SLICES {
        let progress = machine.advance(now);
        machine.take_records();
        let effects = match progress {
            Progress::Ended(_) => {
                machine.results().for_each(|(_, value)| check(value));
                return;
            }
            Progress::More => continue,
            Progress::Objects(_) => panic!("there is no object store to ask"),
            Progress::Effects(effects) => effects,
        };
        if effects.is_empty() {
            // Whatever it still waits for, the end of its time comes first.
            now = machine.deadline();
        }
        for effect in effects {
            let answer = match effect.kind {
                EffectKind::Call { .. } | EffectKind::Child(_) => Answer::Done(Value::from(1)),
                EffectKind::Wait { until, .. } => {
                    now = until.map_or(now, |until| until.max(now).min(machine.deadline()));
                    Answer::Woken
                }
                EffectKind::Cancel { .. } => continue,
            };
            machine.complete(&effect.step, answer, now);
        }
    }
    panic!("it does not end");
}

/// What holds of every value.
fn check(value: &Value) {
    assert!(value.depth() <= Value::MAX_DEPTH + 2, "{} deep", value.depth());
    let json = value.to_json();
    let read = Value::from_json_lossless(&json).expect("every value is JSON");
    assert_eq!(&read, value);
}

fn text_and_input(data: &[u8]) -> Option<(&str, Value)> {
    let text = std::str::from_utf8(data).ok()?;
    let (source, input) = text.rsplit_once('\n').unwrap_or((text, "null"));
    Some((source, Value::from_json(input.as_bytes()).unwrap_or_default()))
}

/// A workflow in which everything is the input.
struct World(Value);

impl Lookup for World {
    fn variable(&self, _name: &str) -> Option<&Value> {
        Some(&self.0)
    }

    fn context_variable(&self, _name: &str) -> Option<&Value> {
        Some(&self.0)
    }

    fn context_constant(&self, _name: &str) -> Option<&Value> {
        None
    }

    fn node(&self, index: NodeIndex) -> Option<&Value> {
        (index.0 < 2).then_some(&self.0)
    }

    fn trigger(&self) -> Option<&Value> {
        Some(&self.0)
    }

    fn execution(&self) -> Option<&Value> {
        None
    }

    fn env(&self) -> Option<&Value> {
        None
    }

    fn draw(&self) -> Option<Draw> {
        Some(Draw { seed: 0, step: String::new(), nth: 0 })
    }
}
