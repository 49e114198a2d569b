//! Blocks under way: beginning passes through their bodies, telling them what came out, ending what they leave behind.

use jiff::{SignedDuration, Timestamp};
use thaiyyal_model::{Failure, Reason, Value};

use super::Machine;
use super::entry::EntryKind;
use super::flight::Wish;
use super::frame::{Frame, Key, Within};
use super::run::{Current, OVERDUE, Past, ROOT, Turn, is_final};
use crate::duration;
use crate::fault::Fault;
use crate::node::{Ask, Block, Body, Counts, Event, Flow, Happened, Run, Task, Then};
use crate::plan::Plan;

/// A block that runs its bodies.
pub(super) struct Active {
    block: Box<dyn Block>,
    turn: Turn,
    started_at: Timestamp,
    /// The passes under way.
    frames: Vec<u32>,
}

impl Machine {
    #[inline(never)]
    pub(super) fn begin_block(&mut self, plan: &Plan, turn: Turn, block: Box<dyn Block>) {
        let key = turn.key;
        let attempt = turn.attempt;
        self.blocks.insert(key, Active { block, turn, started_at: self.now, frames: Vec::new() });
        self.drive(plan, key, Happened::Ready);
        if let Some(within) = plan.within(key.slot)
            && self.blocks.contains_key(&key)
        {
            let until = self.now.saturating_add(within).unwrap_or(Timestamp::MAX).min(self.deadline);
            let mut turn = Turn { key, inputs: Vec::new(), attempt, past: None, streams: false };
            let wish = Wish { part: Some(DEADLINE), ask: Ask::sleep(until, Reason::Timer), task: Box::new(Overdue(within)) };
            if let Err(fault) = self.ask(plan, &mut turn, wish) {
                self.fail_block(plan, key, fault.into_failure());
            }
        }
    }

    /// Tells a block what happened, and does what it says until it rests.
    #[inline(never)]
    pub(super) fn drive(&mut self, plan: &Plan, key: Key, mut happened: Happened) {
        let Some(mut active) = self.blocks.remove(&key) else { return };
        let end = loop {
            match active.block.next(happened, &mut self.at_hand(plan, key, &active.turn.inputs)) {
                Ok(Then::Begin(body)) => match self.begin_frame(plan, key, body) {
                    Ok(frame) => active.frames.push(frame),
                    Err(fault) => break Err(fault),
                },
                Ok(Then::Wait { part, until, reason }) => {
                    let mut turn = Turn { key, inputs: Vec::new(), attempt: active.turn.attempt, past: None, streams: false };
                    let until = until.min(self.deadline);
                    let wish = Wish { part: Some(part), ask: Ask::sleep(until, reason), task: Box::new(Awaited) };
                    if let Err(fault) = self.ask(plan, &mut turn, wish) {
                        break Err(fault);
                    }
                }
                Ok(Then::Fetch(hash)) => {
                    let turn = Turn { key, inputs: Vec::new(), attempt: active.turn.attempt, past: None, streams: false };
                    self.depot.want(hash);
                    self.current = Some(Current { turn, task: Box::new(Fetched) });
                    self.blocks.insert(key, active);
                    return;
                }
                Ok(Then::Rest) => {
                    self.blocks.insert(key, active);
                    return;
                }
                Ok(Then::Skip) => {
                    self.cancel_inside(key, active.frames);
                    return self.skip(plan, key);
                }
                Ok(Then::Done(value, choice)) => break Ok(Flow::Chosen(value, choice)),
                Err(fault) => break Err(fault),
            }
            happened = Happened::Ready;
        };
        self.end_block(plan, key, active, end);
    }

    fn end_block(&mut self, plan: &Plan, key: Key, active: Active, end: Result<Flow, Fault>) {
        let Active { turn, started_at, frames, .. } = active;
        self.cancel_inside(key, frames);
        let past = Past { attempt: turn.attempt, started_at, answer: None, is_call: false };
        self.landed(plan, Turn { past: Some(past), ..turn }, end);
    }

    fn begin_frame(&mut self, plan: &Plan, block: Key, body: Body) -> Result<u32, Fault> {
        let Body { port, number, counts, input, bound } = body;
        let region = plan.body(block.slot, port).ok_or_else(|| Fault::new("internal", "a block began a body that it does not have"))?;
        let around = &self.frames[block.frame as usize];
        let iteration = around.iteration((counts != Counts::Nothing).then_some(number));
        let identity = around.identity((counts == Counts::Rounds).then_some(number));
        let at = match self.free.pop() {
            Some(at) => {
                self.frames[at as usize].begin(region);
                at
            }
            None => {
                self.frames.push(Frame::new(region));
                u32::try_from(self.frames.len() - 1).unwrap_or(u32::MAX)
            }
        };
        let frame = &mut self.frames[at as usize];
        (frame.iteration, frame.identity) = (iteration, identity);
        frame.body = Some(Box::new(Within { block, port, number, input, bound }));
        self.queue(at);
        Ok(at)
    }

    /// A pass through a body in which nothing is left to run or under way.
    #[inline(never)]
    pub(super) fn end_frame(&mut self, plan: &Plan, at: u32) {
        let frame = &mut self.frames[at as usize];
        let Some(within) = frame.body.take() else { return };
        let Within { block, port, number, .. } = *within;
        let outcome = match frame.failed.take() {
            Some((_, failure)) => Err(failure),
            None => Ok(plan.body(block.slot, port).map_or(Value::Null, |region| frame.output(&region.outputs))),
        };
        self.release(at);
        if let Some(active) = self.blocks.get_mut(&block) {
            active.frames.retain(|frame| *frame != at);
        }
        match outcome {
            Err(failure) if is_final(&failure) => self.fail_block(plan, block, failure),
            outcome => self.drive(plan, block, Happened::Ended { number, outcome }),
        }
    }

    #[inline(never)]
    pub(super) fn fail_block(&mut self, plan: &Plan, key: Key, failure: Failure) {
        if let Some(active) = self.blocks.remove(&key) {
            self.end_block(plan, key, active, Err(failure.into()));
        }
    }

    /// Looks at a frame for something to run.
    #[inline]
    pub(super) fn queue(&mut self, frame: u32) {
        let is_queued = &mut self.frames[frame as usize].is_queued;
        if !*is_queued {
            *is_queued = true;
            if frame != ROOT {
                self.queued.push_back(frame);
            }
        }
    }

    /// Gives back what a frame holds. What ran once for the whole execution stays among its results.
    fn release(&mut self, at: u32) {
        let frame = &mut self.frames[at as usize];
        if frame.iteration.is_empty() {
            self.kept.extend(frame.results().map(|(slot, value)| (slot, value.clone())));
        } else {
            self.bytes = self.bytes.saturating_sub(frame.bytes);
        }
        frame.clear();
        if std::mem::take(&mut frame.is_queued) {
            self.queued.retain(|queued| *queued != at);
        }
        self.free.push(at);
    }

    /// Cancels the nodes of a frame that are under way, from a slot on.
    pub(super) fn cancel_from(&mut self, frame: u32, from: u32) {
        for slot in self.frames[frame as usize].running(from) {
            let key = Key { slot, frame };
            if let Some(active) = self.blocks.remove(&key) {
                self.cancel_inside(key, active.frames);
                let kind = EntryKind::Cancelled { started_at: active.started_at.min(self.now) };
                self.emit(key, active.turn.attempt, self.now, kind);
                self.frames[frame as usize].open -= 1;
            } else if self.cancel_flights(key) {
                self.frames[frame as usize].open -= 1;
            }
        }
    }

    /// Cancels what a block has under way.
    fn cancel_inside(&mut self, key: Key, frames: Vec<u32>) {
        for frame in frames {
            self.cancel_from(frame, 0);
            self.release(frame);
        }
        self.cancel_flights(key);
    }

    /// Cancels everything.
    pub(super) fn cancel_all(&mut self) {
        self.cancel_from(ROOT, 0);
    }
}

/// The part of a block's step that is the end of its time.
const DEADLINE: u32 = 0;

/// A block has taken too long.
struct Overdue(SignedDuration);

impl Task for Overdue {
    fn resume(self: Box<Self>, _event: Event, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        Err(Fault::new(OVERDUE, format!("the node and what is in it did not finish within {}", duration::text(self.0))))
    }
}

/// What an object that a block wants has for a task: the block is told.
struct Fetched;

impl Task for Fetched {
    fn resume(self: Box<Self>, event: Event, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        match event {
            Event::Object(content) => Ok(Flow::Delivered(content)),
            Event::Fuel | Event::Answer(_) | Event::Woken => Err(Fault::new("internal", "an object that was fetched did not come")),
        }
    }
}

/// What a block's own wait has for a task: the block is told instead.
struct Awaited;

impl Task for Awaited {
    fn resume(self: Box<Self>, _event: Event, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(Flow::Awaited)
    }
}
