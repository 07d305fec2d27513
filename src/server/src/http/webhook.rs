//! `POST /webhooks/payments/{provider}`: what payment providers report. The signature is the only proof, and it is
//! checked in the service; a forged, old or repeated event changes nothing.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use drawdown_service::{Service, ServiceError};

/// The header that carries a provider's signature.
pub const SIGNATURE: &str = "drawdown-signature";
/// The largest event, in bytes.
const EVENT_BYTES_MAX: usize = 64 * 1024;

/// The one route.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/webhooks/payments/{provider}", post(receive))
        .layer(DefaultBodyLimit::max(EVENT_BYTES_MAX))
        .with_state(service)
}

async fn receive(
    State(service): State<Service>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let signature = headers
        .get(SIGNATURE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    match service.receive_payment_event(&provider, &body, signature).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(
            error @ (ServiceError::Internal(_) | ServiceError::Overloaded { .. } | ServiceError::Unavailable { .. }),
        ) => {
            tracing::error!(error = ?error, provider, "a payment event could not be taken");
            StatusCode::SERVICE_UNAVAILABLE
        }
        Err(error) => {
            tracing::warn!(code = error.code(), provider, "a payment event was refused");
            StatusCode::BAD_REQUEST
        }
    }
}
