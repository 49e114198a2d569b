//! What executions ask people.

use std::time::Duration;

use futures_util::future::join;
use thaiyyal_model::{ApprovalId, ExecutionId, Timestamp};

use crate::{
    approvals::{Approval, ApprovalPage, NewDecision, Question, Recorded},
    conformance::{
        Fixture,
        fixture::{
            Tenant,
            running::{finish, lease, older, suspend},
        },
    },
    dispatch::{Claimed, Written},
};

pub async fn a_question_is_found_with_all_that_was_asked(fixture: Fixture) {
    let (tenant, claimed) = asking(&fixture, "ask[2]", None).await;
    let [found] = fixture.questions(&tenant, true).await.try_into().unwrap();
    assert_eq!((found.execution, found.step.as_str(), found.signal.as_str()), (claimed.execution, "ask[2]", "approval:ask[2]"));
    assert_eq!((found.question.as_slice(), found.decision.clone(), found.is_open()), (b"{\"title\":\"?\"}".as_slice(), None, true));
    assert_eq!((found.workflow, found.workflow_name.is_some()), (claimed.workflow, true));
    assert_eq!(fixture.question(&tenant, found.id).await, Some(found));
}

pub async fn asking_again_changes_nothing(fixture: Fixture) {
    let (tenant, claimed) = asking(&fixture, "a", None).await;
    let first = fixture.questions(&tenant, true).await;
    assert_eq!(fixture.ask(&claimed, "a", 1, None).await, Written::Yes);
    assert_eq!(fixture.questions(&tenant, true).await, first);
    // Another attempt is another question.
    assert_eq!(fixture.ask(&claimed, "a", 2, None).await, Written::Yes);
    assert_eq!(fixture.questions(&tenant, true).await.len(), 2);
}

pub async fn an_older_epoch_asks_nothing(fixture: Fixture) {
    let (tenant, mut claimed) = running(&fixture).await;
    claimed.epoch = older(lease(&claimed)).epoch;
    assert_eq!(fixture.ask(&claimed, "a", 1, None).await, Written::Fenced);
    assert!(fixture.questions(&tenant, false).await.is_empty());
}

pub async fn a_decision_is_recorded_and_told_to_the_execution(fixture: Fixture) {
    let (tenant, claimed) = asking(&fixture, "a", None).await;
    fixture.storage.dispatch.suspend(&[suspend(lease(&claimed), None)]).await.unwrap();
    let asked = fixture.questions(&tenant, true).await.remove(0);
    assert_eq!(fixture.decide(&tenant, &asked, "yes").await, Recorded::Yes);
    assert_eq!(fixture.storage.dispatch.deliver(10).await.unwrap().woken.len(), 1);
    let again = fixture.claim(fixture.worker().await, claimed.execution).await;
    assert_eq!((again.inbox.signals[0].name.as_str(), again.inbox.signals[0].payload.as_slice()), ("approval:a", b"\"yes\"".as_slice()));
    let found = fixture.question(&tenant, asked.id).await.unwrap();
    assert_eq!((found.decision.as_deref(), found.is_open()), (Some(b"\"yes\"".as_slice()), false));
    assert!(fixture.questions(&tenant, true).await.is_empty());
    assert_eq!(fixture.questions(&tenant, false).await.len(), 1);
}

pub async fn of_two_decisions_at_once_one_counts(fixture: Fixture) {
    let (tenant, claimed) = asking(&fixture, "a", None).await;
    let asked = fixture.questions(&tenant, true).await.remove(0);
    let (one, other) = join(fixture.decide(&tenant, &asked, "yes"), fixture.decide(&tenant, &asked, "no")).await;
    let mut both = [format!("{one:?}"), format!("{other:?}")];
    both.sort();
    assert_eq!(both, ["Decided", "Yes"]);
    assert_eq!(fixture.decide(&tenant, &asked, "late").await, Recorded::Decided);
    fixture.storage.dispatch.deliver(10).await.unwrap();
    assert_eq!(fixture.inbox(&claimed).await.signals.len(), 1);
}

pub async fn what_is_over_cannot_be_decided(fixture: Fixture) {
    let (tenant, late) = asking(&fixture, "late", Some(fixture.now() - Duration::from_secs(1))).await;
    let [late_question] = fixture.questions(&tenant, false).await.try_into().unwrap();
    assert!(late_question.is_over && fixture.questions(&tenant, true).await.is_empty());
    assert_eq!(fixture.decide(&tenant, &late_question, "yes").await, Recorded::Over);

    assert_eq!(fixture.ask(&late, "closed", 1, None).await, Written::Yes);
    let closed = fixture.questions(&tenant, true).await.remove(0);
    let close = [Question::Closed { step: "closed".to_owned(), attempt: 1 }];
    assert_eq!(fixture.storage.dispatch.ask(&lease(&late), &close).await.unwrap(), Written::Yes);
    assert_eq!(fixture.decide(&tenant, &closed, "yes").await, Recorded::Over);

    assert_eq!(fixture.ask(&late, "ended", 1, None).await, Written::Yes);
    let ended = fixture.questions(&tenant, true).await.remove(0);
    fixture.storage.dispatch.finish(&[finish(lease(&late), fixture.now())]).await.unwrap();
    assert!(fixture.questions(&tenant, true).await.is_empty());
    assert_eq!(fixture.decide(&tenant, &ended, "yes").await, Recorded::Over);
    assert_eq!(fixture.storage.dispatch.deliver(10).await.unwrap().signals, 0);
}

pub async fn a_decision_outlives_the_closing_of_its_question(fixture: Fixture) {
    let (tenant, claimed) = asking(&fixture, "a", None).await;
    let asked = fixture.questions(&tenant, true).await.remove(0);
    assert_eq!(fixture.decide(&tenant, &asked, "yes").await, Recorded::Yes);
    let close = [Question::Closed { step: "a".to_owned(), attempt: 1 }];
    assert_eq!(fixture.storage.dispatch.ask(&lease(&claimed), &close).await.unwrap(), Written::Yes);
    assert!(!fixture.question(&tenant, asked.id).await.unwrap().is_over);
}

pub async fn questions_are_listed_newest_first_in_pages(fixture: Fixture) {
    let (tenant, claimed) = asking(&fixture, "a", None).await;
    fixture.ask(&claimed, "b", 1, None).await;
    let other = asking_of(&fixture, &tenant).await;
    let steps = |items: &[Approval]| items.iter().map(|item| item.step.clone()).collect::<Vec<_>>();
    let mut page = ApprovalPage { limit: 2, before: None, execution: None, open_only: true, assignee: None, now: fixture.now() };
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let first = tx.list_approvals(&page).await.unwrap();
    assert_eq!(steps(&first.items), ["c", "b"]);
    page.before = first.next;
    let second = tx.list_approvals(&page).await.unwrap();
    assert_eq!((steps(&second.items), second.next), (vec!["a".to_owned()], None));
    page = ApprovalPage { before: None, execution: Some(other), ..page };
    assert_eq!(steps(&tx.list_approvals(&page).await.unwrap().items), ["c"]);
}

pub async fn questions_are_listed_for_those_they_name(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    for (step, assignees) in [("all", r"[]"), ("ann", r#"["Ann@x.test"]"#), ("both", r#"["bob@x.test", "ann@x.test"]"#)] {
        let question = format!(r#"{{"title": "?", "assignees": {assignees}}}"#);
        assert_eq!(fixture.ask_for(&claimed, step, question.into_bytes()).await, Written::Yes);
    }
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    for (address, expected) in [("ANN@x.test", ["both", "ann"].as_slice()), ("bob@x.test", &["both"]), ("x.test", &[])] {
        for open_only in [true, false] {
            let page = ApprovalPage {
                limit: 10,
                before: None,
                execution: None,
                open_only,
                assignee: Some(address.to_owned()),
                now: fixture.now(),
            };
            let found = tx.list_approvals(&page).await.unwrap();
            assert_eq!(found.items.iter().map(|item| item.step.as_str()).collect::<Vec<_>>(), expected, "{address}");
        }
    }
}

pub async fn the_secret_of_an_installation_is_the_first_one_offered(fixture: Fixture) {
    let admin = &fixture.storage.admin;
    let (one, other) = join(admin.secret([1; 32]), admin.secret([2; 32])).await;
    assert_eq!(one.unwrap(), other.unwrap());
    let kept = admin.secret([3; 32]).await.unwrap();
    assert!(kept == [1; 32] || kept == [2; 32]);
}

async fn running(fixture: &Fixture) -> (Tenant, Claimed) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    (tenant, claimed)
}

async fn asking(fixture: &Fixture, step: &str, expires_at: Option<Timestamp>) -> (Tenant, Claimed) {
    let (tenant, claimed) = running(fixture).await;
    assert_eq!(fixture.ask(&claimed, step, 1, expires_at).await, Written::Yes);
    (tenant, claimed)
}

async fn asking_of(fixture: &Fixture, tenant: &Tenant) -> ExecutionId {
    let workflow = fixture.workflow(tenant).await;
    let (_, claimed) = fixture.leased(tenant, &workflow).await;
    assert_eq!(fixture.ask(&claimed, "c", 1, None).await, Written::Yes);
    claimed.execution
}

impl Fixture {
    /// Asks something under a lease.
    pub async fn ask(&self, claimed: &Claimed, step: &str, attempt: u32, expires_at: Option<Timestamp>) -> Written {
        let question = Question::Open {
            id: ApprovalId::mint(&self.clock),
            step: step.to_owned(),
            attempt,
            signal: format!("approval:{step}"),
            question: b"{\"title\":\"?\"}".to_vec(),
            expires_at,
        };
        self.storage.dispatch.ask(&lease(claimed), &[question]).await.expect("asking")
    }

    /// Asks this for as long as it takes.
    async fn ask_for(&self, claimed: &Claimed, step: &str, question: Vec<u8>) -> Written {
        let (id, signal) = (ApprovalId::mint(&self.clock), format!("approval:{step}"));
        let question = Question::Open { id, step: step.to_owned(), attempt: 1, signal, question, expires_at: None };
        self.storage.dispatch.ask(&lease(claimed), &[question]).await.expect("asking")
    }

    /// What the tenant is asked.
    pub async fn questions(&self, tenant: &Tenant, open_only: bool) -> Vec<Approval> {
        let mut tx = self.storage.store.begin(&tenant.scope).await.expect("beginning");
        let page = ApprovalPage { limit: 100, before: None, execution: None, open_only, assignee: None, now: self.now() };
        tx.list_approvals(&page).await.expect("listing").items
    }

    /// One of these questions.
    pub async fn question(&self, tenant: &Tenant, id: ApprovalId) -> Option<Approval> {
        let mut tx = self.storage.store.begin(&tenant.scope).await.expect("beginning");
        tx.find_approval(id, self.now()).await.expect("finding")
    }

    /// Decides a question; what does not count is rolled back.
    pub async fn decide(&self, tenant: &Tenant, asked: &Approval, decision: &str) -> Recorded {
        let mut signal = self.signal(asked.execution, decision, 100);
        signal.name.clone_from(&asked.signal);
        let mut tx = self.storage.store.begin(&tenant.scope).await.expect("beginning");
        let recorded = tx.decide_approval(&NewDecision { approval: asked.id, signal }, self.now()).await.expect("deciding");
        if recorded == Recorded::Yes {
            tx.commit().await.expect("committing");
        }
        recorded
    }
}
