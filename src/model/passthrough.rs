//! Keys of the Compose specification which stackctl does not model.

/// What stands under `[services.x.compose]`, merged last and key by key over the rendered service.
///
/// Its strings are Compose's own: `$VARIABLE` in them is interpolated by Compose.
pub type Passthrough = serde_json::Map<String, serde_json::Value>;
