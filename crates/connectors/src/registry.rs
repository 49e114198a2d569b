use std::collections::HashMap;
use std::sync::Arc;

use thaiyyal_model::{Failure, NodeDescription};

use crate::outbound::{self, Outbound};
use crate::{Call, Connector, Http, Outcome, Service, Settings};

/// The connectors of a process, by node type. Cheap to clone.
#[derive(Clone, Default)]
pub struct Connectors {
    by_type: Arc<HashMap<&'static str, Arc<dyn Connector>>>,
    services: HashMap<&'static str, Arc<dyn Service>>,
}

impl Connectors {
    /// These connectors and no others.
    #[must_use]
    pub fn of(connectors: impl IntoIterator<Item = Arc<dyn Connector>>) -> Self {
        let by_type = connectors.into_iter().map(|connector| (connector.description().node_type, connector)).collect();
        Self { by_type: Arc::new(by_type), services: HashMap::new() }
    }

    /// Every connector of the product, behind one guarded client.
    ///
    /// # Errors
    /// When TLS cannot be set up with these settings.
    pub fn standard(settings: &Settings) -> Result<Self, outbound::Invalid> {
        let outbound = Outbound::new(settings)?;
        Ok(Self::of([Arc::new(Http::new(outbound, settings)) as Arc<dyn Connector>]))
    }

    /// These, and a service under this name.
    #[must_use]
    pub fn serving(mut self, name: &'static str, service: Arc<dyn Service>) -> Self {
        self.services.insert(name, service);
        self
    }

    /// What there is to say about their node types, in the order of the names.
    #[must_use]
    pub fn descriptions(&self) -> Vec<NodeDescription> {
        let mut descriptions: Vec<NodeDescription> = self.by_type.values().map(|connector| connector.description()).collect();
        descriptions.sort_by_key(|description| description.node_type);
        descriptions
    }

    /// Performs one call, of a connector or service. A type without a connector fails: the definition was compiled by a process that has more of them.
    pub async fn call(&self, node_type: &str, call: Call) -> Outcome {
        match (self.by_type.get(node_type), self.services.get(node_type)) {
            (Some(connector), _) => connector.call(call).await,
            (None, Some(service)) => service.call(call).await,
            (None, None) => Outcome::Fail(Failure::new("unknown_connector", format!("this worker cannot run nodes of type {node_type}"))),
        }
    }
}
