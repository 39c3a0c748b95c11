//! The text in a JSON-RPC answer of a peer.

use serde_json::Value;

/// Reads the text of an answer: parts of the result, of its `message` (v1), or of its artifacts.
pub(crate) fn answer_text(answer: &Value) -> Result<String, String> {
    if let Some(error) = answer.get("error") {
        let text = error
            .get("message")
            .and_then(Value::as_str)
            .or(error.as_str())
            .unwrap_or("unknown");
        return Err(format!("peer error: {text}"));
    }
    let result = answer
        .get("result")
        .ok_or("the peer's answer has no result")?;
    let own = result
        .get("parts")
        .or_else(|| result.pointer("/message/parts"));
    let artifacts = result
        .get("artifacts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let lists = own
        .into_iter()
        .chain(artifacts.filter_map(|artifact| artifact.get("parts")));
    let texts: Vec<&str> = lists
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|part| part.get("text").and_then(Value::as_str))
        .collect();
    Ok(texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_found_in_messages_tasks_and_v1_answers() {
        for answer in [
            json!({"result": {"parts": [{"kind": "text", "text": "a"}, {"kind": "file"}, {"type": "text", "text": "b"}]}}),
            json!({"result": {"artifacts": [{"parts": [{"text": "a"}]}, {"parts": [{"text": "b"}]}]}}),
            json!({"result": {"message": {"parts": [{"text": "a"}, {"text": "b"}]}}}),
        ] {
            assert_eq!(answer_text(&answer), Ok("a\nb".to_owned()));
        }
    }

    #[test]
    fn an_error_of_the_peer_is_not_an_answer() {
        let error = json!({"error": {"code": -32000, "message": "no"}});
        assert_eq!(answer_text(&error), Err("peer error: no".to_owned()));
        assert!(answer_text(&json!({"status": "ok"})).is_err());
    }
}
