//! The user's own Compose keys over the rendered ones.

use serde_json::Value;

use crate::model::Passthrough;

/// Lays `over` on `base`: maps are merged key by key at any depth, anything else is replaced.
pub fn merge(base: &mut Value, over: &Passthrough) {
    if !base.is_object() {
        *base = Value::Object(Passthrough::new());
    }
    let Value::Object(base) = base else {
        unreachable!("it was made an object above")
    };
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(rendered @ Value::Object(_)), Value::Object(inner)) => merge(rendered, inner),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn maps_are_merged_and_the_rest_is_replaced() {
        let mut base = json!({ "a": { "x": 1, "y": [1, 2] }, "b": "text", "c": true });
        let over = json!({ "a": { "y": [3], "z": null }, "b": { "now": "a map" }, "d": 1.5 });
        merge(&mut base, over.as_object().unwrap());
        assert_eq!(
            base,
            json!({ "a": { "x": 1, "y": [3], "z": null }, "b": { "now": "a map" }, "c": true, "d": 1.5 })
        );
    }
}
