//! The agent card: one value, registered and served alike (CARD-001), with a transport clients know (CARD-002).

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::defect::{Defect, Seeded};
use crate::lock::held;
use crate::settings::Configuration;

/// Holds the card; its description may be changed while the agent runs.
#[derive(Debug)]
pub(crate) struct Card {
    value: Mutex<Value>,
    url: String,
    seeded: Seeded,
}

impl Card {
    pub(crate) fn new(configuration: &Configuration, url: &str, seeded: Seeded) -> Self {
        let transport = if seeded.has(Defect::CardUnknownTransport) { "PIGEON" } else { "JSONRPC" };
        let value = json!({
            "protocolVersion": "0.3.0",
            "name": configuration.name,
            "description": configuration.description,
            "version": configuration.version,
            "url": url,
            "preferredTransport": transport,
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
        Self { value: Mutex::new(value), url: url.to_owned(), seeded }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Gives the card as the platform knows it.
    pub(crate) fn registered(&self) -> Value {
        held(&self.value).clone()
    }

    /// Gives the card as `/.well-known/agent-card.json` shows it.
    pub(crate) fn served(&self) -> Value {
        let mut card = self.registered();
        if self.seeded.has(Defect::CardDiffers) {
            card["name"] = json!(format!("{} (served)", card["name"].as_str().unwrap_or_default()));
        }
        card
    }

    /// Gives the card with another description, without adopting it.
    pub(crate) fn described(&self, description: &str) -> Value {
        let mut card = self.registered();
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
    fn the_served_card_is_the_registered_one() {
        let card = Card::new(&Configuration::default(), "http://localhost:8000", Seeded::default());
        assert_eq!(card.served(), card.registered());
        card.adopt(card.described("Another."));
        assert_eq!(card.served()["description"], "Another.");
        assert_eq!(card.served()["url"], card.url());
        let mistaken = Seeded::new(Some(Defect::CardDiffers));
        let card = Card::new(&Configuration::default(), "http://localhost:8000", mistaken);
        assert_ne!(card.served(), card.registered());
    }
}
