//! Reads an answer's body, up to a limit.
use super::call::CallError;

/// The whole body, refused as soon as it is known to be longer than `limit` bytes.
pub(super) async fn read(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, CallError> {
    let too_large = || CallError::TooLarge(format!("the answer is larger than {} MiB", limit / (1024 * 1024)));
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(too_large()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(_) => return Err(CallError::Failed("the connection broke before the whole answer had come".to_owned())),
        }
    }
}
