//! The agent card: one value, registered and served alike (CARD-001), with a transport clients know (CARD-002).

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::lock::held;
use crate::settings::Configuration;

/// Holds the card; its description may be changed while the agent runs.
#[derive(Debug)]
pub(crate) struct Card {
    value: Mutex<Value>,
    url: String,
}

impl Card {
    pub(crate) fn new(configuration: &Configuration, url: &str) -> Self {
        let value = json!({
            "protocolVersion": "0.3.0",
            "name": configuration.name,
            "description": configuration.description,
            "version": configuration.version,
            "url": url,
            "preferredTransport": "JSONRPC",
            "capabilities": {"streaming": false, "pushNotifications": false},
            "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"],
            "skills": [{
                "id": "directives",
                "name": "Directives",
                "description": "Obeys texts that begin with `proofmark ` and repeats all others.",
                "tags": ["conformance"],
            }],
        });
        Self {
            value: Mutex::new(value),
            url: url.to_owned(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Gives the card as the platform knows it and `/.well-known/agent-card.json` shows it.
    pub(crate) fn value(&self) -> Value {
        held(&self.value).clone()
    }

    /// Gives the card with another description, without adopting it.
    pub(crate) fn described(&self, description: &str) -> Value {
        let mut card = self.value();
        card["description"] = json!(description);
        card
    }

    pub(crate) fn adopt(&self, card: Value) {
        *held(&self.value) = card;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adopted_card_is_the_card() {
        let card = Card::new(&Configuration::default(), "http://localhost:8000");
        card.adopt(card.described("Another."));
        assert_eq!(card.value()["description"], "Another.");
        assert_eq!(card.value()["url"], card.url());
    }
}
