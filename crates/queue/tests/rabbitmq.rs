//! The conformance suite on RabbitMQ (`AMQP_URL`, else the local one), and what only it does, partly on a node of the test's own.

#[path = "rabbitmq/outages.rs"]
mod outages;
#[path = "rabbitmq/shared.rs"]
mod shared;

use shared::with_queue;

thaiyyal_queue::conformance!(with_queue);
