use thaiyyal_store::{
    Error,
    approvals::Question,
    dispatch::{Lease, Written},
};

use crate::{at::At, pool::Pool};

pub(super) async fn ask(pool: &Pool, lease: &Lease, questions: &[Question]) -> Result<Written, Error> {
    let (mut ids, mut steps, mut attempts, mut signals, mut texts, mut ends) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    let (mut closed_steps, mut closed_attempts) = (vec![], vec![]);
    for question in questions {
        match question {
            Question::Open { id, step, attempt, signal, question, expires_at } => {
                ids.push(id.uuid());
                steps.push(step.as_str());
                attempts.push(count(*attempt));
                signals.push(signal.as_str());
                texts.push(question.as_slice());
                ends.push(expires_at.map(At));
            }
            Question::Closed { step, attempt } => {
                closed_steps.push(step.as_str());
                closed_attempts.push(count(*attempt));
            }
        }
    }
    let rows = pool
        .write(
            include_str!("ask.sql"),
            &[
                &lease.tenant.uuid(),
                &lease.execution.uuid(),
                &lease.epoch.0,
                &ids,
                &steps,
                &attempts,
                &signals,
                &texts,
                &ends,
                &closed_steps,
                &closed_attempts,
            ],
        )
        .await?;
    Ok(if rows.is_empty() { Written::Fenced } else { Written::Yes })
}

fn count(attempt: u32) -> i32 {
    i32::try_from(attempt).unwrap_or(i32::MAX)
}
